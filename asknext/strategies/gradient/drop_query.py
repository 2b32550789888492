"""DropQuery: ask where the prediction changes when features are dropped at random."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

import numpy as np

from asknext.core.batch import IntArray
from asknext.core.errors import InvalidInput
from asknext.core.picks import Picks
from asknext.core.view import View
from asknext.strategies.grouping import by_group
from asknext.strategies.head import NEEDS, Head
from asknext.strategies.kernels.reading import Vectors
from asknext.strategies.ranking import picks_of, wanted
from asknext.strategies.wrapping import whole_number

CLUSTERED = 5_000  # inconsistent candidates that are clustered, or 10 for each pick


class DropQuery:
    """Cluster the candidates whose prediction most dropouts change; ask each centre.

    Each of `passes` drops every feature with chance `drop`. Candidates whose label changes in
    more than half of them are clustered; the others follow, by how often it changes. A score is
    the share of passes that change the label, or that of the pick before if smaller.

    Source: Gupte et al. 2024 (DropQuery), section 4. We cluster a random part of very many, and
    build the batch in waves.
    """

    name: ClassVar[str] = "drop_query"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = NEEDS
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    drawn: ClassVar[str] = "the features that are dropped, and the first centres of k-means"
    cost: ClassVar[str] = "passes × n × features × classes, then k-means of 5,000 or 10 k"
    evidence: ClassVar[str] = (
        "Its authors: best on average with foundation-model features of images, level with "
        "others on the few text sets."
    )
    source: ClassVar[str] = "Gupte et al. 2024 (2401.14555), section 4"

    def __init__(self, passes: int = 3, drop: float = 0.75) -> None:
        self.passes = whole_number(self.name, "passes", passes)
        if isinstance(drop, bool) or not 0.0 < drop < 1.0:
            raise InvalidInput(f"drop of drop_query is a chance between 0 and 1; given: {drop!r}")
        self.drop = float(drop)

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        changed = self.changes(view, rng)
        unsure = np.where(2 * changed > self.passes, self.passes + 1, changed)
        order = np.lexsort((rng.random(len(changed)), -unsure))[: max(CLUSTERED, 20 * k)]
        points = Vectors(view.array("features"), "features").rows(order)
        inconsistent = int(np.count_nonzero(unsure > self.passes))
        rows = order[by_group(points, k, rng, reach=partial(_reach, inconsistent))]
        shares = np.minimum.accumulate(changed[rows] / self.passes)
        reasons = [
            f"the model answers differently in {times} of {self.passes} readings with gaps"
            for times in changed[rows]
        ]
        return picks_of(self, view, rows, scores=shares, reasons=reasons)

    def changes(self, view: View, rng: np.random.Generator) -> IntArray:
        """Return in how many passes (n,) the predicted label changes."""
        head = Head(view)
        found = np.zeros(len(view), np.int64)
        keep = np.float32(1.0 / (1.0 - self.drop))
        for part, features, logits in head.blocks():
            own = logits.argmax(axis=1)
            # All draws of a row follow each other, so that the size of a block changes none.
            size = (len(features), self.passes, features.shape[1])
            kept = rng.random(size, np.float32) >= self.drop
            for time in range(self.passes):
                shown = features * kept[:, time] * keep
                found[part] += head.logits(shown).argmax(axis=1) != own
        return found


def _reach(inconsistent: int, total: int) -> int:
    """Return how many of the ordered candidates are clustered for `total` picks."""
    return min(inconsistent, max(CLUSTERED, 10 * total))
