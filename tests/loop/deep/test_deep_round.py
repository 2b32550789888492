"""Whole rounds in this process: what is learnt, who judges, what serves, what people get."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asknext.core.examples import TEST, Example
from asknext.core.home import Home
from asknext.core.protocols import Store
from asknext.core.tasks import Classification
from asknext.loop.deep import watch
from asknext.loop.deep.progress import Step, Stopped
from asknext.loop.deep.requests import cancel, plan_of, request, roll_back
from asknext.loop.deep.round import run_round
from asknext.loop.deep.running import train_due
from asknext.loop.deep.watch import Watch, last_beat
from asknext.loop.encoding import encode_project
from asknext.loop.ledger import Run
from asknext.loop.session import Session
from asknext.loop.simulate import simulate
from asknext.loop.world import prepare
from asknext.models.exported import load_model
from asknext.store.memory import MemoryStore
from tests.loop.deep.world import LABELS, answer, gold, make, text_of

pytestmark = pytest.mark.slow

TEXTS = [f"message {i} {text_of(i).split(' ', 2)[2]}" for i in range(300, 330)]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.find(tmp_path / "home")


@pytest.fixture
def store() -> Store:
    return MemoryStore()


Open = Callable[..., Session]


@pytest.fixture
def opened(store: Store, home: Home, base: Path) -> Open:
    def ready(labels: int = 60, **settings: Any) -> Session:
        make(store, "p", base, **settings)
        encode_project(store, home, "p")
        session = Session(store, "p", home)
        session.train()
        answer(session, labels)
        session.train()
        return session

    return ready


def train(session: Session) -> Run:
    run = run_round(session, request(session))
    session.train()
    return run


def right(session: Session) -> float:
    found = session.predict(TEXTS)
    return float(np.mean([row["value"] == gold(t) for row, t in zip(found, TEXTS, strict=True)]))


def test_a_round_ends_with_a_model_that_serves_and_can_be_taken_away(
    opened: Open, home: Home, tmp_path: Path
) -> None:
    session = opened()
    before = session.serving
    run = run_round(session, request(session))
    assert run.state == "promoted"
    assert session.serving is before  # nothing changes under anybody's hands
    questions = session.ask(5, "ann")
    session.train()
    assert session.state.serving_run == session.run == run.id
    assert session.serving.version == 60
    assert [q.example.id for q in session.ask(5, "ann")] == [q.example.id for q in questions]
    assert session.serving.space is not None
    assert session.serving.space.features(np.array([0])).shape == (1, 64)
    assert right(session) >= 0.9
    session.export_model(tmp_path / "taken")
    (home.run("p", run.id) / "model" / "model.safetensors").rename(tmp_path / "gone")
    loaded = load_model(tmp_path / "taken")
    values = [row["value"] for row in loaded.predict(TEXTS)]
    assert np.mean([value == gold(t) for value, t in zip(values, TEXTS, strict=True)]) >= 0.9


def test_only_the_first_trial_is_cut_short(opened: Open) -> None:
    session = opened(deep={"epochs": 4, "batch": 60})  # one update an epoch
    updates = []
    for _ in range(2):
        steps: list[Step] = []
        assert run_round(session, request(session), steps.append).state == "promoted"
        updates.append([max(s.total for s in steps if s.stage == n) for n in ("trial", "training")])
        session.train()
        answer(session, 20)
        session.train()
    # By then a trial has 70 labels, the model 80: two updates an epoch in both.
    assert updates == [[2, 4], [8, 8]]


def test_control_answers_are_never_learnt_and_figures_are_taken_anew(
    opened: Open, home: Home
) -> None:
    session = opened(control=0.5)
    measured = len(session.state.measured)
    run = train(session)
    record = json.loads((home.run("p", run.id) / "run.json").read_text())
    control = set(session.control_ids())
    assert len(control) >= 10
    assert not control & set(record["learnt"])
    assert set(record["learnt"]) | control == set(session.state.labels)
    assert control <= set(record["judge"])
    assert len(session.state.measured) == measured + 1
    assert session.state.measured[-1]["answers"] == 60


def test_the_next_run_is_judged_on_what_the_serving_one_has_not_learnt(
    opened: Open, home: Home
) -> None:
    session = opened(labels=30)
    first = train(session)
    learnt = set(json.loads((home.run("p", first.id) / "run.json").read_text())["learnt"])
    answer(session, 30)
    session.train()
    second = train(session)
    record = json.loads((home.run("p", second.id) / "run.json").read_text())
    assert second.result["serving_run"] == first.id
    assert not learnt & set(record["judge"])
    assert session.state.ledger.served == [first.id, second.id]


def test_rolling_back_needs_no_encoding(opened: Open, home: Home) -> None:
    session = opened()
    first = session.predict(TEXTS)
    train(session)
    assert session.predict(TEXTS) != first
    sizes = {path: path.stat().st_size for path in home.vectors.rglob("*.f32")}
    roll_back(session)
    assert session.train()
    assert session.run == ""
    assert session.predict(TEXTS) == first
    assert {path: path.stat().st_size for path in home.vectors.rglob("*.f32")} == sizes
    again = Session(session.store, "p", home)  # after a restart
    again.train()
    # How sure it is will be calibrated at the next checkpoint.
    assert [row["value"] for row in again.predict(TEXTS)] == [row["value"] for row in first]


def test_old_runs_and_their_vectors_are_removed(opened: Open, home: Home) -> None:
    session = opened(deep={"keep": 1, "judge": "none", "epochs": 1})
    train(session)
    train(session)
    train(session)
    runs = home.run("p", "x").parent
    assert [path.name for path in runs.iterdir() if path.is_dir()] == ["r0003"]
    tuned = [path.name for path in home.vectors.iterdir() if path.name.startswith("tuned")]
    assert len(tuned) == 1
    assert roll_back(session) == "r0002"  # its files are gone: the first encoder stands in
    session.train()
    assert session.serving.space is not None
    assert session.serving.space.caches.run == ""
    assert session.encoded.all()


def test_texts_that_come_in_later_are_encoded_by_what_serves(opened: Open, home: Home) -> None:
    session = opened()
    run = train(session)
    new = [Example(id=f"n{i}", fields={"text": text}) for i, text in enumerate(TEXTS)]
    session.store.add("p", new)
    session.train()
    assert not session.encoded.all()
    assert encode_project(session.store, home, "p") == len(new)
    session.train()
    assert session.run == run.id
    assert session.encoded.all()


def test_a_script_tunes_when_it_is_due(opened: Open) -> None:
    session = opened(deep={"every": 80})
    assert session.fine_tune() is None
    answer(session, 20)
    steps: list[Step] = []
    run = session.fine_tune(steps.append)
    assert run is not None
    assert (run.state, session.run) == ("promoted", run.id)
    assert {step.run for step in steps} == {run.id}
    assert right(session) >= 0.9
    assert session.fine_tune() is None


def test_what_has_ended_by_itself_is_not_stopped(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = opened()
    run = train(session)
    monkeypatch.setattr(watch, "BEAT", 0.01)
    stopped: list[bool] = []
    with Watch(session, run.id, plan_of(session), stop=lambda: stopped.append(True)):
        while last_beat(session.store, "p") is None:
            time.sleep(0.01)
    assert not stopped


def test_a_cancelled_run_leaves_nothing_behind(opened: Open, home: Home) -> None:
    session = opened(deep={"epochs": 50})
    run = request(session)

    def report(step: Step) -> None:
        if step.stage == "trial" and step.step == 3:
            cancel(session, run.id)
            raise Stopped("as the signal does")

    with pytest.raises(Stopped):
        train_due(session, report)
    assert session.state.runs[run.id].state == "cancelled"
    assert not any(home.run("p", "x").parent.glob("r0001*"))
    assert train_due(session) is None


def test_cancelled_at_the_last_moment_it_does_not_serve(opened: Open, home: Home) -> None:
    session = opened()
    run = request(session)

    def report(step: Step) -> None:
        if step.stage == "promoting":
            cancel(session, run.id)

    assert run_round(session, run, report).state == "cancelled"
    assert session.state.serving_run == ""
    assert not any(home.run("p", "x").parent.glob("r0001*"))


def test_a_deep_model_learns_in_simulations_too(base: Path, home: Home) -> None:
    def examples(span: range, split: str) -> list[Example]:
        found = [Example(id=f"{split}{i}", fields={"text": text_of(i)}) for i in span]
        return [replace(e, gold=gold(e.text), split=split) for e in found]

    pool, test = examples(range(90), "pool"), examples(range(90, 120), TEST)
    world = prepare(
        home,
        pool,
        test,
        Classification(LABELS),
        encoder="tfidf",
        budget=24,
        batch=8,
        deep={"base": str(base), "every": 8, "epochs": 8, "learning_rate": 3e-3},
    )
    worlds = (world, world, replace(world, deep={}))
    deep, again, instant = (
        simulate(world, ["random"], 1)["strategies"]["random"]["curve"] for world in worlds
    )
    assert deep["mean"] == again["mean"]  # the same seed, the same weights, the same picks
    assert deep["labels"] == instant["labels"] == [8, 16, 24]
    assert deep["mean"] != instant["mean"]
    assert deep["mean"][-1] >= 0.8
    assert not [path for path in home.vectors.iterdir() if path.name.startswith("tuned")]
