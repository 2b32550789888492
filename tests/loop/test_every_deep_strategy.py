"""Strategies that read a language model itself run the loop on real examples, too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asknext.core import registry
from asknext.core.errors import Unsupported
from asknext.core.home import Home
from asknext.core.settings import INSTANT
from asknext.loop.simulate import run_arm
from asknext.loop.world import World
from asknext.strategies.catalogue import arrays_with, cards
from benchmarks.sets import world_of
from tests.models.deep.conftest import small_bert, small_t5

SIZES: dict[str, Any] = {"pool": 40, "test": 20, "budget": 16, "batch": 8}
QUICK = {"epochs": 1, "batch": 8}


def _only_by(task: str, model: str) -> list[str]:
    """Name the strategies that the model feeds and the one that learns at once does not."""
    there = arrays_with(registry.get("model", INSTANT[task]))
    rows = cards(task=task, model=model)
    return [r["name"] for r in rows if r["kind"] == "strategy" and not set(r["needs"]) <= there]


@pytest.fixture(scope="module")
def make_world(
    shared_path: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., World]:
    home = Home.find(tmp_path_factory.mktemp("deep-strategies"))

    def make(name: str, **settings: Any) -> World:
        return world_of(shared_path(name).parent.parent, name, home, **SIZES, **settings)

    return make


@pytest.fixture(scope="module")
def bert(
    tmp_path_factory: pytest.TempPathFactory, shared_rows: Callable[..., list[dict[str, Any]]]
) -> Path:
    texts = [row["text"] for row in shared_rows("trec6")]
    return small_bert(tmp_path_factory.mktemp("small") / "bert", texts)


@pytest.fixture(scope="module")
def writer(
    tmp_path_factory: pytest.TempPathFactory,
    shared_rows: Callable[..., list[dict[str, Any]]],
    make_world: Callable[..., World],
) -> World:
    rows = shared_rows("multi30k_en_de")[:500]
    texts = [row[column] for row in rows for column in ("source", "target")]
    base = small_t5(tmp_path_factory.mktemp("small") / "t5", texts)
    settings = {"base": str(base), "max_new_tokens": 8, **QUICK}
    return make_world("multi30k_en_de", encoder="tfidf", model="seq2seq", model_settings=settings)


@pytest.mark.slow
@pytest.mark.parametrize("strategy", _only_by("generation", "seq2seq"))
def test_of_a_model_that_writes(writer: World, strategy: str) -> None:
    assert run_arm(writer, writer.caches(), strategy, 0).labels == (8, 16)


@pytest.mark.slow
@pytest.mark.parametrize("strategy", _only_by("classification", "transformer"))
def test_of_a_fine_tuned_encoder(
    make_world: Callable[..., World], bert: Path, strategy: str
) -> None:
    settings = {"base": str(bert), **QUICK}
    world = make_world("trec6", encoder="tfidf", model="transformer", model_settings=settings)
    assert run_arm(world, world.caches(), strategy, 0).labels == (8, 16)


@pytest.mark.slow
def test_surprisal_comes_from_a_masked_language_model(
    make_world: Callable[..., World], bert: Path
) -> None:
    world = make_world("trec6", encoder=str(bert))
    assert run_arm(world, world.caches(), "alps", 0).labels == (8, 16)


def test_an_encoder_that_guesses_no_words_is_refused_for_what_needs_it(
    make_world: Callable[..., World],
) -> None:
    world = make_world("trec6", encoder="tfidf")
    with pytest.raises(Unsupported, match=r"needs surprisal, which the encoder 'tfidf'"):
        run_arm(world, world.caches(), "alps", 0)
