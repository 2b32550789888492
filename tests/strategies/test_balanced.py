"""Balanced: against a loop that counts labels and picks of each class."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.build import build

CLASSES = ("退款", "billing", "other")


def make(n, seed, labels=()):
    proba = generator(seed).dirichlet(np.ones(3), n)
    return View(
        range(n),
        arrays={"proba": proba},
        labelled=[f"known {i}" for i in range(len(labels))],
        labels=labels,
        classes=CLASSES,
    )


@given(
    n=st.integers(1, 25),
    k=st.integers(0, 30),
    seed=st.integers(0, 30),
    labels=st.lists(st.sampled_from(CLASSES), max_size=8),
)
@settings(max_examples=60, deadline=None)
def test_each_place_goes_to_a_class_with_the_fewest(n, k, seed, labels):
    view = make(n, seed, labels)
    found = build("balanced(margin)").select(view, k, generator(seed)).ids
    assert len(found) == min(n, k)
    ordered = np.sort(view.proba, axis=1)
    margin = ordered[:, -1] - ordered[:, -2]
    of_class = view.proba.argmax(axis=1)
    counts = Counter(CLASSES.index(label) for label in labels)
    left = set(range(n))
    for row in found:
        open_classes = {int(of_class[other]) for other in left}
        fewest = min(counts[c] for c in open_classes)
        assert counts[int(of_class[row])] == fewest
        same = [other for other in left if of_class[other] == of_class[row]]
        assert row == min(same, key=lambda other: margin[other])
        counts[int(of_class[row])] += 1
        left.remove(row)


def test_classes_with_equally_few_take_turns_in_random_order():
    view = make(60, 1)
    of_class = view.proba.argmax(axis=1)
    firsts = set()
    for seed in range(40):
        ids = build("balanced(margin)").select(view, 6, generator(seed)).ids
        assert sorted(of_class[ids]) == [0, 0, 1, 1, 2, 2]
        firsts.add(int(of_class[ids[0]]))
    assert firsts == {0, 1, 2}


def test_labels_with_unknown_names_of_classes_count_for_nothing():
    view = make(20, 2, ["billing"] * 5)
    view.classes = ()
    ids = build("balanced(margin)").select(view, 6, generator(0)).ids
    assert Counter(view.proba.argmax(axis=1)[ids].tolist()).most_common(1)[0][1] <= 2


def test_nan_is_named():
    view = make(4, 0)
    proba = view.proba.copy()
    proba[2, 0] = np.nan
    with pytest.raises(ValueError, match=r"proba holds NaN .* the first is 2"):
        build("balanced(random)").select(View(range(4), arrays={"proba": proba}), 1, generator(0))
