"""LinearHead: multinomial logistic regression on cached vectors, quick enough for every answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np

from asknext.core.batch import Batch, FloatArray
from asknext.core.errors import InvalidInput
from asknext.core.predictions import Prediction
from asknext.models.checks import checked_vectors, checked_weights, counted, numbered
from asknext.models.coefficients import Coefficients, begin
from asknext.models.head import LinearModel
from asknext.models.logistic import Problem, minimise, softmax
from asknext.models.threads import one_blas_thread

TASKS = frozenset({"classification"})


class LinearHead(LinearModel):
    """Learn a softmax over linear scores of the vectors.

    Args:
        task: a task with ``labels``; predictions keep their order.
        C: inverse strength of the L2 penalty, on the sum of the losses. With two classes the
            softmax has two rows, so C counts double compared to scikit-learn's binary form.
        tol: fitting stops when about this many nats can still be gained in the sum of the losses
            (in that of 1,000 examples where there are more); 0.0001 keeps probabilities within
            0.01 of the exact solution, and no single answer is too little to be noticed.
        most: most evaluations of the gradient.

    Classes that no label names yet are not predicted; with one class its probability is 1.
    Without `init` the same labels give the same model; with it, the same within `tol`. The
    problem is convex and no chance is in its solution, so `seed` changes nothing.

    >>> from asknext.core.tasks import Classification
    >>> batch = Batch(4, vectors=np.array([[0.0, 1], [0.1, 1], [1, 0], [1, 0.1]], np.float32))
    >>> head = LinearHead(Classification(("a", "b", "c"))).fit(batch, ["b", "b", "a", "a"], seed=0)
    >>> head.predict(batch).classes, head.predict(batch).proba.argmax(axis=1).tolist()
    (('a', 'b'), [1, 1, 0, 0])
    """

    name: ClassVar[str] = "linear"
    reads: ClassVar[frozenset[str]] = frozenset({"vectors"})
    provides: ClassVar[frozenset[str]] = frozenset({"proba"})
    shows: ClassVar[frozenset[str]] = frozenset(
        {"labelled_proba", "committee_proba", "weight", "bias", "penalty"}
    )
    tasks: ClassVar[frozenset[str]] = TASKS
    called: ClassVar[str] = "linear head"

    def __init__(self, task: Any, *, C: float = 30.0, tol: float = 1e-4, most: int = 1000) -> None:
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
        """Return a head fitted to n vectors and labels; weight 0 means "not there".

        `init` is matched class by class by name, so classes may have come or gone since. The
        result is uncalibrated whatever `init` was; see `calibrated` and models/calibration.py.

        Raises:
            InvalidInput: no labels, counts that differ, a label the task does not have, vectors
                or weights that are not finite numbers, negative weights.
        """
        vectors, numbers, weighed, classes = self._prepare(batch, labels, weights)
        if len(classes) == 1:
            zeros = np.zeros((1, vectors.shape[1]), np.float32)
            return self._with(self._coefficients(classes, zeros, np.zeros(1, np.float32)))
        problem = Problem(vectors, numbers, weighed, len(classes), self.C)
        start = begin(init._fitted if init is not None else None, classes, vectors.shape[1])
        with one_blas_thread():
            coef, intercept = minimise(problem, start, tol=self.tol, most=self.most)
        return self._with(self._coefficients(classes, coef, intercept))

    def predict(self, batch: Batch) -> Prediction:
        """Return probabilities (n, c) float32 over the classes seen, in the task's order."""
        scores = self.logits(batch)
        scores /= np.float32(self.calibration.temperature)
        return Prediction(self.classes, {"proba": softmax(scores)})

    def logits(self, batch: Batch) -> FloatArray:
        """Return the linear scores (n, c) float32, before temperature."""
        with one_blas_thread():
            return self.coefficients.logits(batch.need_vectors())

    def _check(self, classes: tuple[str, ...]) -> None:
        unknown = [name for name in classes if name not in self.task.labels]
        if unknown:
            raise InvalidInput(
                f"this head predicts {', '.join(unknown)}, which the task does not have; "
                f"its labels are: {', '.join(self.task.labels)}"
            )

    def _prepare(
        self, batch: Batch, labels: Sequence[Any], weights: FloatArray | None
    ) -> tuple[FloatArray, Any, FloatArray, tuple[str, ...]]:
        """Check what was given; return vectors, class numbers, weights and classes."""
        vectors = checked_vectors(batch, labels)
        weighed = checked_weights(weights, len(vectors))
        used = counted(weighed)
        given = numbered(labels, self.task.labels)[used]
        seen = np.unique(given)
        classes = tuple(self.task.labels[i] for i in seen)
        whole = len(used) == len(vectors)
        kept = vectors if whole else vectors[used]
        return kept, np.searchsorted(seen, given), weighed[used], classes


def dump(model: LinearHead) -> bytes:
    """Return the fitted head as bytes for the store; equal heads give equal bytes."""
    return model.coefficients.to_bytes()


def restore(data: bytes, task: Any) -> LinearHead:
    """Rebuild what `dump` wrote."""
    return LinearHead._of(Coefficients.from_bytes(data), task)


def digest(model: LinearHead) -> str:
    """Return the content hash (32 hex digits) of a fitted head."""
    return model.coefficients.digest
