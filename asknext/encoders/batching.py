"""Cut texts into batches that waste neither padding nor memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from asknext.core.batch import IntArray

TOKENS = 2048  # a batch's budget: large enough for fast products, small enough for the caches
SMALL = 1024  # below this many tokens a batch costs more in overhead than padding would


def batches(
    lengths: Sequence[int], *, tokens: int = TOKENS, small: int = SMALL
) -> Iterator[IntArray]:
    """Yield the positions (b,) of each batch, longest texts first, every position once.

    Texts of one length go together, so most batches need no padding at all; a batch that would
    stay `small` takes shorter texts in. No batch holds more than `tokens` after padding, save
    one text that is longer by itself.

    >>> [batch.tolist() for batch in batches([3, 9, 3, 3, 9], tokens=18, small=0)]
    [[1, 4], [0, 2, 3]]
    """
    sizes = np.asarray(lengths, dtype=np.int64)
    order = np.argsort(-sizes, kind="stable")
    start = 0
    for stop in range(1, len(order) + 1):
        if stop == len(order) or _full(sizes, order, start, stop, tokens, small):
            yield order[start:stop]
            start = stop


def _full(sizes: IntArray, order: IntArray, start: int, stop: int, tokens: int, small: int) -> bool:
    longest, following = int(sizes[order[start]]), int(sizes[order[stop]])
    held = longest * (stop - start)
    return held + longest > tokens or (following < longest and held >= small)
