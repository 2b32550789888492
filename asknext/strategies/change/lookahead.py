"""Lookahead: what the linear head would say elsewhere if it knew one more label."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.curvature import Curvature, with_one
from asknext.core.errors import InvalidInput
from asknext.core.picks import Picks
from asknext.core.view import View
from asknext.strategies.change.influence import HEAD, answered, read_curvature
from asknext.strategies.probabilities import margins, read_proba
from asknext.strategies.ranking import checked, picks_of, top, wanted
from asknext.strategies.vectors import read_rows

SHORTLIST = 1_000  # candidates looked at: half of smallest margin, half drawn from the others
REFERENCES = 2_000  # points on which the change is measured: a sample of a larger pool
LABELS = 10  # the likeliest labels of each candidate, their probabilities scaled to sum to 1
AT_ONCE = 2**22  # numbers in one product: 16 MiB


def shortlist(margin: FloatArray, size: int, rng: np.random.Generator) -> IntArray:
    """Return `size` rows: half those of smallest margin, half drawn from the others."""
    if len(margin) <= size:
        return np.arange(len(margin))
    sure = top(-margin, size // 2, rng)
    others = np.setdiff1d(np.arange(len(margin)), sure)
    return np.sort(np.concatenate([sure, rng.choice(others, size - len(sure), replace=False)]))


def sample(n: int, size: int, rng: np.random.Generator) -> IntArray:
    """Return `size` rows of n, ascending; all of them, undrawn, where there are no more."""
    return np.arange(n) if n <= size else np.sort(rng.choice(n, size, replace=False))


def shortlisted_first(
    margin: FloatArray, short: IntArray, score: FloatArray, k: int, rng: np.random.Generator
) -> tuple[IntArray, FloatArray]:
    """Return k rows and scores: the shortlisted by score, then the others by margin.

    The others have no score of their own; theirs is the smallest of the shortlisted.
    """
    best = top(score, len(score), rng)
    rest = np.setdiff1d(np.arange(len(margin)), short) if k > len(short) else short[:0]
    after = rest[top(-margin[rest], k - len(short), rng)] if len(rest) else rest
    scores = np.concatenate([score[best], np.full(len(after), score.min())])
    return np.concatenate([short[best], after])[:k], scores[:k]


def likeliest(proba: FloatArray, most: int) -> tuple[IntArray, FloatArray]:
    """Return the `most` likeliest labels of each row (n, l), and their shares, which sum to 1."""
    if proba.shape[1] <= most:
        labels = np.broadcast_to(np.arange(proba.shape[1]), proba.shape)
    else:
        labels = np.argsort(-proba, axis=1, kind="stable")[:, :most]
    shares = np.take_along_axis(proba, labels, axis=1).astype(np.float64)
    return labels, shares / shares.sum(axis=1, keepdims=True)


@dataclass(frozen=True)
class References:
    """Hold the reference points: [x, 1] (r, d + 1), coordinates (r, b) and log p (c, r)."""

    features: FloatArray
    coordinates: FloatArray
    logits: FloatArray

    @classmethod
    def of(cls, curvature: Curvature, features: FloatArray, proba: FloatArray) -> References:
        """Look at these features (r, d) and probabilities (r, c)."""
        if proba.ndim != 2 or len(features) != len(proba):
            raise InvalidInput(
                f"reference_features has {len(features)} rows and reference_proba has shape "
                f"{proba.shape}; they must be (references, d) and (references, classes)"
            )
        if not np.isfinite(proba).all():
            raise InvalidInput("NaN or infinite numbers in the probabilities of the references")
        logits = np.log(np.maximum(proba.T, np.finfo(np.float32).tiny)).astype(np.float32)
        return cls(with_one(features), curvature.coordinates(features)[0], logits)


def changed(
    curvature: Curvature,
    references: References,
    features: FloatArray,
    proba: FloatArray,
    labels: IntArray,
) -> Iterator[FloatArray]:
    """Yield for each candidate the logits (l, c, r) of the references after each of its labels.

    One step as in `asknext.strategies.change.influence`: along class direction k the logits of a
    reference x_r move by −α_y v_k (v_kᵀ(p − e_y)) [x, 1]ᵀH⁻¹[x_r, 1].
    """
    directions, penalty = curvature.directions, curvature.penalty
    inner = (1.0 / curvature.values - 1.0 / penalty).astype(np.float32)
    damping = -answered(curvature, proba, curvature.norms(features)[0])
    damping = np.take_along_axis(damping, labels, axis=1)
    means = proba @ directions
    size = max(1, AT_ONCE // max(1, inner.shape[0] * references.logits.shape[1]))
    for start in range(0, len(features), size):
        part = slice(start, start + size)
        coordinates = curvature.coordinates(features[part])[0]
        weighted = coordinates[:, None, :] * inner  # (b, k, r)
        pull = weighted @ references.coordinates.T
        pull += (with_one(features[part]) @ references.features.T / penalty)[:, None, :]
        rows = zip(pull, means[part], labels[part], damping[part], strict=True)
        for own, mean, chosen, share in rows:
            error = share[:, None] * (mean - directions[chosen])  # (l, k)
            step = error[:, None, :] * directions  # (l, c, k)
            yield np.asarray(step.astype(np.float32) @ own + references.logits)


class Lookahead(ABC):
    """Rank by what each candidate's label is expected to do to predictions on references.

    References are ``reference_features`` with ``reference_proba`` where both are given, else
    `references` random candidates. Of more than `candidates` candidates only a shortlist is
    looked at, half those of smallest margin, half drawn; once it is used up the others follow by
    margin. Of more than `LABELS` classes only the likeliest labels are tried.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = HEAD
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    cost: ClassVar[str] = "candidates looked at × labels × references × classes"

    def __init__(self, candidates: int = SHORTLIST, references: int = REFERENCES) -> None:
        if candidates < 1 or references < 1:
            raise InvalidInput(
                f"candidates and references are numbers of rows, 1 or more; given: {candidates}, "
                f"{references}"
            )
        self.candidates = candidates
        self.references = references

    @abstractmethod
    def gain(self, after: FloatArray, before: FloatArray) -> FloatArray:
        """Return how much each label (l,) gains: logits (l, c, r) after and (1, c, r) before."""

    @abstractmethod
    def reason(self, score: float) -> str:
        """Say to the annotator what the score means."""

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        margin = margins(read_proba(view))
        checked(margin, view, self)
        curvature = read_curvature(view)
        references = self._references(view, curvature, rng)
        short = shortlist(margin, self.candidates, rng)
        score = self._scores(view, short, curvature, references)
        rows, scores = shortlisted_first(margin, short, score, k, rng)
        reasons = [self.reason(float(score)) for score in scores]
        return picks_of(self, view, rows, scores=scores, reasons=reasons)

    def _references(self, view: View, curvature: Curvature, rng: np.random.Generator) -> References:
        if {"reference_features", "reference_proba"} <= view.provides:
            table = view.array("reference_features")
            rows = sample(len(table), self.references, rng)
            features = read_rows(table, rows, "reference_features")
            return References.of(curvature, features, view.array("reference_proba")[rows])
        rows = sample(len(view), self.references, rng)
        features = read_rows(view.array("features"), rows, "features")
        return References.of(curvature, features, view.proba[rows])

    def _scores(
        self, view: View, rows: IntArray, curvature: Curvature, references: References
    ) -> FloatArray:
        proba = np.asarray(view.proba[rows], np.float32)
        labels, shares = likeliest(proba, LABELS)
        features = read_rows(view.array("features"), rows, "features")
        before = references.logits[None]
        outcomes = changed(curvature, references, features, proba, labels)
        gains = [
            float(share @ self.gain(after, before))
            for share, after in zip(shares, outcomes, strict=True)
        ]
        return np.array(gains)


def exponentials(logits: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return logits − max, their exponentials, both (l, c, r), and the sums of these (l, r).

    Overwrites `logits`.
    """
    logits -= logits.max(axis=1, keepdims=True)
    found = np.exp(logits)
    return logits, found, found.sum(axis=1)
