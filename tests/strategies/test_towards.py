"""Anchored and like: sub-pools against loops over cosines."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.build import build
from asknext.testing import strategies as conformance


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def make(n=80, labels=("a", "a", "b", "退款", "a"), seed=0, columns=6):
    rng = generator(seed, "towards")
    return View(
        [f"e{i}" for i in range(n)],
        arrays={
            "proba": rng.dirichlet(np.ones(3), n),
            "embedding": unit(rng.standard_normal((n, columns))),
            "labelled_embedding": unit(rng.standard_normal((len(labels), columns))),
            "pending_embedding": unit(rng.standard_normal((2, columns))),
        },
        labelled=[f"l{i}" for i in range(len(labels))],
        labels=list(labels),
        pending=["out-1", "out-2"],
    )


def slow_pool(view, size):
    x, known = view.embedding.astype(float), view.labelled_embedding.astype(float)
    orders = []
    for name in sorted(set(view.labels)):
        anchors = [known[i] for i, label in enumerate(view.labels) if label == name]
        worth = [max(float(v @ a) for a in anchors) for v in x]
        orders.append(sorted(range(len(x)), key=lambda row, worth=worth: -worth[row]))
    pool = []
    for place in range(len(x)):
        for order in orders:
            if order[place] not in pool and len(pool) < size:
                pool.append(order[place])
    return pool


@pytest.mark.parametrize("size", [1, 10, 79, 500])
@pytest.mark.parametrize("block", [7, 8192])
def test_the_pool_is_that_of_the_slow_reference(size, block, monkeypatch):
    monkeypatch.setattr("asknext.strategies.kernels.reading.BLOCK", block)
    view = make()
    assert build(f"anchored(margin, size={size})").pool(view, generator(0)).tolist() == slow_pool(
        view, size
    )


def test_the_strategy_chooses_from_the_pool_then_from_the_rest():
    view = make()
    ids = build("anchored(margin, size=12)").select(view, 80, generator(0)).ids
    pool = slow_pool(view, 12)
    by_margin = build("margin").select(view, 80, generator(0)).ids
    assert ids[:12] == [x for x in by_margin if int(x[1:]) in pool]
    assert ids[12:] == [x for x in by_margin if int(x[1:]) not in pool]


def test_of_many_labels_of_a_class_some_that_are_far_apart_are_anchors(make_groups):
    vectors, group = make_groups([40, 40, 40], columns=8)
    known, of = make_groups([20, 20], columns=8, seed=1)
    view = View(
        range(120),
        arrays={"embedding": vectors, "labelled_embedding": known},
        labelled=[f"l{i}" for i in range(40)],
        labels=["a"] * 40,
    )
    assert set(of) == {0, 1}
    for seed in range(5):
        pool = build("anchored(random, size=80, per_class=2)").pool(view, generator(seed))
        assert set(group[pool]) == {0, 1}


def test_copies_are_taken_by_chance_not_by_position():
    vectors = np.ones((30, 2), np.float32)
    view = View(
        range(30),
        arrays={"embedding": vectors, "labelled_embedding": vectors[:1]},
        labelled=["l"],
        labels=["a"],
    )
    strategy = build("anchored(random, size=1)")
    assert len({int(strategy.pool(view, generator(seed))[0]) for seed in range(60)}) > 15


def test_without_labels_anchored_says_so():
    with pytest.raises(Unsupported, match="anchored looks near labelled examples"):
        build("anchored(margin)").select(make(labels=()), 1, generator(0))


def slow_likeness(view, these, those):
    known = dict(zip(view.candidates, view.embedding, strict=True))
    known |= dict(zip(view.labelled, view.labelled_embedding, strict=True))
    known |= dict(zip(view.pending, view.array("pending_embedding"), strict=True))
    return [
        max((float(x @ known[i]) for i in these), default=0)
        - max((float(x @ known[i]) for i in those), default=0)
        for x in view.embedding
    ]


@pytest.mark.parametrize(
    ("these", "those"),
    [(["e3", "l1"], []), ([], ["e5"]), (["e3", "e9", "out-1"], ["l0", "e7", "out-2"])],
)
def test_the_most_alike_are_chosen_from_first(these, those):
    view = make()
    strategy = build(f"like(margin, these={these}, those={those}, share=0.25)")
    slow = slow_likeness(view, these, those)
    assert strategy.likeness(view) == pytest.approx(slow, abs=1e-5)
    ids = strategy.select(view, 80, generator(0)).ids
    order = sorted(range(80), key=lambda row: -slow[row])
    for start in range(0, 80, 20):
        part = {f"e{row}" for row in order[start : start + 20]}
        assert set(ids[start : start + 20]) == part


def test_ids_that_are_gone_are_passed_over_unless_all_are():
    view = make()
    one = build("like(margin, these=['e3', 'gone'])").select(view, 5, generator(0)).ids
    assert one == build("like(margin, these=['e3'])").select(view, 5, generator(0)).ids
    with pytest.raises(Unsupported, match=r"none of the ids that like was given .* gone"):
        build("like(margin, these=['gone'])").select(view, 5, generator(0))


@pytest.mark.parametrize("setting", ["", "these=[]", "these='e1'", "these=['e1'], share=0"])
def test_bad_settings_of_like_are_refused(setting):
    with pytest.raises(InvalidInput, match="like"):
        build(f"like(margin, {setting})")


# The other checks rename, repeat or spoil candidates, and with them the ids that are named.
@pytest.mark.parametrize(
    "check",
    [
        check
        for check in conformance.CHECKS
        if check.__name__.removeprefix("check_") not in {"ids", "nan", "duplicates"}
    ],
    ids=lambda check: check.__name__,
)
def test_like_keeps_the_contract(check):
    strategy = build(
        "like(margin, these=['example-0', 'example-7'], those=['example-14'], share=0.5)"
    )
    check(strategy, strategy.needs)
