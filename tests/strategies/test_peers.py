"""Strategies of other libraries in our loop: plug-ins that draw from our generator alone."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from asknext.core import registry
from asknext.core.errors import NotFound
from asknext.core.view import View
from benchmarks.labels import peers
from benchmarks.labels.peers.peer import PROBA, Peer
from benchmarks.labels.peers.scikit_activeml import DropQuery, Margin, TypiClust
from benchmarks.labels.peers.small_text import BreakingTies, Contrastive, EmbeddingKMeans

N, M = 60, 20


def view(classes: int = 3) -> View:
    rng = np.random.default_rng(4)
    vectors = rng.normal(size=(N + M, 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    weight, bias = rng.normal(size=(classes, 8)), rng.normal(size=classes)
    proba = np.exp(4 * (vectors @ weight.T + bias))
    proba /= proba.sum(axis=1, keepdims=True)
    arrays = {
        "proba": proba[:N],
        "labelled_proba": proba[N:],
        "embedding": vectors[:N],
        "labelled_embedding": vectors[N:],
        "features": vectors[:N],
        "labelled_features": vectors[N:],
        "weight": 4 * weight,
        "bias": 4 * bias,
    }
    names = [f"c{i}" for i in range(classes)]
    return View(
        [f"e{i}" for i in range(N)],
        arrays=arrays,
        labelled=[f"l{i}" for i in range(M)],
        labels=[names[i % classes] for i in range(M)],
        classes=names,
    )


class Loud(Peer):
    """Draw from the global generator and complain, as some do."""

    name = "loud"

    def rows(self, view, k, seed):
        warnings.warn("something is deprecated", stacklevel=1)
        return np.random.choice(len(view), k, replace=False)


def test_the_global_generator_is_left_as_it_was():
    before = np.random.get_state()[1].tolist()
    one, two, other = (Loud().select(view(), 5, np.random.default_rng(s)).ids for s in (1, 1, 2))
    assert one == two != other
    assert np.random.get_state()[1].tolist() == before


def test_with_one_class_the_draw_is_random():
    found = Loud().select(view(classes=1), 5, np.random.default_rng(1))
    assert found.ids == Margin().select(view(classes=1), 5, np.random.default_rng(1)).ids


class Twice(Peer):
    """Give a row twice."""

    name = "twice"

    def rows(self, view, k, seed):
        return [0] * k


def test_a_row_given_twice_is_not_taken_for_two():
    with pytest.raises(AssertionError, match="twice gave 1 rows for 3"):
        Twice().select(view(), 3, np.random.default_rng(0))


def test_peers_are_plug_ins_while_they_are_registered():
    with peers.registered():
        assert registry.get("strategy", peers.spelled("scikit_activeml:margin")) is Margin
        built = registry.get("service", "strategy.build")("small_text__breaking_ties")
        assert isinstance(built, BreakingTies)
        for library, names in peers.STRATEGIES.items():
            for name in names:
                made = registry.get("strategy", f"{library}__{name}")
                assert made.name == f"{library}:{name}"
    with pytest.raises(NotFound):
        registry.get("strategy", "scikit_activeml__margin")
    assert peers.library_of("small_text:badge") == "small_text"
    assert peers.library_of("power(margin)") == ""
    assert DropQuery.needs >= PROBA


def smallest_margins(given: View, k: int) -> set[str]:
    ordered = np.sort(given.proba, axis=1)
    rows = np.argsort(ordered[:, -1] - ordered[:, -2])[:k]
    return {f"e{i}" for i in rows}


@pytest.mark.parametrize(
    ("library", "strategy"), [("small_text", BreakingTies), ("skactiveml", Margin)]
)
def test_margins_are_those_of_our_head(library, strategy):
    pytest.importorskip(library, reason="the peers are installed by make bench-select")
    given = view()
    found = strategy().select(given, 7, np.random.default_rng(0))
    assert set(found.ids) == smallest_margins(given, 7)


@pytest.mark.parametrize(
    ("library", "strategy"),
    [
        ("small_text", Contrastive),
        ("small_text", EmbeddingKMeans),
        ("skactiveml", DropQuery),
        ("skactiveml", TypiClust),
    ],
)
def test_the_same_generator_gives_the_same_picks(library, strategy):
    pytest.importorskip(library, reason="the peers are installed by make bench-select")
    one, two = (strategy().select(view(), 7, np.random.default_rng(3)).ids for _ in range(2))
    assert one == two
    assert len(set(one)) == 7
