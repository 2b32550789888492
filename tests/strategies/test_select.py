"""select: arrays alone, with errors that name the array."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.errors import InvalidInput, NotFound, Unsupported
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.cold.typiclust import TypiClust
from asknext.strategies.select import select

PROBA = np.array([[0.9, 0.1], [0.5, 0.5], [0.7, 0.3], [0.6, 0.4]])

SHIFT = np.array([0.5, -0.5])


def test_picks_are_row_numbers_or_ids():
    assert select("margin", 2, proba=PROBA).ids == [1, 3]
    assert select("margin", 2, proba=PROBA, ids=["a", "b", "c", "d"]).ids == ["b", "d"]
    assert select("margin", 9, proba=PROBA.astype("f4")).ids == [1, 3, 2, 0]


def test_labelled_and_pending_are_not_picked():
    found = select("margin", 4, proba=PROBA, labelled=[1], labels=["x"], pending=[2])
    assert found.ids == [3, 0]


def test_vectors_of_the_labelled_are_found_among_those_given(make_groups):
    vectors, group = make_groups([20] * 21)
    known = [int(np.flatnonzero(group == 3)[0])]
    rest = np.setdiff1d(np.arange(len(vectors)), known)
    found = select("typiclust", 20, seed=5, embedding=vectors, labelled=known, labels=["x"])
    view = View(
        rest.tolist(),
        arrays={"embedding": vectors[rest], "labelled_embedding": vectors[known]},
        labelled=known,
        labels=["x"],
    )
    assert found.ids == TypiClust().select(view, 20, generator(5, "select")).ids
    assert 3 not in group[found.ids]


def test_vectors_of_the_pending_are_found_too(make_groups):
    vectors, group = make_groups([20] * 5)
    found = select("auto", 9, embedding=vectors, pending=[0])
    assert sorted(group[found.ids]) == sorted(set(range(5)) - {group[0]})


def test_the_seed_decides():
    first, again, other = (select("random", 5, seed=s, ids=range(99)).ids for s in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize(
    ("name", "arguments", "error", "message"),
    [
        ("magic", {}, NotFound, r"no strategy named 'magic'; there is: .*auto, "),
        ("margin", {}, Unsupported, "margin needs proba; given: nothing. Pass it as proba="),
        ("random", {}, InvalidInput, "give ids or an array"),
        ("margin", {"proba": PROBA, "vectors": PROBA}, InvalidInput, "unknown arrays: vectors"),
        ("margin", {"proba": PROBA.tolist()}, InvalidInput, "proba must be an array .* list"),
        ("margin", {"proba": PROBA[0]}, InvalidInput, r"proba .* \(n, classes\); .* \(2,\)"),
        ("margin", {"proba": PROBA * 1.01}, InvalidInput, "proba row 0 sums to 1.01"),
        ("margin", {"proba": PROBA + SHIFT}, InvalidInput, "proba holds negative"),
        ("margin", {"proba": PROBA, "ids": ["a"]}, InvalidInput, "ids has 1, proba has 4"),
        ("margin", {"proba": PROBA, "near": np.arange(3)}, InvalidInput, "near has 3"),
        ("margin", {"proba": PROBA, "ids": list("abca")}, InvalidInput, "1 of 4 are repeated"),
        ("margin", {"proba": PROBA, "labels": ["x"]}, InvalidInput, "1 labels of 0 labelled"),
        (
            "margin",
            {"proba": PROBA, "labelled_embedding": np.ones((2, 3))},
            InvalidInput,
            "labelled_embedding has 2 rows; .* each of the 0 labelled ids",
        ),
    ],
)
def test_errors_say_what_is_wrong(name, arguments, error, message):
    with pytest.raises(error, match=message):
        select(name, 2, **arguments)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("array", ["proba", "embedding"])
def test_numbers_must_be_finite(array, bad):
    arrays = {"proba": np.full((9000, 2), 0.5), "embedding": np.ones((9000, 2))}
    arrays[array][8500, 1] = bad
    with pytest.raises(InvalidInput, match=f"{array} holds NaN or infinite numbers, .* row 8500"):
        select("cluster_margin", 2, **arrays)


def test_rows_may_miss_one_by_rounding():
    assert select("margin", 1, proba=PROBA * 1.0009).ids == [1]


def test_k_may_not_be_negative():
    with pytest.raises(InvalidInput, match="k is the number of picks"):
        select("margin", -1, proba=PROBA)
