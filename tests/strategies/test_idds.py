"""IDDS: the picks of a plain greedy loop over cosines."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.batch import Rows
from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.generation.idds import Idds


def slow_idds(vectors, known, k, weight):
    """Score every candidate anew for each pick."""
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    known = [v / np.linalg.norm(v) for v in known]
    rest, picks, scores = list(range(len(vectors))), [], []
    for _ in range(k):
        like = vectors @ vectors[rest].mean(axis=0)
        unlike = vectors @ np.mean(known, axis=0) if known else 0.0
        score = weight * like - (1 - weight) * unlike
        best = max(rest, key=lambda row: score[row])
        picks.append(best)
        scores.append(float(score[best]))
        rest.remove(best)
        known.append(vectors[best])
    return picks, scores


def make_view(vectors, known=(), **arrays):
    shown = {"embedding": vectors}
    if len(known):
        shown["labelled_embedding"] = known
    return View(
        range(len(vectors)),
        arrays=shown | arrays,
        labelled=range(1000, 1000 + len(known)),
        labels=["x"] * len(known),
    )


def make_vectors(seed, n, columns=6):
    # Off the centre, as the vectors of texts of one domain are.
    return generator(seed, "idds").standard_normal((n, columns)).astype(np.float32) + 0.5


@pytest.mark.parametrize("short", [3, 2048])
@pytest.mark.parametrize(
    ("n", "m", "weight"), [(60, 0, 0.67), (60, 5, 0.67), (40, 9, 0.2), (50, 4, 0), (1, 0, 1)]
)
def test_picks_are_those_of_a_plain_loop(n, m, weight, short, monkeypatch):
    monkeypatch.setattr("asknext.strategies.generation.idds.SHORT", short)
    for seed in range(4):
        vectors, known = make_vectors(seed, n), make_vectors(seed + 100, m)
        picks, scores = slow_idds(vectors.astype(float), known.astype(float), n, weight)
        found = Idds(weight=weight).select(make_view(vectors, known), n, generator(seed))
        assert found.ids == picks
        assert found.picks[0].score == pytest.approx(scores[0], abs=1e-6)
        assert (
            Idds(weight=weight).select(make_view(vectors, known), 7, generator(9)).ids == picks[:7]
        )


def test_with_weight_one_the_first_is_the_most_typical_and_with_none_the_oddest():
    vectors = np.array([[1, 0], [0.9, 0.1], [0.9, -0.1], [-1, 0]], np.float32)
    assert Idds(weight=1).select(make_view(vectors), 1, generator(0)).ids == [0]
    known = np.array([[1, 0]], np.float32)
    assert Idds(weight=0).select(make_view(vectors, known), 1, generator(0)).ids == [3]


def test_what_is_out_with_annotators_counts_as_labelled():
    vectors = np.array([[1, 0], [1, 0], [0.7, 0.7]], np.float32)
    out = np.array([[1, 0]], np.float32)
    strategy = Idds(weight=0.5)
    assert strategy.select(make_view(vectors), 1, generator(0)).ids != [2]
    found = strategy.select(make_view(vectors, pending_embedding=out), 1, generator(0))
    assert found.ids == [2]


def test_duplicates_are_left_to_the_generator():
    vectors = make_vectors(3, 5).repeat(4, axis=0)
    firsts = {Idds().select(make_view(vectors), 1, generator(seed)).ids[0] for seed in range(80)}
    assert len(firsts) == 4
    assert len({row // 4 for row in firsts}) == 1


def test_kind_of_number_memory_map_and_block_do_not_change_the_picks(monkeypatch):
    vectors = make_vectors(4, 300).astype(np.float16)
    expected = Idds().select(make_view(vectors), 40, generator(0)).ids
    for kind in (np.float32, np.float64):
        assert Idds().select(make_view(vectors.astype(kind)), 40, generator(0)).ids == expected
    behind = Rows(vectors[::-1].astype(np.float32), np.arange(300)[::-1])
    monkeypatch.setattr("asknext.strategies.kernels.reading.BLOCK", 17)
    monkeypatch.setattr("asknext.strategies.generation.idds.BLOCK", 19)
    assert Idds().select(make_view(behind), 40, generator(0)).ids == expected


def test_labels_without_vectors_are_refused():
    view = View(range(3), arrays={"embedding": np.eye(3)}, labelled=[9], labels=["x"])
    with pytest.raises(Unsupported, match="'labelled_embedding' is not available"):
        Idds().select(view, 1, generator(0))


@pytest.mark.parametrize("weight", [-0.1, 1.1])
def test_a_weight_is_a_share(weight):
    with pytest.raises(InvalidInput, match=r"weight is a share in \[0, 1\]; given: "):
        Idds(weight=weight)
