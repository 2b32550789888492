"""Runs: fold what is known of each token into one number for each example."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from asknext.core.batch import BLOCK, FloatArray, IntArray, Ragged
from asknext.core.errors import InvalidInput
from asknext.core.view import View


def read_runs(view: View, name: str) -> Ragged:
    """Return a ragged array of the view, one run for each candidate, all numbers finite.

    Raises:
        InvalidInput: another number of runs, or NaN or infinite numbers; the message names the
            first bad candidate.
    """
    runs = view.array(name)
    if not isinstance(runs, Ragged) or len(runs) != len(view):
        given = f"{len(runs)} runs" if isinstance(runs, Ragged) else type(runs).__name__
        raise InvalidInput(
            f"{name} must be Ragged with a run for each of the {len(view)} candidates; given: "
            f"{given}. Make it with asknext.core.batch.Ragged.of([...])"
        )
    for start in range(0, len(runs.values), BLOCK):
        block = runs.values[start : start + BLOCK]
        bad = np.flatnonzero(~np.isfinite(block.reshape(len(block), -1)).all(axis=1))
        if len(bad):
            row = int(np.searchsorted(runs.offsets, start + bad[0], "right")) - 1
            raise InvalidInput(
                f"{name} holds NaN or infinite numbers, first for {view.candidates[row]!r}; "
                "mend the model that made them"
            )
    return runs


def sums(values: FloatArray, runs: Ragged) -> FloatArray:
    """Return the sum (n,) of the values (total,) of each run; 0 for an empty one.

    >>> sums(np.array([1.0, 2.0, 4.0]), Ragged.of([[0, 0], [], [0]])).tolist()
    [3.0, 0.0, 4.0]
    """
    found = np.zeros(len(runs))
    full = np.flatnonzero(runs.lengths)
    if len(full):
        values = np.asarray(values[: runs.offsets[-1]], np.float64)
        found[full] = np.add.reduceat(values, runs.offsets[full])
    return found


def means(values: FloatArray, runs: Ragged) -> FloatArray:
    """Return the mean (n,) of the values (total,) of each run; 0 for an empty one.

    >>> means(np.array([1.0, 2.0, 4.0]), Ragged.of([[0, 0], [], [0]])).tolist()
    [1.5, 0.0, 4.0]
    """
    return np.asarray(sums(values, runs) / np.maximum(runs.lengths, 1))


def top_means(values: FloatArray, runs: Ragged, most: int) -> FloatArray:
    """Return the mean (n,) of the `most` largest values of each run, of all in a shorter one.

    0 for an empty run.

    >>> top_means(np.array([1.0, 2.0, 6.0, 4.0]), Ragged.of([[0, 0, 0], [], [0]]), 2).tolist()
    [4.0, 0.0, 4.0]
    """
    found = np.zeros(len(runs))
    for rows, where in by_length(runs):
        length = where.shape[1]
        kept = min(most, length)
        largest = np.partition(values[where], length - kept, axis=1)[:, length - kept :]
        # Sorted, so that the sum does not depend on how the partition left them.
        found[rows] = np.sort(largest, axis=1).mean(axis=1, dtype=np.float64)
    return found


def by_length(runs: Ragged, tokens: int = 16 * BLOCK) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield examples of equal length together: their rows (r,), their positions (r, length).

    At most `tokens` positions at a time (or one example); empty runs are left out.

    >>> found = by_length(Ragged.of([[7, 8], [9], [5, 6]]))
    >>> [(rows.tolist(), where.tolist()) for rows, where in found]
    [([1], [[2]]), ([0, 2], [[0, 1], [3, 4]])]
    """
    lengths = runs.lengths
    order = np.argsort(lengths, kind="stable")
    found, starts = np.unique(lengths[order], return_index=True)
    for length, group in zip(found.tolist(), np.split(order, starts[1:]), strict=True):
        size = max(1, tokens // max(length, 1))
        for start in range(0, len(group) if length else 0, size):
            rows = group[start : start + size]
            yield rows, runs.offsets[rows][:, None] + np.arange(length)
