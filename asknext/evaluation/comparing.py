"""Comparing: what one strategy is worth beside another, over paired seeds and over sets.

Every figure is of pairs: the same set, the same seed, so that what chance gave to both cancels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt

from asknext.core.batch import FloatArray
from asknext.core.errors import InvalidInput
from asknext.evaluation.curves import area
from asknext.evaluation.intervals import Numbers

FEW = 12  # pairs up to which all 2^n signs are tried
DRAWS = 20_000
CLOSE = 1e-12


def log_area(labels: Numbers, values: Numbers) -> float:
    """Return the mean height of the curve on a log2 label axis: early labels weigh more.

    Raises:
        InvalidInput: a number of labels that is not above 0.

    >>> log_area([10, 20, 40], [0.5, 1.0, 1.0])
    0.875
    """
    x = np.asarray(labels, np.float64)
    if not (x > 0).all():
        raise InvalidInput("a curve on a log axis starts above 0 labels; leave out the point at 0")
    return area(np.log2(x), values)


def win_rate(ours: Numbers, theirs: Numbers) -> float:
    """Return the share of pairs that we win; ties count half, NaN without pairs.

    >>> win_rate([3, 2, 1, 5], [1, 2, 3, 4])
    0.625
    """
    gaps = _gaps(ours, theirs)
    if not gaps.size:
        return float("nan")
    won, tied = gaps > CLOSE, np.abs(gaps) <= CLOSE
    return float((won + 0.5 * tied).mean())


def sign_flip(gaps: Numbers, rng: np.random.Generator, draws: int = DRAWS) -> float:
    """Return the two-sided p-value that paired differences (n,) are symmetric about 0.

    Up to 12 pairs all signs are tried; for more, `draws` of them, the one seen counted too. 1
    where nothing differs or there are no pairs.

    Source: Fisher 1935, section 21; Phipson and Smyth 2010 (why p is never 0).

    >>> sign_flip([1.0, 2.0, 3.0], np.random.default_rng(0))
    0.25
    """
    given = np.asarray(gaps, np.float64)
    if not given.size or not given.any():
        return 1.0
    seen = abs(given.sum()) - CLOSE * np.abs(given).sum()
    if given.size <= FEW:
        signs = np.array(list(product((-1.0, 1.0), repeat=given.size)))
        return float((np.abs(signs @ given) >= seen).mean())
    more = sum(
        int((np.abs(_signs(rng, 1000, given.size) @ given) >= seen).sum())
        for _ in range(draws // 1000)
    )
    return (1 + more) / (1 + draws // 1000 * 1000)


def _signs(rng: np.random.Generator, rows: int, columns: int) -> FloatArray:
    return np.asarray(2.0 * rng.integers(2, size=(rows, columns)) - 1.0)


def holm(p: Mapping[str, float]) -> dict[str, float]:
    """Correct the p-values of several tests, by name; each is at least as large as before.

    Source: Holm 1979.

    >>> holm({"a": 0.01, "b": 0.04, "c": 0.03})
    {'a': 0.03, 'b': 0.06, 'c': 0.06}
    """
    found: dict[str, float] = {}
    highest = 0.0
    for i, name in enumerate(sorted(p, key=lambda name: p[name])):
        highest = max(highest, min(1.0, (len(p) - i) * p[name]))
        found[name] = highest
    return {name: found[name] for name in p}


def wilcoxon(gaps: Numbers) -> float:
    """Return the two-sided p-value of the signed ranks of differences (n,), one for each set.

    1 where nothing differs. Source: Wilcoxon 1945; Demšar 2006 (for comparing over data sets).

    >>> wilcoxon([1.0, 2.0, 3.0, 4.0, 5.0])
    0.0625
    """
    from scipy.stats import wilcoxon as signed_ranks

    given = np.asarray(gaps, np.float64)
    if not given.size or not given.any():
        return 1.0
    return float(signed_ranks(given).pvalue)


def mean_ranks(scores: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Return the mean rank of each strategy over sets, 1 the best; ties share their ranks.

    `scores` maps a strategy to its score on each set, in one order for all.

    >>> mean_ranks({"a": [3.0, 1.0], "b": [2.0, 1.0]})
    {'a': 1.25, 'b': 1.75}
    """
    from scipy.stats import rankdata

    table = np.array([scores[name] for name in scores], np.float64)
    if table.ndim != 2 or not table.size:
        raise InvalidInput("ranks need a score of every strategy on every set, one set at least")
    ranks = rankdata(-np.round(table, 12), axis=0)
    return dict(zip(scores, ranks.mean(axis=1).tolist(), strict=True))


def kaplan_meier(reached: Sequence[float | None], spent: Sequence[float]) -> float | None:
    """Return the median number of labels to a target over runs, some of which never got there.

    Args:
        reached: where each run reached the target, None where it did not within its budget.
        spent: the budget of each run: those who have not arrived are known to take longer.

    None where fewer than half are expected to arrive within what was seen.

    Source: Kaplan and Meier 1958. Between two values both of which leave half behind, the middle.

    >>> kaplan_meier([20, 30, None, 50], [60, 60, 60, 60])
    40.0
    >>> kaplan_meier([20, None, None], [60, 60, 60]) is None
    True
    """
    if len(reached) != len(spent):
        raise InvalidInput(f"runs and budgets differ in number: {len(reached)} and {len(spent)}")
    ends = np.array([s if r is None else r for r, s in zip(reached, spent, strict=True)], float)
    arrived = np.array([r is not None for r in reached], bool)
    left, half = 1.0, None
    for time in sorted(set(ends[arrived].tolist())):
        here = int((ends[arrived] == time).sum())
        left *= 1 - here / int((ends >= time).sum())
        if half is not None:
            return float((half + time) / 2)
        if abs(left - 0.5) <= CLOSE:
            half = time
        elif left < 0.5:
            return float(time)
    return half


def _gaps(ours: Numbers, theirs: Numbers) -> npt.NDArray[np.float64]:
    one, two = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    if one.shape != two.shape or one.ndim != 1:
        raise InvalidInput(f"pairs need two lists of one length; given: {one.shape}, {two.shape}")
    return one - two
