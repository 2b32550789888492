"""Check that a strategy keeps the contract; for built-ins and for plug-ins.

`check_strategy(MyStrategy())` runs every check; each raises AssertionError with what is wrong.
A strategy whose picks depend on more than scores and ties names what it draws at random in the
class attribute ``drawn``; only the check that shuffled candidates give the same picks is then
left to its own tests. One that chooses a batch as a whole, so that a part of it is not the
smaller batch, says what is chosen jointly in ``whole``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from asknext.core.batch import FloatArray, Ragged, Rows
from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.picks import Picks
from asknext.core.protocols import Strategy
from asknext.core.seeds import generator
from asknext.core.view import AXES, View

N = 47
COLUMNS = 16
TAGS, MEMBERS = 4, 4
CLASSES = ("billing", "refund", "发货")
LABELS = ("billing", "refund", "billing", "refund", "发货", "发货")
ALMOST = 0.97  # cosine above which a guarded strategy may leave a candidate out


def make_arrays(n: int, *, classes: int = len(CLASSES), seed: int = 0) -> dict[str, Any]:
    """Make every array a view may have, for n candidates without duplicates."""
    rng = generator(seed, "conformance", n)
    return {
        **_classes_and_values(rng, n, classes),
        **_sequences(rng, n),
        **_pairs(rng, n, len(LABELS)),
        **_known(rng, len(LABELS), classes),
    }


def _classes_and_values(rng: np.random.Generator, n: int, classes: int) -> dict[str, Any]:
    return {
        "proba": rng.dirichlet(np.ones(classes), n),
        "label_proba": rng.random((n, classes)),
        "mean": rng.standard_normal(n),
        "variance": rng.random(n),
        "committee_proba": rng.dirichlet(np.ones(classes), (MEMBERS, n)),
        "committee_mean": rng.standard_normal((MEMBERS, n)),
        "class_gradient_norm": rng.random((n, classes)),
        "boundary_distance": rng.random(n),
        "embedding": _unit(rng, n),
        "features": _normal(rng, n),
        "surprisal": rng.random((n, COLUMNS)),
        "near": rng.permutation(n),
        "cost": 1.0 + rng.random(n),
        "texts": np.array([f"text {i} {'refund' * (i % 2)}" for i in range(n)], object),
    }


def _sequences(rng: np.random.Generator, n: int) -> dict[str, Any]:
    tokens = rng.integers(1, 9, n)
    total, offsets = int(tokens.sum()), np.concatenate([[0], np.cumsum(tokens)])
    return {
        "token_proba": Ragged(rng.dirichlet(np.ones(TAGS), total), offsets),
        "token_logit": Ragged(rng.standard_normal((total, TAGS)), offsets),
        "token_logprob": Ragged(-rng.random(total), offsets),
        "token_entropy": Ragged(rng.random(total), offsets),
        "transition": rng.standard_normal((TAGS, TAGS)),
        "sequence_logprob": -rng.random(n),
        "sequence_length": tokens,
        "samples": np.array(
            [
                # Powers, so that no two rows differ in the same way.
                [f"out {rng.integers(9)} {rng.integers(9)} {(41 * i + j) ** 9}" for j in range(3)]
                for i in range(n)
            ],
            object,
        ).reshape(n, 3),
        "sample_logprob": -rng.random((n, 3)),
        "sample_embedding": _unit(rng, 3 * n).reshape(n, 3, COLUMNS),
        "conditioned_loss": rng.random(n),
        "unconditioned_loss": 1.0 + rng.random(n),
    }


def _pairs(rng: np.random.Generator, n: int, m: int) -> dict[str, Any]:
    return {
        "reward_gap": rng.standard_normal(n),
        "labelled_reward_gap": rng.standard_normal(m),
        "committee_gap": rng.standard_normal((MEMBERS, n)),
        "pair_difference": _normal(rng, n),
        "labelled_pair_difference": _normal(rng, m),
        "pending_pair_difference": _normal(rng, 2),
        "prompt_embedding": _unit(rng, n),
        "labelled_prompt_embedding": _unit(rng, m),
        "pending_prompt_embedding": _unit(rng, 2),
    }


def _known(rng: np.random.Generator, m: int, classes: int) -> dict[str, Any]:
    return {
        "labelled_embedding": _unit(rng, m),
        "labelled_features": _normal(rng, m),
        "labelled_proba": rng.dirichlet(np.ones(classes), m),
        "pending_embedding": _unit(rng, 2),
        "pending_near": np.array([10_000, 10_001]),
        "weight": _normal(rng, classes),
        "bias": rng.standard_normal(classes).astype(np.float32),
        "penalty": np.array(1.0 / 30.0),
        "reference_embedding": _unit(rng, 20),
        "reference_features": _normal(rng, 20),
        "reference_proba": rng.dirichlet(np.ones(classes), 20),
        "reference_committee_proba": rng.dirichlet(np.ones(classes), (MEMBERS, 20)),
        "label_embedding": _unit(rng, classes),
    }


def make_view(arrays: Mapping[str, Any], names: frozenset[str], n: int = N) -> View:
    """Show these of the arrays; with labels where the vectors of labelled examples are shown."""
    shown = {name: array for name, array in arrays.items() if name in names}
    for array in shown.values():
        _numbers(array).setflags(write=False)
    known = any(name.startswith("labelled_") for name in names)
    labels = LABELS if known else ()
    return View(
        [f"example-{(7 * i) % 1000}" for i in range(n)],
        arrays=shown,
        pending=("out-1", "out-2") if "pending_embedding" in names else (),
        labelled=[f"labelled-{i}" for i in range(len(labels))],
        labels=labels,
        classes=CLASSES,
    )


def check_strategy(strategy: Strategy) -> None:
    """Run all checks, with the arrays it needs alone and with every array there is."""
    for check in CHECKS:
        for names in (strategy.needs, frozenset(AXES)):
            check(strategy, names)


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
        view = make_view(make_arrays(n), names, n)
        for k in (0, 1, 2, 7, n, n + 5):
            ids = _select(strategy, view, k).ids
            assert len(ids) == min(k, n), f"k = {k}, n = {n}: {len(ids)} picks"
            assert len(set(ids)) == len(ids), f"k = {k}, n = {n}: an id twice"
            assert set(ids) <= set(view.candidates), "it picked what is no candidate"


def check_negative(strategy: Strategy, names: frozenset[str]) -> None:
    """It refuses a negative k."""
    view = make_view(make_arrays(N), names)
    _must_raise(InvalidInput, partial(_select, strategy, view, -1), "k = -1")


def check_one_class(strategy: Strategy, names: frozenset[str]) -> None:
    """It works while the model knows one class only: everything is a tie."""
    view = make_view(make_arrays(N, classes=1), names)
    ids = _select(strategy, view, 9).ids
    assert len(set(ids)) == 9, "one class: not 9 distinct picks of 47"


def check_order(strategy: Strategy, names: frozenset[str]) -> None:
    """It puts the most wanted first: scores never rise, and any prefix is the smaller batch."""
    view = make_view(make_arrays(N), names)
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
    picks = _select(strategy, make_view(make_arrays(N), names), 9)
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
        _select(strategy, make_view(make_arrays(N), names), 9, seed=3) for _ in range(2)
    )
    assert first == second, "the same view and generator gave other picks"


def check_untouched(strategy: Strategy, names: frozenset[str]) -> None:
    """It changes neither the view, nor its arrays, nor itself."""
    arrays, same = make_arrays(N), make_arrays(N)
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
    arrays = make_arrays(N)
    view = make_view(arrays, names)
    other = make_view(arrays, names)
    other.candidates = list(range(N, 0, -1))
    rows = [view.candidates.index(x) for x in _select(strategy, view, 9).ids]
    again = [N - int(x) for x in _select(strategy, other, 9).ids]
    assert rows == again, "the picks depend on what the ids look like"


def check_rows(strategy: Strategy, names: frozenset[str]) -> None:
    """Vectors behind `Rows` give the picks of the same vectors in an array."""
    arrays = make_arrays(N)
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
        view = make_view(make_arrays(N), strategy.needs - {missing})
        _must_raise(Unsupported, partial(_select, strategy, view, 9), f"no {missing}")


def check_nan(strategy: Strategy, names: frozenset[str]) -> None:
    """NaN in what it needs is an error, never a score."""
    for name in strategy.needs:
        arrays = make_arrays(N)
        numbers = _numbers(arrays[name])
        if numbers.dtype.kind != "f":
            continue
        numbers.reshape(-1)[numbers.size // 2] = np.nan
        view = make_view(arrays, names)
        _must_raise(InvalidInput, partial(_select, strategy, view, 9), f"NaN in {name}")


def check_duplicates(strategy: Strategy, names: frozenset[str]) -> None:
    """It copes with exact duplicates; what it leaves out is a near-duplicate of what it picked."""
    arrays = make_arrays(N)
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
    view = make_view(make_arrays(N), names)
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
    return np.array_equal(_numbers(a), _numbers(b))


def _numbers(array: Any) -> npt.NDArray[Any]:
    """Return the array that stands behind a table."""
    if isinstance(array, Rows):
        return array.base
    found: npt.NDArray[Any] = array.values if isinstance(array, Ragged) else array
    return found


def _normal(rng: np.random.Generator, n: int) -> FloatArray:
    return np.asarray(rng.standard_normal((n, COLUMNS)), np.float32)


def _unit(rng: np.random.Generator, n: int) -> FloatArray:
    vectors = rng.standard_normal((n, COLUMNS))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def _must_raise(error: type[Exception], call: Callable[[], object], case: str) -> None:
    try:
        call()
    except error:
        return
    raise AssertionError(f"{case}: it did not raise {error.__name__}")
