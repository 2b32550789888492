"""chrF: how much of one text's letters another has, by runs of 1 to 6 characters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from asknext.core.batch import FloatArray

ORDER = 6  # longest run of characters
BETA = 2.0  # recall counts so many times as much as precision


def grams(text: str) -> list[Counter[str]]:
    """Count the runs of 1, 2 … 6 characters of a text, white space left out.

    >>> [dict(counts) for counts in grams("a b")][:2]
    [{'a': 1, 'b': 1}, {'ab': 1}]
    """
    letters = "".join(text.split())
    return [
        Counter(letters[i : i + size] for i in range(len(letters) - size + 1))
        for size in range(1, ORDER + 1)
    ]


def chrf(guess: str, truth: str) -> float:
    """Return the chrF of a text against another, from 0 to 1; 1 for equal ones.

    The mean precision and the mean recall over the orders that both texts have, as an F with
    β = 2. Case counts.

    Source: Popović 2015; the mean over the effective orders as in sacreBLEU 2.

    >>> round(chrf("the cat sat on the mat", "a cat sat on a mat"), 6)
    0.551117
    >>> round(chrf("退款还没有到", "退款没到账"), 6)
    0.201476
    """
    return _score(guess, truth, grams(guess), grams(truth))[0]


def disagreement(texts: Sequence[str]) -> float:
    """Return the mean of (1 − chrF)² over all ordered pairs of the texts, 0 for fewer than two.

    Source: BLEUVar of Xiao et al. 2020, equation 4, with chrF instead of BLEU.

    >>> disagreement(["same", "same"]), disagreement(["ab", "cd"])
    (0.0, 1.0)
    """
    counts = [grams(text) for text in texts]
    pairs = [
        (1.0 - score) ** 2
        for i in range(len(texts))
        for j in range(i)
        for score in _score(texts[i], texts[j], counts[i], counts[j])
    ]
    return float(np.mean(pairs)) if pairs else 0.0


def _score(
    a: str, b: str, first: Sequence[Counter[str]], second: Sequence[Counter[str]]
) -> tuple[float, float]:
    """Return the chrF of a against b, and of b against a: one's precision is the other's recall."""
    if a == b:
        return 1.0, 1.0
    shares = [
        _shared(one, other) for one, other in zip(first, second, strict=True) if one and other
    ]
    if not shares:
        return 0.0, 0.0
    mine, theirs = np.mean(shares, axis=0).tolist()
    return _f(mine, theirs), _f(theirs, mine)


def _shared(one: Counter[str], other: Counter[str]) -> tuple[float, float]:
    """Return which share of the runs of each text the other has too."""
    same = (one & other).total()
    return same / one.total(), same / other.total()


def _f(precision: float, recall: float) -> float:
    square = BETA**2
    total = square * precision + recall
    return (1.0 + square) * precision * recall / total if total > 0 else 0.0


def disagreements(samples: Sequence[Sequence[str]]) -> FloatArray:
    """Return the disagreement (n,) of each row of texts."""
    return np.array([disagreement(texts) for texts in samples], np.float64)
