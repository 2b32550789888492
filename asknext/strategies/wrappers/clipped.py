"""Clipped: leave out what is probably junk, most uncertain and unlike anything else."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.core.picks import Picks
from asknext.core.protocols import Strategy
from asknext.core.view import View
from asknext.strategies.kernels.reading import Vectors, squared_distances
from asknext.strategies.probabilities import margins, read_proba
from asknext.strategies.ranking import checked, top, wanted
from asknext.strategies.wrapping import Wrapper, staged

NEIGHBOURS = 10
SAMPLE = 2_000  # candidates among which neighbours are looked for
LONELY = 0.9  # quantile of the sample's loneliness above which a candidate is lonely


class Clipped(Wrapper):
    """Leave out candidates that are both among the most uncertain `share` and lonely.

    Uncertain by margin; lonely if the mean distance to the 10 nearest of a random sample of
    candidates exceeds that of nine tenths of the sample. What is left out comes back in the
    state as ``junk``, a list of ids, loneliest first, and is picked only once nothing else is
    left.
    """

    wrapper: ClassVar[str] = "clipped"
    serves: ClassVar[frozenset[str]] = frozenset({"classification"})
    reads: ClassVar[frozenset[str]] = frozenset({"proba", "embedding"})
    draws: ClassVar[str] = "the sample in which neighbours are looked for"
    cost: ClassVar[str] = "(share × n + 2,000) × 2,000 × columns"
    evidence: ClassVar[str] = (
        "Its authors: leaving out the most uncertain few per cent improved most of eight "
        "uncertainty estimators on 7 sets. It may hide a rare class: look at the list."
    )
    source: ClassVar[str] = "Gonsior et al. 2022 (uncertainty clipping); only the lonely here"

    def __init__(self, strategy: Strategy, share: float = 0.02) -> None:
        super().__init__(strategy)
        if isinstance(share, bool) or not isinstance(share, float) or not 0.0 < share < 1.0:
            raise InvalidInput(
                f"share of clipped is a share of the candidates between 0 and 1; given: {share!r}"
            )
        self.share = share

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks; ``state["junk"]`` lists what was left out."""
        k = wanted(view, k)
        if k == 0:
            return Picks((), view.state)
        junk = self.junk(view, rng)
        rest = np.setdiff1d(np.arange(len(view)), junk)
        picks, state = staged(self.strategy, view, k, rng, [rest, np.sort(junk)])
        ids = [view.candidates[row] for row in junk]
        return Picks(self.falling(picks), {**state, "junk": ids})

    def junk(self, view: View, rng: np.random.Generator) -> IntArray:
        """Return the rows that are left out, loneliest first."""
        doubt = checked(1.0 - margins(read_proba(view)), view, self.strategy)
        unsure = top(doubt, math.floor(self.share * len(view)), rng)
        table = Vectors(view.embedding)
        sample = np.sort(rng.permutation(len(view))[:SAMPLE])
        if not len(unsure) or len(sample) < 2:
            return np.empty(0, np.int64)
        among = table.rows(sample)
        usual = np.quantile(loneliness(among, sample, among, sample), LONELY)
        gaps = loneliness(table.rows(unsure), unsure, among, sample)
        lonely = np.flatnonzero(gaps > usual)
        return unsure[lonely[np.argsort(-gaps[lonely], kind="stable")]]


def loneliness(
    points: FloatArray, rows: IntArray, among: FloatArray, sample: IntArray
) -> FloatArray:
    """Return the mean distance (n,) of each point to its 10 nearest of others, itself left out.

    `rows` (n,) and `sample` (s,) are the rows of the pool behind `points` and `among`.
    """
    near = min(NEIGHBOURS, len(among) - 1)
    found = np.empty(len(points))
    for start in range(0, len(points), SAMPLE):
        part = slice(start, start + SAMPLE)
        squares = squared_distances(points[part], among)
        squares[rows[part][:, None] == sample[None, :]] = np.inf
        closest = np.partition(squares, near - 1, axis=1)[:, :near]
        found[part] = np.sqrt(closest).mean(axis=1)
    return found
