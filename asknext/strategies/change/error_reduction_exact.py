"""Error reduction by refitting: the slow reference, for small questions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from asknext.core.batch import FloatArray, IntArray, Table, blocks
from asknext.core.curvature import FREE, with_one
from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.picks import Picks
from asknext.core.view import View
from asknext.strategies.change.lookahead import likeliest, sample, shortlist, shortlisted_first
from asknext.strategies.probabilities import margins
from asknext.strategies.ranking import picks_of, wanted
from asknext.strategies.vectors import read_rows

CANDIDATES = 50
REFERENCES = 500
LABELS = 10
PENALTY = 1.0 / 30.0  # that of the instant head
ENOUGH = 1e-5  # slope, where the curvature is about 1, at which a fit is finished

Point = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SoftmaxFit:
    """Hold the labelled [x, 1] (m, d + 1), what of λ each column bears, and how to turn space.

    `turn` (d + 1, d + 1) makes the curvature about 1 in all directions, so that a refit takes
    SciPy's L-BFGS few steps. Weights are (d + 1, c), intercepts in the last row.
    """

    known: Point
    charges: Point
    turn: Point

    @classmethod
    def of(cls, known: Point, penalty: float, heights: float | Point = 0.125) -> SoftmaxFit:
        """Prepare fits to these vectors; `heights` (m,) is the curvature of each one's loss."""
        charges = np.full((known.shape[1], 1), penalty)
        charges[-1] = 0.0
        heavy = known * np.broadcast_to(heights, len(known))[:, None]
        whole = known.T @ heavy + np.diag(np.maximum(charges[:, 0], FREE * penalty))
        values, vectors = np.linalg.eigh(whole)
        return cls(known, charges, vectors / np.sqrt(values))

    def near(self, weight: Point) -> SoftmaxFit:
        """Return the same for refits that end near these weights."""
        proba = _softmax(self.known @ weight)[1]
        heights = (proba * (1.0 - proba)).sum(axis=1) / max(1, proba.shape[1] - 1)
        return self.of(self.known, float(self.charges[0, 0]), heights)

    def fit(self, features: Point, numbers: IntArray, start: Point) -> Point:
        """Return the weights that minimise Σ loss + λ/2 ‖W‖² for vectors (m, d + 1) and labels."""
        from scipy.optimize import minimize

        hot = np.eye(start.shape[1])[numbers]

        def objective(step: Point) -> tuple[float, Point]:
            weight = start + self.turn @ step.reshape(start.shape)
            shifted, proba = _softmax(features @ weight)
            charged = self.charges * weight
            slope = self.turn.T @ (features.T @ (proba - hot) + charged)
            return float(0.5 * (charged * weight).sum() - (hot * shifted).sum()), slope.ravel()

        options = {"gtol": ENOUGH, "ftol": 0.0, "maxiter": 200}
        zero = np.zeros(start.size)
        found = minimize(objective, zero, jac=True, method="L-BFGS-B", options=options)
        return np.asarray(start + self.turn @ found.x.reshape(start.shape))

    def with_label(self, numbers: IntArray, extra: Point, label: int, start: Point) -> Point:
        """Return the weights after one more example [x, 1] (d + 1,) of this class."""
        return self.fit(np.vstack([self.known, extra]), np.append(numbers, label), start)


def _softmax(logits: Point) -> tuple[Point, Point]:
    """Return log p and p (n, c)."""
    logits = logits - logits.max(axis=1, keepdims=True)
    found = np.exp(logits)
    sums = found.sum(axis=1, keepdims=True)
    return logits - np.log(sums), found / sums


def error(features: Point, weight: Point) -> float:
    """Return the mean of 1 − p(first) over [x, 1] (r, d + 1)."""
    return float(1.0 - _softmax(features @ weight)[1].max(axis=1).mean())


