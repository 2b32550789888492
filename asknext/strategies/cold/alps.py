"""ALPS: cold start by what surprises a masked language model."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.picks import Picks
from asknext.core.view import View
from asknext.strategies.grouping import by_group
from asknext.strategies.kernels.reading import Vectors, unit
from asknext.strategies.ranking import picks_of, wanted

SAMPLE = 10_000  # candidates that are clustered; a random sample of a larger pool serves as well


class Alps:
    """Cluster the candidates by their surprisal, scaled to length 1; ask each centre.

    ``surprisal`` holds the masked-LM loss at some tokens of each text. A score is minus the place.

    Source: Yuan et al. 2020 (ALPS), section 4. We cluster a random sample of a large pool, and
    build the batch in waves.
    """

    name: ClassVar[str] = "alps"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset({"surprisal"})
    tasks: ClassVar[frozenset[str]] = frozenset()
    drawn: ClassVar[str] = "the sample of a large pool, and the first centres of k-means"
    cost: ClassVar[str] = "a pass of the language model per text; k-means of 10,000"
    evidence: ClassVar[str] = (
        "The best baseline of PATRON's prompting table (79.5 against 78.2 for random at 128 "
        "labels); sentence vectors and typiclust need no language model."
    )
    source: ClassVar[str] = "Yuan, Lin and Boyd-Graber 2020 (ALPS), section 4"

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        sample = np.sort(rng.permutation(len(view))[: max(SAMPLE, k)])
        points = unit(Vectors(view.array("surprisal"), "surprisal").rows(sample))
        rows = sample[by_group(points, k, rng)]
        reasons = ["typical of texts that surprise a language model in the same way"] * k
        return picks_of(self, view, rows, scores=-np.arange(k, dtype=float), reasons=reasons)
