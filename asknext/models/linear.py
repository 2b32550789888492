"""LinearHead: multinomial logistic regression on cached vectors, quick enough for every answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from asknext.core.batch import Batch, FloatArray
from asknext.core.errors import InvalidInput, NotReady, Unsupported
from asknext.core.predictions import Prediction
from asknext.models.coefficients import Calibration, Coefficients
from asknext.models.lbfgs import Point
from asknext.models.logistic import Problem, minimise, softmax
from asknext.models.threads import one_blas_thread

TASKS = frozenset({"classification"})


class LinearHead:
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

    def __init__(self, task: Any, *, C: float = 30.0, tol: float = 1e-4, most: int = 1000) -> None:
        if task.kind not in TASKS:
            raise Unsupported(
                f"the linear head cannot learn {task.kind!r}; it learns: {', '.join(sorted(TASKS))}"
            )
        if not (C > 0 and tol > 0 and most >= 1):
            raise InvalidInput(
                f"C and tol must be above 0, most at least 1; given: {C}, {tol}, {most}"
            )
        self.task = task
        self.C = float(C)
        self.tol = float(tol)
        self.most = int(most)
        self._fitted: Coefficients | None = None

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
        start = _start(init._fitted if init is not None else None, classes, vectors.shape[1])
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

    @property
    def parameters(self) -> dict[str, FloatArray]:
        """Return what strategies may read of the head: ``weight``, ``bias`` and ``penalty``."""
        fitted = self.coefficients
        penalty = np.array(1.0 / self.C)
        return {"weight": fitted.coef, "bias": fitted.intercept, "penalty": penalty}

    @property
    def coefficients(self) -> Coefficients:
        """Return the fitted numbers; raises NotReady before `fit`."""
        if self._fitted is None:
            raise NotReady("this linear head has not been fitted; call fit first")
        return self._fitted

    @property
    def classes(self) -> tuple[str, ...]:
        """Return the classes that can be predicted, in the task's order."""
        return self.coefficients.classes

    @property
    def calibration(self) -> Calibration:
        """Return the temperature in use and why."""
        return self.coefficients.calibration

    def calibrated(self, calibration: Calibration) -> Self:
        """Return the same head with another temperature, e.g. the one of the head before it."""
        return self._with(replace(self.coefficients, calibration=calibration))

    def save(self, folder: Path) -> None:
        """Write ``head.npz`` and ``head.json``."""
        self.coefficients.save(folder)

    @classmethod
    def load(cls, folder: Path, task: Any) -> Self:
        """Read what `save` wrote."""
        return cls._of(Coefficients.load(folder), task)

    @classmethod
    def _of(cls, fitted: Coefficients, task: Any) -> Self:
        unknown = [name for name in fitted.classes if name not in task.labels]
        if unknown:
            raise InvalidInput(
                f"this head predicts {', '.join(unknown)}, which the task does not have; "
                f"its labels are: {', '.join(task.labels)}"
            )
        settings = fitted.settings
        made = cls(task, C=settings["C"], tol=settings["tol"], most=int(settings["most"]))
        return made._with(fitted)

    def _with(self, fitted: Coefficients) -> Self:
        made = type(self)(self.task, C=self.C, tol=self.tol, most=self.most)
        made._fitted = fitted
        return made

    def _coefficients(
        self, classes: tuple[str, ...], coef: FloatArray, intercept: FloatArray
    ) -> Coefficients:
        settings = {"C": self.C, "tol": self.tol, "most": self.most}
        return Coefficients(classes, coef, intercept, settings)

    def _prepare(
        self, batch: Batch, labels: Sequence[Any], weights: FloatArray | None
    ) -> tuple[FloatArray, Any, FloatArray, tuple[str, ...]]:
        """Check what was given; return vectors, class numbers, weights and classes."""
        vectors = np.asarray(batch.need_vectors(), dtype=np.float32)
        if len(labels) != len(vectors):
            raise InvalidInput(f"{len(vectors)} vectors came with {len(labels)} labels")
        if not np.isfinite(vectors).all():
            raise InvalidInput("vectors must be finite numbers; encode these examples again")
        weighed = _weights(weights, len(vectors))
        used = np.flatnonzero(weighed > 0)
        if not len(used):
            raise InvalidInput("no labels to learn from; give at least one")
        given = _numbers(labels, self.task.labels)[used]
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


def _weights(weights: FloatArray | None, n: int) -> FloatArray:
    if weights is None:
        return np.ones(n)
    given = np.asarray(weights, dtype=np.float64)
    if given.shape != (n,) or not np.isfinite(given).all() or (given < 0).any():
        raise InvalidInput(f"weights must be {n} finite numbers, none below 0")
    return given


def _numbers(labels: Sequence[Any], allowed: Sequence[str]) -> Any:
    place = {label: i for i, label in enumerate(allowed)}
    unknown = sorted({str(label) for label in labels if label not in place})
    if unknown:
        raise InvalidInput(
            f"labels that the task does not have: {', '.join(unknown)}; it has: "
            f"{', '.join(allowed)}"
        )
    return np.array([place[label] for label in labels], dtype=np.int64)


def _start(init: Coefficients | None, classes: tuple[str, ...], columns: int) -> Point:
    """Return (d + 1, c) to start from: what `init` knows of each class, zeros for the rest."""
    start = np.zeros((columns + 1, len(classes)))
    if init is None or init.columns != columns:
        return start
    place = {name: i for i, name in enumerate(init.classes)}
    for column, name in enumerate(classes):
        if name in place:
            start[:-1, column] = init.coef[place[name]]
            start[-1, column] = init.intercept[place[name]]
    return start
