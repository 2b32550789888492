"""LAL: ask where a regressor, taught on made-up tasks, expects the largest gain."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.batch import BLOCK, FloatArray, IntArray
from asknext.core.view import View
from asknext.strategies.adaptive.lal_tasks import regressor
from asknext.strategies.adaptive.traits import read_traits
from asknext.strategies.ranking import Ranking

NUDGE = 1e-9  # by which doubt orders candidates of which the forest thinks the same


class Lal(Ranking):
    """Score the part of the loss that a label is expected to remove, as learnt on made-up tasks.

    A random forest maps seven traits of a candidate (the model's doubt, distances to labels and
    to the centre, label counts) to the gain seen when such candidates were labelled in 200 small
    simulated tasks with a linear head. It is taught once in each process, within some seconds.

    Source: Konyushkova et al. 2017 (LAL, the independent variant), section 4. Our tasks have 2 to
    4 classes and our traits no size, so that they carry over; the loss is the log loss.
    """

    name: ClassVar[str] = "lal"
    needs: ClassVar[frozenset[str]] = frozenset({"proba", "embedding", "labelled_embedding"})
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    cost: ClassVar[str] = "n × labelled × columns, n trees; once some seconds of teaching"
    evidence: ClassVar[str] = (
        "In a re-benchmark on 26 binary sets +0.0024 AUBC over random (16 of 26); margin +0.0088 "
        "(24 of 26). What made-up tasks teach carries over to text only in part."
    )
    source: ClassVar[str] = "Konyushkova, Sznitman and Fua 2017 (LAL), section 4"

    def score(self, view: View) -> FloatArray:
        """Return the expected gain (n,) as a part of the loss."""
        traits = read_traits(view, self.name)
        forest = regressor()
        score = NUDGE * (1.0 - traits[:, 1])
        for start in range(0, len(traits), BLOCK):
            score[start : start + BLOCK] += forest.predict(traits[start : start + BLOCK])
        return np.asarray(score)

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Say what was learnt about the likes of it."""
        return [
            f"labels of examples like this one have removed {score:.1%} of the loss elsewhere"
            if score > 0
            else "better than what is left, going by what helped elsewhere"
            for score in scores
        ]