class ExpectedErrorReductionExact:
    """Score E_y[expected 0–1 error now − after a refit with (x, y)], with real refits.

    It fits its own softmax head to ``labelled_features`` and the labels, with ``penalty`` where
    given, and refits it for each candidate and each of its 10 likeliest labels. References are
    ``reference_features`` or `references` random candidates; of more than `candidates`
    candidates half are those of smallest margin, half drawn, and the others follow by margin.
    With one class labelled everything is a tie.

    Source: Roy and McCallum 2001.
    """

    name: ClassVar[str] = "expected_error_reduction_exact"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset({"features", "labelled_features"})
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    drawn: ClassVar[str] = "half of the shortlist, and the references of a large pool"
    cost: ClassVar[str] = "a refit for each candidate looked at and each label"
    evidence: ClassVar[str] = (
        "to check the fast one against: the same question, a hundred times the time"
    )
    source: ClassVar[str] = "Roy and McCallum 2001"

    def __init__(self, candidates: int = CANDIDATES, references: int = REFERENCES) -> None:
        if candidates < 1 or references < 1:
            raise InvalidInput(
                f"candidates and references are numbers of rows, 1 or more; given: {candidates}, "
                f"{references}"
            )
        self.candidates = candidates
        self.references = references

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks; raises Unsupported without labels."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        known, numbers, penalty = _labelled(view)
        fits = SoftmaxFit.of(known, penalty)
        weight = fits.fit(known, numbers, np.zeros((known.shape[1], int(numbers.max()) + 1)))
        fits = fits.near(weight)
        proba = _proba(view, weight)
        short = shortlist(margins(proba), self.candidates, rng)
        others = self._references(view, rng)
        labels, shares = likeliest(proba[short], LABELS)
        extra = _wide(view.array("features"), short, "features")
        score = np.zeros(len(short))
        before = error(others, weight)
        for row, (x, own, share) in enumerate(zip(extra, labels, shares, strict=True)):
            after = [error(others, fits.with_label(numbers, x, y, weight)) for y in own.tolist()]
            score[row] = before - float(share @ after)
        rows, scores = shortlisted_first(margins(proba), short, score, k, rng)
        return picks_of(self, view, rows, scores=scores, reasons=_reasons(scores))

    def _references(self, view: View, rng: np.random.Generator) -> Point:
        given = "reference_features" in view.provides
        name = "reference_features" if given else "features"
        table = view.array(name)
        return _wide(table, sample(len(table), self.references, rng), name)


def _wide(table: Table, rows: IntArray, name: str) -> Point:
    return with_one(read_rows(table, rows, name)).astype(np.float64)


def _labelled(view: View) -> tuple[Point, IntArray, float]:
    """Return [x, 1] (m, d + 1) and class numbers (m,) of the labelled, and λ."""
    table = view.array("labelled_features")
    if not len(view.labelled) or len(table) != len(view.labels):
        raise Unsupported(
            "expected_error_reduction_exact refits on labels; given: labelled_features of "
            f"{len(table)} examples and {len(view.labels)} labels. Give labelled= and labels=, or "
            "ask with typiclust until there are some"
        )
    penalty = float(view.array("penalty")) if "penalty" in view.provides else PENALTY
    if not (np.isfinite(penalty) and penalty > 0):
        raise InvalidInput(f"penalty is λ of the head, a number above 0; given: {penalty}")
    numbers = np.unique([str(label) for label in view.labels], return_inverse=True)[1]
    rows = np.arange(len(table))
    return _wide(table, rows, "labelled_features"), numbers.astype(np.int64), penalty


def _proba(view: View, weight: Point) -> Point:
    """Return the own fit's probabilities of the candidates (n, c), read block by block."""
    found = np.empty((len(view), weight.shape[1]))
    for part, block in blocks(view.array("features")):
        found[part] = _softmax(with_one(block) @ weight)[1]
    if not np.isfinite(found).all():
        raise InvalidInput("features holds NaN or infinite numbers; mend what made them")
    return found


def _reasons(scores: FloatArray) -> list[str]:
    return [
        f"its answer should spare about {1000 * max(score, 0):.2g} errors in 1,000 others"
        for score in scores.tolist()
    ]
