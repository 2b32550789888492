"""Ridge: Bayesian linear regression on cached vectors, with how sure it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from asknext.core.batch import Batch, FloatArray, Table
from asknext.core.errors import NotReady
from asknext.core.predictions import Prediction
from asknext.core.seeds import generator
from asknext.models.checks import checked_task, checked_vectors, checked_weights, counted
from asknext.models.lazy import Lazy
from asknext.models.posterior import Posterior, directions
from asknext.models.threads import one_blas_thread
from asknext.models.written import read_model, write_model

TASKS = frozenset({"regression"})
PRIOR = 1.0  # how many answers the first guess at the noise counts for
GUESS = 0.25  # … which is this share of the scale
STEP = 0.25
PULL = 0.1  # keeps the penalty near the mean square length where the answers do not say
GRID = np.arange(-4.0, 4.0 + STEP, STEP)  # powers of ten, times the mean square length: penalties
ARRAYS = ("mean", "middle", "basis", "values")


@dataclass(frozen=True)
class Line:
    """Hold a fitted regression: the score of `posterior` plus `centre`.

    `noise` is the variance of answers about the line, `shift` that of its centre, `penalty` the
    λ of ‖w‖² beside the sum of squared errors.
    """

    posterior: Posterior
    centre: float
    noise: float
    shift: float
    penalty: float


class Ridge:
    """Learn a number as a linear function of the vectors, and how far off it may be.

    Penalty and noise are those under which the labels are most probable, so nothing is to be
    set. Answers are taken as they are; predictions are kept to the scale by the task. With one
    label, or labels that are all equal, that number is predicted.

    Source: MacKay 1992, Bayesian Interpolation (evidence for the penalty); the weak prior on the
    noise, one answer's worth at a quarter of the scale, is ours and keeps it above 0.

    >>> from asknext.core.tasks import Regression
    >>> batch = Batch(4, vectors=np.array([[0.0], [1.0], [2.0], [3.0]], np.float32))
    >>> found = Ridge(Regression(0, 10)).fit(batch, [1, 3, 5, 7], seed=0).predict(batch)
    >>> [round(float(number), 1) for number in found.array("mean")]
    [1.3, 3.1, 4.9, 6.7]
    """

    name: ClassVar[str] = "ridge"
    reads: ClassVar[frozenset[str]] = frozenset({"vectors"})
    provides: ClassVar[frozenset[str]] = frozenset({"mean", "variance"})
    shows: ClassVar[frozenset[str]] = frozenset({"committee_mean", "weight", "bias", "penalty"})
    tasks: ClassVar[frozenset[str]] = TASKS

    def __init__(self, task: Any) -> None:
        self.task = checked_task(task, TASKS, self.name)
        self._fitted: Line | None = None

    def fit(
        self,
        batch: Batch,
        labels: Sequence[Any],
        *,
        seed: int,
        init: Self | None = None,
        weights: FloatArray | None = None,
    ) -> Self:
        """Return the regression of n numbers on n vectors; weight 0 means "not there".

        It is solved exactly, so `seed` and `init` change nothing.

        Raises:
            InvalidInput: no labels, counts that differ, labels outside the scale, vectors or
                weights that are not finite numbers, negative weights.
        """
        vectors = checked_vectors(batch, labels)
        weighed = checked_weights(weights, len(vectors))
        numbers = np.array([self.task.validate(label) for label in labels], np.float64)
        used = counted(weighed)
        with one_blas_thread():
            line = _fit(vectors[used], numbers[used], weighed[used], GUESS * self.task.span)
        return self._with(line)

    def predict(self, batch: Batch) -> Prediction:
        """Return ``mean`` and ``variance`` (n,) float32, that of an answer, each when read."""
        table = batch.need_vectors()
        return Prediction(
            (),
            Lazy(
                {
                    "mean": lambda: self._mean(table),
                    "variance": lambda: self._variance(table),
                }
            ),
        )

    def _mean(self, table: Table) -> FloatArray:
        with one_blas_thread():
            found = self.line.posterior.expected(table)
        return found + np.float32(self.line.centre)

    def _variance(self, table: Table) -> FloatArray:
        line = self.line
        with one_blas_thread():
            spread = line.posterior.spread(table)
        return spread + np.float32(line.noise + line.shift)

    def draws(self, batch: Batch, members: int, seed: int) -> FloatArray:
        """Return what lines drawn from the posterior say of a batch (members, n) float32."""
        line = self.line
        with one_blas_thread():
            found = line.posterior.draws(batch.need_vectors(), members, seed)
        rngs = (generator(seed, "centre", member) for member in range(members))
        centres = line.centre + math.sqrt(line.shift) * np.array(
            [r.standard_normal() for r in rngs]
        )
        return found + centres[:, None].astype(np.float32)

    @property
    def line(self) -> Line:
        """Return the fitted numbers; raises NotReady before `fit`."""
        if self._fitted is None:
            raise NotReady("this regression has not been fitted; call fit first")
        return self._fitted

    @property
    def parameters(self) -> dict[str, FloatArray]:
        """Return what strategies may read: ``weight`` (1, d), ``bias`` (1,) and ``penalty``."""
        line = self.line
        weight, middle = line.posterior.mean, line.posterior.middle
        return {
            "weight": weight[None, :],
            "bias": np.array([line.centre - middle @ weight], np.float32),
            "penalty": np.array(line.penalty),
        }

    def save(self, folder: Path) -> None:
        """Write ``head.npz`` and ``head.json``."""
        line = self.line
        post = line.posterior
        about = {
            "prior": post.prior,
            "centre": line.centre,
            "noise": line.noise,
            "shift": line.shift,
            "penalty": line.penalty,
        }
        arrays = {name: getattr(post, name) for name in ARRAYS}
        write_model(folder, about, arrays)

    @classmethod
    def load(cls, folder: Path, task: Any) -> Self:
        """Read what `save` wrote."""
        about, (mean, middle, basis, values) = read_model(folder, *ARRAYS)
        posterior = Posterior(mean, middle, basis, values, float(about["prior"]))
        numbers = (float(about[name]) for name in ("centre", "noise", "shift", "penalty"))
        return cls(task)._with(Line(posterior, *numbers))

    def _with(self, line: Line) -> Self:
        made = type(self)(self.task)
        made._fitted = line
        return made


def _fit(vectors: FloatArray, numbers: FloatArray, weights: FloatArray, guess: float) -> Line:
    total = float(weights.sum())
    middle = weights @ vectors / total
    centre = float(weights @ numbers) / total
    root = np.sqrt(weights)
    rows = (vectors - middle) * root[:, None]
    rest = (numbers - centre) * root
    basis, squares = directions(rows)
    length = float(np.square(vectors).sum(axis=1).mean()) or 1.0
    along = (rest @ rows) @ basis  # √squares times the part of the answers that lies along each
    penalty, noise = _most_probable(squares, along, float(rest @ rest), total, guess, length)
    mean = basis @ (along / (squares + penalty))
    posterior = Posterior.of(mean, middle, basis, squares / noise, penalty / noise)
    return Line(posterior, centre, noise, noise / total, penalty)


def _most_probable(
    squares: FloatArray, along: FloatArray, whole: float, total: float, guess: float, length: float
) -> tuple[float, float]:
    """Return the penalty under which the answers are most probable, and the noise with it.

    `whole` is the sum of the squared answers, `total` their number, both weighed.
    """
    size = float(squares.sum()) / total or length
    freedom = PRIOR + max(total - 1.0, 0.0)

    def noise(penalty: float) -> float:
        left = whole - float((np.square(along) / (squares + penalty)).sum())
        return (PRIOR * guess**2 + max(left, 0.0)) / freedom

    def surprise(power: float) -> float:
        penalty = size * 10.0**power
        fit = freedom * math.log(noise(penalty)) + float(np.log1p(squares / penalty).sum())
        return fit + PULL * power**2

    best = min(GRID, key=surprise)
    found = size * 10.0 ** _lowest(surprise, best - STEP, best + STEP)
    return found, noise(found)


def _lowest(value: Callable[[float], float], low: float, high: float) -> float:
    from scipy.optimize import minimize_scalar  # heavy, and only needed here

    options = {"xatol": 1e-3}
    return float(minimize_scalar(value, bounds=(low, high), method="bounded", options=options).x)
