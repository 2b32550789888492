"""Agreement between two series of answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

from asknext.core.errors import InvalidInput


def kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float:
    """Return Cohen's kappa: 1 is full agreement, 0 what chance would give.

    Where both series say one and the same thing throughout, chance agrees always and the formula
    is 0/0; that is full agreement, 1. Without any pair it is NaN.

    Raises:
        InvalidInput: series of different lengths.

    Source: Cohen 1960.

    >>> kappa(["a", "a", "b", "b"], ["a", "a", "b", "a"])
    0.5
    >>> kappa(["a", "a"], ["a", "a"])
    1.0
    """
    if len(first) != len(second):
        raise InvalidInput(
            f"kappa compares two series of one length; given: {len(first)} and {len(second)}"
        )
    n = len(first)
    if n == 0:
        return float("nan")
    counts, others = Counter(first), Counter(second)
    same = sum(a == b for a, b in zip(first, second, strict=True))
    chance = sum(count * others[value] for value, count in counts.items())
    if chance == n * n:
        return 1.0
    # Whole numbers up to here, so that equal series give exactly 1.
    return (same * n - chance) / (n * n - chance)
