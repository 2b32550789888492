"""Writer: a language model that learns to write from people's answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from asknext.core.batch import Batch, FloatArray, Ragged
from asknext.core.errors import NotReady, Unsupported
from asknext.core.predictions import Prediction
from asknext.models.checks import usable
from asknext.models.deep.lazy import LazyArrays
from asknext.models.deep.policies import policy
from asknext.models.deep.progress import OnStep, go_on
from asknext.models.deep.tuning import Tuning
from asknext.models.deep.writing.fitting import Assignment, Written, learn
from asknext.models.deep.writing.folder import load_written, save_written
from asknext.models.deep.writing.forms import Decoder, EncoderDecoder, Form
from asknext.models.deep.writing.pen import Pen
from asknext.models.deep.writing.prompts import source_of
from asknext.models.deep.writing.writing import Writing

TASKS = frozenset({"generation"})


class Writer:
    """Fine-tune a model that writes; settings are those of `Tuning` and of `Writing`.

    Arrays: ``output``, ``sequence_logprob``, ``sequence_length`` (tokens, the end included),
    ``token_logprob`` and ``token_entropy``; computed when they are read: ``samples``,
    ``sample_logprob``, ``conditioned_loss`` and ``unconditioned_loss`` (of the output, with and
    without its source).
    """

    form: ClassVar[Form]
    name: ClassVar[str]
    reads: ClassVar[frozenset[str]] = frozenset({"examples"})
    provides: ClassVar[frozenset[str]] = frozenset(
        {"output", "sequence_logprob", "sequence_length", "token_logprob", "token_entropy"}
        | {"samples", "sample_logprob", "conditioned_loss", "unconditioned_loss"}
    )
    shows: ClassVar[frozenset[str]] = frozenset()
    tasks: ClassVar[frozenset[str]] = TASKS

    def __init__(self, task: Any, *, on_step: OnStep = go_on, **settings: Any) -> None:
        if task.kind not in TASKS:
            raise Unsupported(
                f"the model {self.name!r} cannot learn {task.kind!r}, only generation; choose "
                "'transformer'"
            )
        self.task = task
        self.on_step = on_step
        self.writing, rest = Writing.taken(settings)
        self.tuning = Tuning.of(rest)
        policy(self.tuning.policy)
        if self.tuning.how not in ("full", "lora") or self.tuning.seeds > 1:
            raise Unsupported(
                'a model that writes has no head of its own and is no ensemble: "how" must be '
                '"full" or "lora", "seeds" 1'
            )
        self._written: Written | None = None

    def fit(
        self,
        batch: Batch,
        labels: Sequence[Any],
        *,
        seed: int,
        init: Self | None = None,
        weights: FloatArray | None = None,
    ) -> Self:
        """Return a model trained on n texts and their answers; the loss is the answers' alone.

        Raises:
            InvalidInput: no labels, or counts that differ.
            Cancelled: `on_step` returned False.
            DoesNotFit: there is too little memory; the message says what to choose.
        """
        examples, said, weighed = usable(list(batch.examples), labels, weights)
        assignment = Assignment(
            form=self.form,
            examples=examples,
            labels=[str(label) for label in said],
            weights=weighed,
            tuning=self.tuning,
            writing=self.writing,
            seed=seed,
            init=None if init is None else init.written,
            on_step=self.on_step,
        )
        return self._with(learn(assignment))

    def predict(self, batch: Batch) -> Prediction:
        """Return what the model writes about n examples, and how sure it is."""
        pen = self.written.pen
        sources = [source_of(example) for example in batch.examples]
        output = pen.write(sources, self.writing.beams)
        told = pen.score(sources, output)
        ready = _scores(output, told)
        lengths = ready["sequence_length"]
        makers: dict[tuple[str, ...], Callable[[], Mapping[str, Any]]] = {
            ("conditioned_loss",): lambda: {
                "conditioned_loss": -ready["sequence_logprob"] / lengths
            },
            ("unconditioned_loss",): partial(_alone, pen, sources, output),
            ("samples", "sample_logprob"): partial(_samples, pen, sources, self.writing),
        }
        return Prediction((), LazyArrays(ready, makers))

    @property
    def written(self) -> Written:
        """Return the trained model; raises NotReady before `fit`."""
        if self._written is None:
            raise NotReady("this language model has not been trained; call fit first")
        return self._written

    @property
    def facts(self) -> Mapping[str, Any]:
        """Return how training went, as JSON."""
        return self.written.facts

    def save(self, folder: Path) -> None:
        """Write a Hugging Face folder that loads without asknext, whole or not at all."""
        save_written(self.written, self.name, self.task, self.tuning, self.writing, folder)

    @classmethod
    def load(cls, folder: Path, task: Any) -> Self:
        """Read what `save` wrote; raises InvalidInput where it is of another task or model."""
        written, settings = load_written(folder, cls.name, cls.form, task)
        return cls(task, **settings)._with(written)

    def _with(self, written: Written) -> Self:
        settings = {**self.tuning.to_json(), **self.writing.to_json()}
        made = type(self)(self.task, on_step=self.on_step, **settings)
        made._written = written
        return made


class Causal(Writer):
    """Fine-tune a decoder (``AutoModelForCausalLM``), e.g. to follow instructions.

    The prompt is the tokenizer's chat template, where it has one, else ``PLAIN`` of
    `asknext.models.deep.writing.prompts`.
    """

    form: ClassVar[Form] = Decoder()
    name: ClassVar[str] = "causal"


class Seq2Seq(Writer):
    """Fine-tune an encoder-decoder (``AutoModelForSeq2SeqLM``): translation, summaries."""

    form: ClassVar[Form] = EncoderDecoder()
    name: ClassVar[str] = "seq2seq"


def _scores(output: Sequence[str], told: Sequence[tuple[Any, Any]]) -> dict[str, Any]:
    texts = np.empty(len(output), object)
    texts[:] = output
    if not told:
        none = Ragged(np.empty(0), np.zeros(1, np.int64))
        return {
            "output": texts,
            "sequence_logprob": np.empty(0),
            "sequence_length": np.empty(0, np.int64),
            "token_logprob": none,
            "token_entropy": none,
        }
    return {
        "output": texts,
        "sequence_logprob": np.array([float(log.sum()) for log, _ in told]),
        "sequence_length": np.array([len(log) for log, _ in told], np.int64),
        "token_logprob": Ragged.of([log for log, _ in told]),
        "token_entropy": Ragged.of([entropy for _, entropy in told]),
    }


def _alone(pen: Pen, sources: Sequence[str], output: Sequence[str]) -> dict[str, Any]:
    told = pen.score_alone(sources, output)
    return {"unconditioned_loss": np.array([-float(log.mean()) for log, _ in told])}


def _samples(pen: Pen, sources: Sequence[str], writing: Writing) -> dict[str, Any]:
    drawn = pen.draw(sources, writing.samples, writing.sample_temperature, seed=0)
    texts = np.empty((len(sources), writing.samples), object)
    for line, mine in zip(texts, drawn, strict=True):
        line[:] = mine
    repeated = [source for source in sources for _ in range(writing.samples)]
    told = pen.score(repeated, [text for mine in drawn for text in mine])
    log = np.array([float(one.sum()) for one, _ in told])
    return {"samples": texts, "sample_logprob": log.reshape(len(sources), writing.samples)}
