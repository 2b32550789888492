"""The catalogue: every built-in strategy says what it costs, what speaks for it, whence it is."""

from __future__ import annotations

import pytest

from asknext.core import registry
from asknext.core.errors import InvalidInput, NotFound
from asknext.models.linear import LinearHead
from asknext.strategies.build import build
from asknext.strategies.catalogue import card, cards, unmet

TASKS = {"classification", "multi_label", "tagging", "regression", "generation", "preference"}


@pytest.mark.parametrize("name", registry.names("strategy"))
def test_each_strategy_is_described(name):
    row = card(name)
    for part in ("summary", "cost", "evidence", "source"):
        assert row[part].strip(), f"{name} has no {part}"
    assert set(row["tasks"]) <= TASKS
    assert row["name"] == name == name.replace("-", "_")


@pytest.mark.parametrize("name", registry.names("wrapper"))
def test_each_wrapper_is_described(name):
    assert card(name)["summary"].strip()


def test_cards_can_be_chosen_by_task_and_model():
    named = {row["name"] for row in cards(task="classification", model="linear")}
    assert {"random", "margin", "auto"} <= named
    everything = {row["name"] for row in cards()}
    assert everything == {*registry.names("strategy"), *registry.names("wrapper")}


def test_unknown_names_say_what_there_is():
    with pytest.raises(NotFound, match=r"no strategy named 'magic'; there is: .*margin"):
        card("magic")
    with pytest.raises(InvalidInput, match=r"no strategy names the task 'poetry'; tasks: .*class"):
        cards(task="poetry")
    with pytest.raises(NotFound, match="no model named 'big'"):
        cards(model="big")


def test_what_a_model_cannot_supply_is_named():
    assert unmet(build("margin"), LinearHead) == []

    class Deep:
        provides = frozenset({"token_proba"})

    assert unmet(build("margin"), Deep) == ["proba"]
