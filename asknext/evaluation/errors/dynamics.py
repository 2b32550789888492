"""Dynamics: which labels models learn at once, late, or never."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from asknext.core.batch import FloatArray
from asknext.evaluation.errors.evidence import Evidence, Finding, finding

KIND = "dynamics"
HARD, AMBIGUOUS, EASY = "hard", "ambiguous", "easy"
SHARE = 1 / 3  # of the examples, those that models change their mind about most
MOST = 100

Names = npt.NDArray[np.str_]


def dynamics(evidence: Evidence) -> Finding:
    """List the examples that are hard or ambiguous to models fitted to more and more labels.

    ``mean`` is what the models gave to the label on average, ``spread`` its standard deviation
    over the models, ``region`` see `regions`. Hard ones come first: many of them have a wrong
    label. Ambiguous ones teach a model most.

    Source: Swayamdipta et al. 2020, Dataset Cartography, who follow the epochs of one training
    on the very labels; here the models are successive and none has learnt the label.
    """
    if evidence.stages is None or len(evidence.stages) < 2:
        return finding(KIND, [], "needs the predictions of two successive models at least")
    places = np.flatnonzero(np.isfinite(evidence.stages).all(axis=0))
    stages = evidence.stages[:, places]
    mean, spread = stages.mean(axis=0), stages.std(axis=0)
    named = regions(stages)
    items = [
        {
            **evidence.item(int(places[i])),
            "region": str(named[i]),
            "mean": float(mean[i]),
            "spread": float(spread[i]),
        }
        for i in [*_first(named == HARD, mean), *_first(named == AMBIGUOUS, -spread)]
    ]
    counts = {name: int((named == name).sum()) for name in (HARD, AMBIGUOUS, EASY)}
    return finding(KIND, items, "", **counts, models=len(stages))


def regions(stages: FloatArray) -> Names:
    """Name the region of each of n labels by what s models gave to it (s, n).

    ``ambiguous`` is the third with the largest spread, as far as it has any; of the others those
    are ``easy`` to which the models gave at least half on average, the rest is ``hard``.

    >>> regions(np.array([[0.9, 0.1, 0.1], [0.9, 0.1, 0.9]])).tolist()
    ['easy', 'hard', 'ambiguous']
    """
    # Equal numbers have a mean that is off by rounding, and then a spread.
    spread = np.where(np.ptp(stages, axis=0) > 0, stages.std(axis=0), 0.0)
    mean = stages.mean(axis=0)
    named = np.where(mean >= 0.5, EASY, HARD).astype("U9")
    order = np.argsort(-spread, kind="stable")[: int(np.ceil(SHARE * len(spread)))]
    named[order[spread[order] > 0]] = AMBIGUOUS
    return named


def _first(mask: npt.NDArray[np.bool_], key: FloatArray) -> list[int]:
    places = np.flatnonzero(mask)
    ordered: list[int] = places[np.argsort(key[places], kind="stable")][:MOST].tolist()
    return ordered
