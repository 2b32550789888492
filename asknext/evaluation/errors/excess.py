"""Excess: which groups of examples hold more errors than chance would put there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from asknext.core.batch import FloatArray
from asknext.evaluation.errors.evidence import SHOWN, Evidence, count_sources
from asknext.evaluation.intervals import mean_interval, wilson

SUPPORT = 10  # judged examples that a group needs, and that must lie outside of it
LEVEL = 0.05  # share of false discoveries among the groups called significant
MOST = 20  # groups that are listed

Mask = npt.NDArray[np.bool_]


def p_values(loss: FloatArray, masks: Sequence[Mask]) -> FloatArray:
    """Return for each mask (n,) the chance of as much loss inside, if it were spread by chance.

    Where each loss is 0 or 1 this is Fisher's exact test, else the test of Mann and Whitney; both
    are one-sided. Nothing lost, or everything alike, gives 1.

    >>> loss = np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
    >>> p_values(loss, [loss == 1.0, loss == 0.0]).round(3).tolist()
    [0.05, 1.0]
    """
    from scipy.stats import hypergeom, mannwhitneyu

    if not len(masks):
        return np.empty(0)
    if np.ptp(loss) == 0:
        return np.ones(len(masks))
    if np.isin(loss, (0.0, 1.0)).all():
        table = np.stack(masks)
        size, lost = table.sum(axis=1), table @ loss
        return np.asarray(hypergeom.sf(lost - 1, len(loss), loss.sum(), size))
    tests = [mannwhitneyu(loss[mask], loss[~mask], alternative="greater") for mask in masks]
    return np.array([test.pvalue for test in tests])


def adjusted(p: FloatArray) -> FloatArray:
    """Return p-values made larger for their number, so that `LEVEL` bounds false discoveries.

    Source: Benjamini and Hochberg 1995; groups that share examples depend on each other
    positively, which the method allows (Benjamini and Yekutieli 2001).
    """
    from scipy.stats import false_discovery_control

    return np.asarray(false_discovery_control(np.clip(p, 0.0, 1.0))) if len(p) else p


def large_enough(mask: Mask) -> bool:
    """Say whether a group and its rest are large enough to be tested."""
    return SUPPORT <= int(mask.sum()) <= len(mask) - SUPPORT


def excess(evidence: Evidence, groups: Mapping[str, Mask]) -> list[dict[str, Any]]:
    """Return the groups with more loss than chance puts there, the surest first.

    Masks are over the judged examples. All groups that are large enough are tested and count in
    the correction, whether they are returned or not; returned are those with more loss inside
    than outside, `MOST` at most.
    """
    judged = evidence.judged
    loss = 1.0 - evidence.score[judged]
    large = {name: mask for name, mask in groups.items() if large_enough(mask)}
    masks = list(large.values())
    p = p_values(loss, masks)
    q = adjusted(p)
    more = [loss[mask].mean() > loss[~mask].mean() for mask in masks]
    order = [i for i in np.lexsort((p, q)).tolist() if more[i]][:MOST]
    names = list(large)
    return [
        {
            "name": names[i],
            **_figures(loss, masks[i]),
            "p": float(p[i]),
            "q": float(q[i]),
            "significant": bool(q[i] <= LEVEL),
            **_examples(evidence, judged[masks[i]]),
        }
        for i in order
    ]


def tested(items: Sequence[Mapping[str, Any]], tried: int) -> dict[str, Any]:
    """Return how many groups were tried, at which level, and how many are significant."""
    significant = sum(bool(item["significant"]) for item in items)
    return {"tried": tried, "level": LEVEL, "significant": significant}


def _figures(loss: FloatArray, mask: Mask) -> dict[str, Any]:
    inside, outside = loss[mask], loss[~mask]
    if np.isin(loss, (0.0, 1.0)).all():
        low, high = wilson(float(inside.sum()), len(inside))
    else:
        _, low, high = mean_interval(inside)
    return {
        "n": len(inside),
        "error": float(inside.mean()),
        "low": float(low),
        "high": float(high),
        "elsewhere": float(outside.mean()),
    }


def _examples(evidence: Evidence, places: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Return the examples of a group that are wrong, the worst and surest first."""
    wrong = places[evidence.wrong[places]]
    sure = np.zeros(len(evidence)) if evidence.confidence is None else evidence.confidence
    wrong = wrong[np.lexsort((-np.nan_to_num(sure[wrong]), evidence.score[wrong]))]
    return {
        **count_sources(evidence, places),
        "wrong": len(wrong),
        "examples": evidence.items(wrong[:SHOWN]),
        "ids": [evidence.ids[place] for place in wrong.tolist()],
    }
