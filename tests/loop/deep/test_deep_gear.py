"""A project that comes to a fine-tuned model by itself, or stays where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from asknext.core.errors import InvalidInput
from asknext.core.home import Home
from asknext.core.settings import Settings
from asknext.core.tasks import Classification, MultiLabel, Regression
from asknext.loop.deep.requests import due, request
from asknext.loop.deep.round import run_round
from asknext.loop.encoding import encode_project
from asknext.loop.gears import FIRST, gear_of, gear_on
from asknext.loop.projects import create_project, import_file
from asknext.loop.session import Session
from asknext.store.memory import MemoryStore
from tests.loop.deep.world import LABELS, answer, make, text_of

TASK = Classification(LABELS).to_json()
KIND = "classification"
TUNABLE = Settings("p", TASK, encoder="some/model")


def test_a_project_of_labels_with_an_encoder_that_can_be_tuned_has_a_gear() -> None:
    pytest.importorskip("transformers", reason="needs the extra 'hf'")
    assert gear_of(TUNABLE) == gear_on("some/model", KIND)
    for other in (
        {"gear": "off"},
        {"deep": {"base": "x", "every": 0}},  # somebody has chosen
        {"encoder": "tfidf"},
        {"encoder": "siamese:minilm"},
        {"task": Regression(0.0, 1.0).to_json()},
    ):
        assert gear_of(TUNABLE.changed(**other)) == {}
    several = gear_of(TUNABLE.changed(task=MultiLabel(LABELS).to_json()))
    assert (gear_on("some/model", KIND)["how"], several["how"]) == ("contrastive", "full")
    with pytest.raises(InvalidInput, match="gear is 'fast'; allowed: auto, off"):
        TUNABLE.changed(gear="fast")


@pytest.mark.parametrize("gear", ["auto", "off"])
def test_the_first_import_writes_it_into_the_settings(
    tmp_path: Path, base: Path, gear: str
) -> None:
    store, home = MemoryStore(), Home.find(tmp_path / "home")
    create_project(store, Settings("p", TASK, encoder=str(base), gear=gear))
    assert store.settings("p").deep == {}
    file = tmp_path / "texts.csv"
    file.write_text("text\n" + "\n".join(text_of(i) for i in range(5)), encoding="utf-8")
    import_file(store, home, "p", file, {"text": "text"})
    assert store.settings("p").deep == (gear_on(str(base), KIND) if gear == "auto" else {})
    store.configure(store.settings("p").changed(deep={}), 0.0)  # somebody wants none
    file.write_text("text\nanother one", encoding="utf-8")
    import_file(store, home, "p", file, {"text": "text"})
    assert store.settings("p").deep == {}


@pytest.mark.slow
@pytest.mark.parametrize(("rate", "state"), [(3e-3, "promoted"), (1e-9, "refused")])
def test_it_changes_where_the_tuned_model_is_clearly_better(
    tmp_path: Path, base: Path, rate: float, state: str
) -> None:
    store, home = MemoryStore(), Home.find(tmp_path / "home")
    deep = gear_on(str(base), KIND) | {"learning_rate": rate, "epochs": 30, "batch": 8}
    # A head that may hardly learn: what the vectors do not say by themselves it does not find.
    make(store, "p", base, deep=deep, encoder=str(base), model_settings={"C": 0.01})
    encode_project(store, home, "p")
    session = Session(store, "p", home)
    session.train()
    answer(session, FIRST - 1)
    assert not due(session)
    answer(session, 1)
    session.train()
    assert due(session)
    run = run_round(session, request(session))
    assert (run.state, run.result["rule"], run.result["n"]) == (state, "better", FIRST), run
    session.train()
    assert session.state.serving_run == (run.id if state == "promoted" else "")
    answer(session, FIRST - 1)
    assert not due(session)  # again when the labels have doubled
    answer(session, 1)
    assert due(session)
