"""Properties of a strategy on drawn cases; `asknext.testing.strategies` checks one fixed case.

Each takes a strategy and a `Case` and raises AssertionError with what is wrong, so a test may
draw as many cases as it likes, with hypothesis or without.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from asknext.core import batch
from asknext.core.batch import Ragged
from asknext.core.errors import InvalidInput
from asknext.core.protocols import Strategy
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.testing.strategy_arrays import CLASSES, fresh_arrays, make_view, numbers

MANY = 400  # candidates and reference points that make products worth a second thread
SIZES = ("BLOCK", "STRIP", "TILE", "PRODUCTS", "AT_ONCE", "PAIRS")
"""Names under which modules keep how much they read or multiply at a time."""


@dataclass(frozen=True)
class Case:
    """Say what to try: n candidates, k picks, made-up arrays of this seed.

    `luck` seeds the generator that breaks ties, `block` is the rows read at a time, `part` in
    [0, 1) says which place of an array is spoilt, `copies` how many different candidates are
    left where the others are copies of them.
    """

    n: int = 23
    k: int = 7
    seed: int = 0
    luck: int = 0
    block: int = 5
    part: float = 0.5
    copies: int = 6


def fills_the_batch(strategy: Strategy, case: Case) -> None:
    """It returns min(k, n) distinct candidates."""
    _fills(strategy, case, len(CLASSES))


def lives_with_one_class(strategy: Strategy, case: Case) -> None:
    """It does so while the model knows one class only, and everything ties."""
    _fills(strategy, case, 1)


def lives_with_one_candidate(strategy: Strategy, case: Case) -> None:
    """It picks the only candidate there is, for any k but 0."""
    view = _view(strategy, fresh_arrays(1, seed=case.seed))
    for k in {1, max(case.k, 1)}:
        assert _ids(strategy, view, k, case) == view.candidates, f"one candidate, k = {k}"


def takes_all(strategy: Strategy, case: Case) -> None:
    """It picks every candidate once for k = n, and the same ones in the same order for more."""
    view = _view(strategy, fresh_arrays(case.n, seed=case.seed))
    ids = _ids(strategy, view, case.n, case)
    assert sorted(ids) == sorted(view.candidates), "k = n: not every candidate once"
    assert _ids(strategy, view, case.n + 1 + case.k, case) == ids, "k > n: not the picks of k = n"


def ignores_the_order(strategy: Strategy, case: Case) -> None:
    """Shuffled candidates give the same picks where nothing ties; see ``drawn``."""
    view = _view(strategy, fresh_arrays(case.n, seed=case.seed))
    rows = generator(case.luck, "shuffle").permutation(case.n)
    found = _ids(strategy, view.take(rows), case.k, case)
    assert found == _ids(strategy, view, case.k, case), "the order of the candidates changed it"


def copes_with_copies(strategy: Strategy, case: Case) -> None:
    """Exact copies are picked or left out as copies: never twice, never instead of others."""
    copies = np.arange(case.n) % case.copies
    view = _view(strategy, fresh_arrays(case.n, seed=case.seed)).take(copies)
    view.candidates = [f"copy-{i}" for i in range(case.n)]
    ids = _ids(strategy, view, case.n, case)
    assert len(set(ids)) == len(ids), "an id twice"
    taken = {int(copies[view.candidates.index(x)]) for x in ids}
    assert len(ids) == case.n or taken == set(copies.tolist()), "it left out what is no copy"


def refuses_nan(strategy: Strategy, case: Case) -> None:
    """NaN or infinity anywhere in an array that it needs is an error, never a score.

    There are ten candidates or more: of very few a wrapper may leave out none, and read none.
    """
    n = max(case.n, 10)
    for name in sorted(strategy.needs):
        for bad in (np.nan, np.inf):
            arrays = fresh_arrays(n, seed=case.seed)
            values = numbers(arrays[name])
            if values.dtype.kind != "f":
                continue
            values.reshape(-1)[int(case.part * values.size)] = bad
            try:
                with np.errstate(all="ignore"):  # that infinity spreads is no news here
                    _ids(strategy, _view(strategy, arrays), max(case.k, 1), case)
            except InvalidInput:
                continue
            raise AssertionError(f"{bad} in {name} was not refused")


def ignores_the_type(strategy: Strategy, case: Case) -> None:
    """The same numbers as float16, float32 or float64 give the same picks."""
    arrays = fresh_arrays(case.n, seed=case.seed)
    picked = {}
    for kind in (np.float16, np.float32, np.float64):
        view = _view(strategy, {name: _cast(array, kind) for name, array in arrays.items()})
        picked[kind.__name__] = _ids(strategy, view, case.k, case)
    assert len(set(map(tuple, picked.values()))) == 1, f"picks depend on the type: {picked}"


def ignores_the_blocks(strategy: Strategy, case: Case) -> None:
    """How many rows are read or multiplied at a time does not change the picks."""
    view = _view(strategy, fresh_arrays(case.n, seed=case.seed))
    expected = _ids(strategy, view, case.k, case)
    with blocks_of(case.block, strategy):
        found = _ids(strategy, view, case.k, case)
    assert found == expected, f"{case.block} rows at a time changed the picks"


def ignores_the_threads(strategy: Strategy, case: Case) -> None:
    """One thread or two give the same picks, with products large enough for more than one."""
    view = _view(strategy, fresh_arrays(MANY, seed=case.seed))
    picked = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            picked.append(_ids(strategy, view, case.k, case))
    assert picked[0] == picked[1], "a second thread changed the picks"


PROPERTIES: Sequence[Callable[[Strategy, Case], None]] = (
    fills_the_batch,
    lives_with_one_class,
    lives_with_one_candidate,
    takes_all,
    ignores_the_order,
    copes_with_copies,
    refuses_nan,
    ignores_the_type,
    ignores_the_blocks,
    ignores_the_threads,
)


@contextmanager
def blocks_of(size: int, strategy: Strategy) -> Iterator[None]:
    """Let every module of asknext, and that of the strategy, read `size` rows at a time."""
    own = sys.modules[type(strategy).__module__]
    places = [
        (m, name, getattr(m, name)) for m in {own, *_ours()} for name in SIZES if _has(m, name)
    ]
    defaults = [(walk, walk.__defaults__) for walk in (batch.blocks, batch.Rows.blocks)]
    try:
        for module, name, _ in places:
            setattr(module, name, size)
        for walk, _ in defaults:
            walk.__defaults__ = (size,)
        yield
    finally:
        for module, name, before in places:
            setattr(module, name, before)
        for walk, given in defaults:
            walk.__defaults__ = given


def _ours() -> Iterator[ModuleType]:
    for name, module in list(sys.modules.items()):
        if name == "asknext.core.batch" or name.startswith("asknext.strategies"):
            yield module


def _has(module: ModuleType, name: str) -> bool:
    return isinstance(vars(module).get(name), int)


def _fills(strategy: Strategy, case: Case, classes: int) -> None:
    view = _view(strategy, fresh_arrays(case.n, classes=classes, seed=case.seed))
    ids = _ids(strategy, view, case.k, case)
    assert len(ids) == min(case.k, case.n), f"{len(ids)} picks"
    assert len(set(ids)) == len(ids), "an id twice"
    assert set(ids) <= set(view.candidates), "it picked what is no candidate"


def _view(strategy: Strategy, arrays: Mapping[str, Any]) -> View:
    return make_view(arrays, strategy.needs, len(arrays["near"]))


def _ids(strategy: Strategy, view: View, k: int, case: Case) -> list[Any]:
    return list(strategy.select(view, k, generator(case.luck, "property")).ids)


def _cast(array: Any, kind: type[np.floating[Any]]) -> Any:
    """Return the numbers that float16 can hold, as this type; other arrays as they are."""
    values = numbers(array)
    if values.dtype.kind != "f":
        return array
    found = values.astype(np.float16).astype(kind)
    return Ragged(found, array.offsets) if isinstance(array, Ragged) else found
