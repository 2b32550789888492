"""Retrieval: a translation memory; the answer to the most similar text that has one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from asknext.core.batch import Batch, FloatArray, Table, blocks
from asknext.core.errors import InvalidInput, NotReady
from asknext.core.predictions import Prediction
from asknext.core.vectors import unit_rows
from asknext.models.checks import (
    checked_above,
    checked_task,
    checked_vectors,
    checked_weights,
    counted,
)
from asknext.models.lazy import Lazy
from asknext.models.threads import one_blas_thread
from asknext.models.written import read_model, write_model

TASKS = frozenset({"generation"})
ROWS_AT_ONCE = 2048


class Retrieval:
    """Answer as the nearest labelled example was answered.

    Nearness is the cosine of the vectors. The probability of an answer is the share of those
    answered so in a softmax over all labelled examples, times the nearness of the nearest: one
    labelled text must not make the model certain of all others. Of equals the first is taken.

    Args:
        sharpness: what cosines are multiplied by in the softmax.

    >>> from asknext.core.tasks import Generation
    >>> batch = Batch(2, vectors=np.array([[1.0, 0], [0, 1]], np.float32))
    >>> memory = Retrieval(Generation()).fit(batch, ["Hallo", "Auf Wiedersehen"], seed=0)
    >>> near = Batch(1, vectors=np.array([[0.9, 0.1]], np.float32))
    >>> memory.predict(near).array("output").tolist()
    ['Hallo']
    """

    name: ClassVar[str] = "retrieval"
    reads: ClassVar[frozenset[str]] = frozenset({"vectors"})
    provides: ClassVar[frozenset[str]] = frozenset(
        {"output", "sequence_logprob", "sequence_length"}
    )
    shows: ClassVar[frozenset[str]] = frozenset()
    tasks: ClassVar[frozenset[str]] = TASKS

    def __init__(self, task: Any, *, sharpness: float = 20.0) -> None:
        checked_above(sharpness=sharpness)
        self.task = checked_task(task, TASKS, self.name)
        self.sharpness = float(sharpness)
        self._known: tuple[FloatArray, tuple[str, ...], FloatArray] | None = None

    def fit(
        self,
        batch: Batch,
        labels: Sequence[Any],
        *,
        seed: int,
        init: Self | None = None,
        weights: FloatArray | None = None,
    ) -> Self:
        """Return a memory of n texts and their answers; weight 0 means "not there".

        A weight of 2 counts as two copies. `seed` and `init` change nothing.

        Raises:
            InvalidInput: no labels, counts that differ, an answer that is no text, vectors or
                weights that are not finite numbers, negative weights.
        """
        vectors = checked_vectors(batch, labels)
        weighed = checked_weights(weights, len(vectors))
        used = counted(weighed)
        texts = [self.task.validate(label) for label in labels]
        return self._with((unit_rows(vectors[used]), tuple(texts[i] for i in used), weighed[used]))

    def predict(self, batch: Batch) -> Prediction:
        """Return ``output``, ``sequence_logprob`` and ``sequence_length`` (all 1), each (n,)."""
        table = batch.need_vectors()
        near = Lazy({"both": lambda: self._nearest(table)})
        answers = np.array([*self._memory[1], ""], object)[:-1]
        return Prediction(
            (),
            Lazy(
                {
                    "output": lambda: answers[near["both"][0]],
                    "sequence_logprob": lambda: near["both"][1],
                    "sequence_length": lambda: np.ones(len(table), np.int64),
                }
            ),
        )

    def _nearest(self, table: Table) -> tuple[npt.NDArray[np.int64], FloatArray]:
        """Return the place of the nearest labelled example (n,) and log p of its answer (n,)."""
        known, texts, weights = self._memory
        if table.shape[1] != known.shape[1]:
            raise InvalidInput(
                f"these vectors have {table.shape[1]} columns, the model was fitted to "
                f"{known.shape[1]}; use the encoder it was trained with"
            )
        best = np.empty(len(table), np.int64)
        sure = np.empty(len(table), np.float32)
        place = {text: i for i, text in enumerate(dict.fromkeys(texts))}
        group = np.array([place[text] for text in texts], np.int64)
        for part, block in blocks(table, ROWS_AT_ONCE):
            with one_blas_thread():
                cosine = unit_rows(np.asarray(block, np.float32)) @ known.T
            first = cosine.argmax(axis=1)
            top = np.take_along_axis(cosine, first[:, None], axis=1)
            likely = np.exp(self.sharpness * (cosine - top)) * weights
            alike = (likely * (group == group[first][:, None])).sum(axis=1)
            share = np.log(alike / likely.sum(axis=1))
            best[part] = first
            sure[part] = share + np.log(np.clip(top[:, 0], 1e-3, 1.0))
        return best, sure

    @property
    def _memory(self) -> tuple[FloatArray, tuple[str, ...], FloatArray]:
        if self._known is None:
            raise NotReady("this memory is empty; call fit first")
        return self._known

    def save(self, folder: Path) -> None:
        """Write ``head.npz``, ``head.json`` and ``answers.json``."""
        vectors, texts, weights = self._memory
        write_model(folder, {"sharpness": self.sharpness}, {"vectors": vectors, "weights": weights})
        text = json.dumps(list(texts), ensure_ascii=False, indent=0)
        (folder / "answers.json").write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, task: Any) -> Self:
        """Read what `save` wrote."""
        about, (vectors, weights) = read_model(folder, "vectors", "weights")
        texts = json.loads((folder / "answers.json").read_text(encoding="utf-8"))
        if len(texts) != len(vectors):
            raise InvalidInput(f"{folder} is damaged; export the model again")
        made = cls(task, sharpness=float(about["sharpness"]))
        return made._with((vectors, tuple(map(str, texts)), weights))

    def _with(self, known: tuple[FloatArray, tuple[str, ...], FloatArray]) -> Self:
        made = type(self)(self.task, sharpness=self.sharpness)
        made._known = known
        return made
