"""Check that a strategy keeps the contract; for built-ins and for plug-ins.

`check_strategy(MyStrategy())` runs every check; each raises AssertionError with what is wrong.
A strategy whose picks depend on more than scores and ties names what it draws at random in the
class attribute ``drawn``; only the check that shuffled candidates give the same picks is then
left to its own tests. One that chooses a batch as a whole, so that a part of it is not the
smaller batch, says what is chosen jointly in ``whole``. `strategy_properties` tries the same and
more on cases that a test draws.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from asknext.core.batch import Rows
from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.picks import Picks
from asknext.core.protocols import Strategy
from asknext.core.seeds import generator
from asknext.core.view import AXES, View
from asknext.testing.strategy_arrays import COLUMNS, N, fresh_arrays, make_view, numbers
from asknext.testing.strategy_properties import (
    Case,
    ignores_the_blocks,
    ignores_the_threads,
    ignores_the_type,
)


def check_strategy(strategy: Strategy) -> None:
    """Run all checks, with the arrays it needs alone and with every array there is."""
    for check in CHECKS:
        for names in (strategy.needs, frozenset(AXES)):
            check(strategy, names)
    for keeps in (ignores_the_type, ignores_the_blocks, ignores_the_threads):
        keeps(strategy, Case())


def check_attributes(strategy: Strategy, names: frozenset[str]) -> None:
    """It has a name, a version, and needs that exist."""
    assert isinstance(strategy, Strategy), "it lacks a part of the Strategy protocol"
    assert strategy.name, "its name is empty"
    assert strategy.version >= 1, "versions count from 1"
    assert strategy.needs <= set(AXES), f"unknown needs: {strategy.needs - set(AXES)}"
    assert isinstance(strategy.tasks, frozenset), "tasks is a frozenset"


def check_sizes(strategy: Strategy, names: frozenset[str]) -> None:
    """It returns min(k, n) distinct candidates for any k, one candidate and none included."""
    for n in (0, 1, 2, N):
        view = make_view(fresh_arrays(n), names, n)
        for k in sorted({0, 1, 2, 7, n, n + 5}):
            ids = _select(strategy, view, k).ids
            assert len(ids) == min(k, n), f"k = {k}, n = {n}: {len(ids)} picks"
            assert len(set(ids)) == len(ids), f"k = {k}, n = {n}: an id twice"
            assert set(ids) <= set(view.candidates), "it picked what is no candidate"


def check_negative(strategy: Strategy, names: frozenset[str]) -> None:
    """It refuses a negative k."""
    view = make_view(fresh_arrays(), names)
    _must_raise(InvalidInput, partial(_select, strategy, view, -1), "k = -1")


def check_one_class(strategy: Strategy, names: frozenset[str]) -> None:
    """It works while the model knows one class only: everything is a tie."""
    view = make_view(fresh_arrays(classes=1), names)
    ids = _select(strategy, view, 9).ids
    assert len(set(ids)) == 9, "one class: not 9 distinct picks of 47"


def check_order(strategy: Strategy, names: frozenset[str]) -> None:
    """It puts the most wanted first: scores never rise, and any prefix is the smaller batch."""
    view = make_view(fresh_arrays(), names)
    picks = _select(strategy, view, N)
    scores = [pick.score for pick in picks]
    assert scores == sorted(scores, reverse=True), "scores rise somewhere"
    if getattr(strategy, "whole", ""):
        return
    for k in (1, 5, 21, N - 1):
        found = _select(strategy, view, k).ids
        assert found == picks.ids[:k], f"{k} picks are not the first {k} of {N}"


def check_fields(strategy: Strategy, names: frozenset[str]) -> None:
    """Each pick is filled in and finite; the state is JSON."""
    picks = _select(strategy, make_view(fresh_arrays(), names), 9)
    json.dumps(dict(picks.state))
    for pick in picks:
        assert np.isfinite(pick.score), f"score {pick.score}"
        assert pick.reason.strip(), "an empty reason"
        assert 0.0 < pick.probability <= 1.0, f"probability {pick.probability}"
        assert pick.arm == "strategy", f"arm {pick.arm!r}"
        assert pick.strategy == f"{strategy.name}@{strategy.version}", pick.strategy


def check_repeatable(strategy: Strategy, names: frozenset[str]) -> None:
    """The same generator gives the same picks, and so does a new object of the same values."""
    first, second = (
        _select(strategy, make_view(fresh_arrays(), names), 9, seed=3) for _ in range(2)
    )
    assert first == second, "the same view and generator gave other picks"


def check_untouched(strategy: Strategy, names: frozenset[str]) -> None:
    """It changes neither the view, nor its arrays, nor itself."""
    arrays, same = fresh_arrays(), fresh_arrays()
    view, before = make_view(arrays, names), make_view(same, names)
    own = dict(vars(strategy))
    _select(strategy, view, 9)
    for name in names:
        assert _equal(view.array(name), same[name]), f"it changed {name}"
    for name in ("candidates", "pending", "labelled", "labels", "classes", "state", "round"):
        assert getattr(view, name) == getattr(before, name), f"it changed view.{name}"
    assert vars(strategy) == own, "it changed itself"


def check_ids(strategy: Strategy, names: frozenset[str]) -> None:
    """It knows examples by id: other names for the same rows give the same rows."""
    arrays = fresh_arrays()
    view = make_view(arrays, names)
    other = make_view(arrays, names)
    other.candidates = list(range(N, 0, -1))
    rows = [view.candidates.index(x) for x in _select(strategy, view, 9).ids]
    again = [N - int(x) for x in _select(strategy, other, 9).ids]
    assert rows == again, "the picks depend on what the ids look like"


def check_rows(strategy: Strategy, names: frozenset[str]) -> None:
    """Vectors behind `Rows` give the picks of the same vectors in an array."""
    arrays = fresh_arrays()
    plain = _select(strategy, make_view(arrays, names), 9)
    for name in ("embedding", "features"):
        wide = np.concatenate([arrays[name][::-1], arrays[f"labelled_{name}"]])
        wide = np.concatenate([wide, np.ones((len(wide), 3))], axis=1, dtype=np.float32)
        arrays[name] = Rows(wide, np.arange(N)[::-1], COLUMNS)
        arrays[f"labelled_{name}"] = Rows(wide, np.arange(N, len(wide)), COLUMNS)
    assert _select(strategy, make_view(arrays, names), 9) == plain, "Rows changed the picks"


def check_needs(strategy: Strategy, names: frozenset[str]) -> None:
    """It reads what it says it needs: without one of them it says which is missing."""
    for missing in strategy.needs:
        view = make_view(fresh_arrays(), strategy.needs - {missing})
        _must_raise(Unsupported, partial(_select, strategy, view, 9), f"no {missing}")


def check_nan(strategy: Strategy, names: frozenset[str]) -> None:
    """NaN in what it needs is an error, never a score."""
    for name in strategy.needs:
        arrays = fresh_arrays()
        values = numbers(arrays[name])
        if values.dtype.kind != "f":
            continue
        values.reshape(-1)[values.size // 2] = np.nan
        view = make_view(arrays, names)
        _must_raise(InvalidInput, partial(_select, strategy, view, 9), f"NaN in {name}")


def check_duplicates(strategy: Strategy, names: frozenset[str]) -> None:
    """It copes with exact duplicates; what it leaves out is a near-duplicate of what it picked."""
    arrays = fresh_arrays()
    copies = np.arange(N) % 12
    view = make_view(arrays, names).take(copies)
    view.candidates = [f"copy-{i}" for i in range(N)]
    ids = _select(strategy, view, N).ids
    assert len(set(ids)) == len(ids), "an id twice"
    taken = {int(copies[view.candidates.index(x)]) for x in ids}
    assert len(ids) == N or taken == set(range(12)), "it left out what is no near-duplicate"


def check_shuffled(strategy: Strategy, names: frozenset[str]) -> None:
    """Shuffled candidates give the same picks where nothing ties; see ``drawn``."""
    if getattr(strategy, "drawn", ""):
        return
    view = make_view(fresh_arrays(), names)
    expected = _select(strategy, view, 9).ids
    for seed in range(5):
        rows = generator(seed, "shuffle").permutation(N)
        found = _select(strategy, view.take(rows), 9, seed=seed).ids
        assert found == expected, "the order of the candidates changed the picks"


CHECKS: Sequence[Callable[[Strategy, frozenset[str]], None]] = (
    check_attributes,
    check_sizes,
    check_negative,
    check_one_class,
    check_order,
    check_fields,
    check_repeatable,
    check_untouched,
    check_ids,
    check_rows,
    check_needs,
    check_nan,
    check_duplicates,
    check_shuffled,
)


def _select(strategy: Strategy, view: View, k: int, seed: int = 0) -> Picks:
    return strategy.select(view, k, generator(seed, "conformance"))


def _equal(a: Any, b: Any) -> bool:
    return np.array_equal(numbers(a), numbers(b))


def _must_raise(error: type[Exception], call: Callable[[], object], case: str) -> None:
    try:
        call()
    except error:
        return
    raise AssertionError(f"{case}: it did not raise {error.__name__}")
