"""Select: any registered strategy, for people who hold arrays alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from asknext.core.arrays import ARRAYS
from asknext.core.batch import IntArray, Ragged, blocks
from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.picks import Id, Picks
from asknext.core.protocols import Strategy
from asknext.core.seeds import generator
from asknext.core.view import AXES, View
from asknext.strategies.build import build

SUMS = 1e-3  # how far a row of probabilities may be from 1
_SUMMING = {name for name in ARRAYS if name.endswith("proba")} - {"label_proba"}


def select(
    name: str,
    k: int,
    *,
    seed: int = 0,
    ids: Sequence[Id] | None = None,
    labels: Sequence[Any] = (),
    labelled: Sequence[Id] = (),
    pending: Sequence[Id] = (),
    classes: Sequence[str] = (),
    **arrays: Any,
) -> Picks:
    """Pick `k` of n examples with a registered strategy.

    Args:
        name: a registered strategy, or a written form like ``power(margin, beta=2)``.
        k: number of picks.
        seed: the same seed and input give the same picks.
        ids: (n,) distinct ids of the rows of the arrays; row numbers if not given.
        labels: (m,) labels of `labelled`.
        labelled: (m,) ids that have a label; those among `ids` are not picked, and their vectors
            are taken from ``embedding`` unless ``labelled_embedding`` is given.
        pending: ids that are being asked already, treated likewise.
        classes: names of the columns of ``proba``.
        **arrays: what the strategy needs, a row for each example: ``proba`` (n, c),
            ``embedding`` (n, d) of unit length, ``near`` (n,) with a number of its own for each
            group of near-duplicates …; see `asknext.core.arrays.ARRAYS`.

    Raises:
        NotFound: no such strategy.
        Unsupported: the strategy needs an array that is not given.
        InvalidInput: an array of a wrong shape or with unusable numbers; the message names it.

    >>> proba = np.array([[0.9, 0.1], [0.5, 0.5], [0.7, 0.3]])
    >>> select("margin", 2, ids=["a", "b", "c"], proba=proba).ids
    ['b', 'c']
    """
    strategy = build(name)
    _check_names(name, strategy, arrays)
    for array_name, array in arrays.items():
        _check_array(array_name, array)
    n = _common_size(ids, arrays)
    _check_sizes(n, arrays, labels=labels, labelled=labelled, pending=pending)
    names: Sequence[Id] = range(n) if ids is None else list(ids)
    row_of = _rows_by_id(names) if ids is not None or len(labelled) or len(pending) else {}
    view = View(
        names,
        arrays=arrays | _known_rows(arrays, row_of, labelled=labelled, pending=pending),
        pending=pending,
        labelled=labelled,
        labels=labels,
        classes=classes,
    )
    closed = [row_of[example] for example in (*labelled, *pending) if example in row_of]
    if closed:
        view = view.take(np.setdiff1d(np.arange(n), np.array(closed, np.int64)))
    return strategy.select(view, k, generator(seed, "select"))


def _rows_by_id(names: Sequence[Id]) -> dict[Id, int]:
    rows = {example: row for row, example in enumerate(names)}
    if len(rows) != len(names):
        repeated = len(names) - len(rows)
        raise InvalidInput(f"ids must be distinct; {repeated} of {len(names)} are repeated")
    return rows


def _check_names(name: str, strategy: Strategy, arrays: Mapping[str, Any]) -> None:
    unknown = sorted(set(arrays) - set(AXES))
    if unknown:
        raise InvalidInput(f"unknown arrays: {', '.join(unknown)}; known: {', '.join(AXES)}")
    missing = sorted(strategy.needs - set(arrays))
    if missing:
        given = ", ".join(sorted(arrays)) or "nothing"
        raise Unsupported(
            f"{name} needs {', '.join(missing)}; given: {given}. Pass it as "
            f"{missing[0]}={ARRAYS[missing[0]].shape if missing[0] in ARRAYS else 'an array'}"
        )


def _check_array(name: str, array: Any) -> None:
    expected = ARRAYS[name]
    shape = getattr(array, "shape", None)
    if expected.ragged and not isinstance(array, Ragged):
        raise InvalidInput(
            f"{name} must be Ragged, a run of shape {expected.shape} for each candidate; "
            "make it with asknext.core.batch.Ragged.of([...])"
        )
    if shape is None or len(shape) != expected.axes:
        given = type(array).__name__ if shape is None else f"shape {tuple(shape)}"
        raise InvalidInput(f"{name} must be an array of shape {expected.shape}; given: {given}")
    values = array.values if isinstance(array, Ragged) else array
    if name not in _SUMMING:
        _check_finite(name, values)
        return
    sums = np.asarray(values).sum(axis=-1).reshape(-1)
    if not np.isfinite(sums).all():
        _check_finite(name, values)
    _check_sums(name, np.asarray(values), sums)


def _check_finite(name: str, array: Any) -> None:
    if array.dtype.kind not in "fiub":
        return
    for part, values in blocks(array if len(array.shape) else np.atleast_1d(array)):
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(values.sum()):  # nearly always; a sum may be infinite by itself
                continue
        bad = ~np.isfinite(values.reshape(len(values), -1)).all(axis=1)
        if bad.any():
            row = part.start + int(bad.argmax())
            raise InvalidInput(f"{name} holds NaN or infinite numbers, first in row {row}")


def _check_sums(name: str, proba: Any, sums: Any) -> None:
    if sums.size and max(sums.max() - 1.0, 1.0 - sums.min()) > SUMS:
        row = int(np.abs(sums - 1.0).argmax())
        total = sums[row]
        raise InvalidInput(
            f"{name} row {row} sums to {total:.4g}; each row must sum to 1 within {SUMS}. "
            "Give probabilities, not scores (apply softmax first)"
        )
    if proba.size and proba.min() < 0:
        raise InvalidInput(f"{name} holds negative numbers; probabilities lie in [0, 1]")


def _common_size(ids: Sequence[Id] | None, arrays: Mapping[str, Any]) -> int:
    sizes = {} if ids is None else {"ids": len(ids)}
    sizes |= {
        name: len(array) if isinstance(array, Ragged) else array.shape[axis]
        for name, array in arrays.items()
        if (axis := AXES[name]) is not None
    }
    if not sizes:
        raise InvalidInput("nothing says how many candidates there are; give ids or an array")
    if len(set(sizes.values())) > 1:
        found = ", ".join(f"{name} has {size}" for name, size in sizes.items())
        raise InvalidInput(f"all must have the same number of examples; given: {found}")
    return next(iter(sizes.values()))


def _check_sizes(
    n: int,
    arrays: Mapping[str, Any],
    *,
    labels: Sequence[Any],
    labelled: Sequence[Id],
    pending: Sequence[Id],
) -> None:
    if len(labels) != len(labelled):
        raise InvalidInput(
            f"labels are those of labelled, in the same order; given: {len(labels)} labels of "
            f"{len(labelled)} labelled ids"
        )
    for name, array in arrays.items():
        if not name.startswith(("labelled_", "pending_")):
            continue
        known = labelled if name.startswith("labelled_") else pending
        if len(array) != len(known):
            raise InvalidInput(
                f"{name} has {len(array)} rows; it must have one for each of the {len(known)} "
                f"{name.split('_')[0]} ids"
            )


def _known_rows(
    arrays: Mapping[str, Any],
    row_of: Mapping[Id, int],
    **known: Sequence[Id],
) -> dict[str, Callable[[], Any]]:
    """Supply the arrays of labelled and pending ids whose rows are all there."""
    found: dict[str, Callable[[], Any]] = {}
    for kind, known_ids in known.items():
        if not len(known_ids) or not all(example in row_of for example in known_ids):
            continue
        rows = np.array([row_of[example] for example in known_ids], np.int64)
        for name in arrays:
            target = f"{kind}_{name}"
            if target in AXES and target not in arrays:
                found[target] = _supplier(arrays[name], rows)
    return found


def _supplier(array: Any, rows: IntArray) -> Callable[[], Any]:
    return lambda: array[rows]
