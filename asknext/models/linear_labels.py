"""LinearLabels: a yes-or-no question for each label on cached vectors, all answered at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np

from asknext.core.batch import Batch, FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.core.predictions import Prediction
from asknext.models.checks import checked_vectors, checked_weights, counted, numbered
from asknext.models.coefficients import Coefficients, begin
from asknext.models.head import LinearModel
from asknext.models.sigmoids import Questions, minimise, sigmoid
from asknext.models.threads import one_blas_thread

TASKS = frozenset({"multi_label"})


class LinearLabels(LinearModel):
    """Learn one logistic regression for each label of the task, in one fit for all.

    Args:
        task: a task with ``labels``; predictions have a column for each, in its order.
        C: inverse strength of the L2 penalty, as in scikit-learn's binary form.
        tol: fitting stops when about this many nats can still be gained in the sum of the losses
            (in that of 1,000 examples where there are more).
        most: most evaluations of the gradient.

    A label that nobody chose, or everybody, is not learnt: it gets the probability
    (times chosen + ½) / (examples + 1), whatever the text. The problem is convex, so `seed`
    changes nothing.

    >>> from asknext.core.tasks import MultiLabel
    >>> batch = Batch(3, vectors=np.array([[0.0, 1], [1, 0], [0.7, 0.7]], np.float32))
    >>> said = [["a"], ["b"], ["a", "b"]]
    >>> head = LinearLabels(MultiLabel(("a", "b", "c"))).fit(batch, said, seed=0)
    >>> proba = head.predict(batch).array("label_proba")
    >>> (proba >= 0.5).tolist()
    [[True, False, False], [False, True, False], [True, True, False]]
    """

    name: ClassVar[str] = "linear_labels"
    reads: ClassVar[frozenset[str]] = frozenset({"vectors"})
    provides: ClassVar[frozenset[str]] = frozenset({"label_proba"})
    shows: ClassVar[frozenset[str]] = frozenset({"weight", "bias", "penalty"})
    tasks: ClassVar[frozenset[str]] = TASKS
    called: ClassVar[str] = "head of labels"

    def __init__(self, task: Any, *, C: float = 10.0, tol: float = 1e-2, most: int = 1000) -> None:
        super().__init__(task, C, tol, most)

    def fit(
        self,
        batch: Batch,
        labels: Sequence[Any],
        *,
        seed: int,
        init: Self | None = None,
        weights: FloatArray | None = None,
    ) -> Self:
        """Return a head fitted to n vectors and lists of labels; weight 0 means "not there".

        Raises:
            InvalidInput: no labels, counts that differ, a label the task does not have, vectors
                or weights that are not finite numbers, negative weights.
        """
        vectors = checked_vectors(batch, labels)
        weighed = checked_weights(weights, len(vectors))
        used = counted(weighed)
        targets = chosen(labels, self.task.labels)[used]
        vectors, weighed = vectors[used], weighed[used]
        share = (weighed @ targets + 0.5) / (weighed.sum() + 1.0)
        learnt = np.flatnonzero((targets.min(axis=0) == 0) & (targets.max(axis=0) == 1))
        both = np.zeros((vectors.shape[1] + 1, len(self.task.labels)))
        both[-1] = np.log(share / (1.0 - share))
        if len(learnt):
            both[:, learnt] = self._learn(vectors, targets, weighed, learnt, init)
        return self._with(self._rows(both))

    def _learn(
        self,
        vectors: FloatArray,
        targets: FloatArray,
        weights: FloatArray,
        learnt: IntArray,
        init: Self | None,
    ) -> FloatArray:
        names = [self.task.labels[i] for i in learnt]
        start = begin(init._fitted if init is not None else None, names, vectors.shape[1])
        asked = Questions(vectors, targets[:, learnt], weights, self.C)
        with one_blas_thread():
            return minimise(asked, start, tol=self.tol, most=self.most)

    def predict(self, batch: Batch) -> Prediction:
        """Return ``label_proba`` (n, labels) float32, a column for each label of the task."""
        scores = self.logits(batch)
        scores /= np.float32(self.calibration.temperature)
        return Prediction(self.classes, {"label_proba": sigmoid(scores)})

    def logits(self, batch: Batch) -> FloatArray:
        """Return the linear scores (n, labels) float32, before temperature."""
        with one_blas_thread():
            return self.coefficients.logits(batch.need_vectors())

    def _check(self, classes: tuple[str, ...]) -> None:
        if classes != self.task.labels[: len(classes)]:
            raise InvalidInput(
                f"this head knows the labels {', '.join(classes)}; those of the task are: "
                f"{', '.join(self.task.labels)}"
            )

    def _rows(self, both: FloatArray) -> Coefficients:
        wide = np.ascontiguousarray(both[:-1].T, np.float32)
        return self._coefficients(self.task.labels, wide, both[-1].astype(np.float32))


def chosen(answers: Sequence[Sequence[str]], labels: Sequence[str]) -> FloatArray:
    """Return 1 where an answer holds a label, else 0: (n, labels) float32.

    >>> chosen([["b"], [], ["a", "b"]], ("a", "b")).tolist()
    [[0.0, 1.0], [0.0, 0.0], [1.0, 1.0]]
    """
    found = np.zeros((len(answers), len(labels)), np.float32)
    rows = np.repeat(np.arange(len(answers)), [len(answer) for answer in answers])
    found[rows, numbered([label for answer in answers for label in answer], labels)] = 1.0
    return found
