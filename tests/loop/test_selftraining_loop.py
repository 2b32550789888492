"""Self-training in a project: when it is on, who decides, and that nobody takes it for answers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from asknext.core.errors import InvalidInput
from asknext.core.events import CHECKED
from asknext.core.settings import Settings
from asknext.core.tasks import Regression
from asknext.loop.projects import create_project
from asknext.loop.teaching import FEWEST, WHO, pseudo
from asknext.store.memory import MemoryStore
from tests.loop.conftest import Loop

Make = Callable[..., Loop]


def checks(loop: Loop) -> list[dict[str, object]]:
    return [dict(e.data) for e in loop.store.events("p", 0) if e.kind == CHECKED]


def test_the_check_is_kept_and_every_process_goes_by_it(make_loop: Make) -> None:
    loop = make_loop()
    loop.label(60)
    newest = checks(loop)[-1]
    assert newest["labels"] == 50
    assert newest["helps"] == (newest["gain"] > 0)
    assert loop.session.self_training == newest["helps"]
    assert loop.again().self_training == newest["helps"]
    shown = loop.session.report()["self_training"]
    assert (shown["who"], shown["wanted"], shown["check"]) == (WHO, "auto", newest)
    assert shown["on"] == newest["helps"]
    events = [e for e in loop.store.events("p", 0) if e.kind == CHECKED]
    assert {e.who for e in events} == {WHO}


def test_with_few_labels_there_is_nothing_to_check(make_loop: Make) -> None:
    loop = make_loop()
    loop.label(20)
    assert [check["reason"] for check in checks(loop)] == ["few labels"]
    assert not loop.session.self_training


def test_off_asks_nothing(make_loop: Make) -> None:
    loop = make_loop(self_training="off")
    loop.label(60)
    assert checks(loop) == []
    assert loop.session.report()["self_training"]["check"] is None


def test_the_model_learns_more_but_no_answer_is_added(make_loop: Make, tmp_path: Path) -> None:
    off, on = make_loop(self_training="off", seed=3), make_loop(self_training="on", seed=3)
    before = off.label(FEWEST - 10), on.label(FEWEST - 10)
    assert before[0] == before[1]  # with few labels both are the same
    for loop in (off, on):
        while len(loop.session.state.labels) < 70:  # the same texts for both
            new = min(set(loop.gold) - set(loop.session.state.labels))
            loop.session.tell(new, loop.gold[new], who="oracle")
        loop.session.train()
    rows = on.session.scored()
    said = [loop.session.serving.look(rows) for loop in (off, on)]
    assert not np.allclose(said[0].proba, said[1].proba, atol=0.01)
    assert off.session.counts() == on.session.counts()
    assert off.session.control_ids() == on.session.control_ids()
    assert [p["who"] for p in on.session.report()["annotators"]] == ["oracle"]
    files = []
    for loop in (off, on):
        loop.session.export_labels("csv", path := tmp_path / f"{id(loop)}.csv")
        files.append(path.read_text())
    assert WHO not in files[1]
    assert files[0].count("oracle") == files[1].count("oracle")


def test_neither_the_control_arm_nor_flagged_texts_are_taught(make_loop: Make) -> None:
    loop = make_loop(self_training="on", control=0.3)
    loop.label(60)
    session = loop.session
    flagged = next(id for id in loop.gold if id not in session.state.labels)
    session.tell(flagged, who="ann", action="flag")
    session.train()
    free = session.teachable()
    assert len(free)
    assert (session.pool.draw[free] >= 0.3).all()
    assert session.pool.row_of[flagged] not in free
    labelled, _ = session.labelled()
    model, space = session.serving.model, session.serving.space
    found = pseudo(model, space, labelled.rows, labelled.labels, free)
    assert not set(found.places.tolist()) & set(labelled.rows.tolist())


def test_other_tasks_are_refused_in_one_sentence() -> None:
    task = Regression(1, 5).to_json()
    with pytest.raises(InvalidInput, match="serves 'classification' only"):
        create_project(MemoryStore(), Settings(name="p", task=task, self_training="on"))
    deep = {"base": "minilm", "self_training": True}
    with pytest.raises(InvalidInput, match="serves 'classification' only"):
        create_project(MemoryStore(), Settings(name="p", task=task, deep=deep))
    with pytest.raises(InvalidInput, match="allowed: auto, off, on"):
        Settings(name="p", task=task, self_training="yes")


def test_how_far_probabilities_can_be_trusted_is_measured(make_loop: Make) -> None:
    loop = make_loop(control=0.4)
    loop.label(60)
    quality = loop.session.report()["quality"]
    trust = quality["trust"]
    assert trust["right"] == pytest.approx(quality["estimate"], abs=1e-4)
    assert abs(trust["confidence"] - trust["right"]) <= trust["error"] + 1e-3
