"""Deep trainings behind the server: real processes, killed at each stage, end well all the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from asknext.core.events import ANSWERED, PROMOTED, STARTED
from asknext.core.home import Home
from asknext.core.protocols import Store
from asknext.loop.encoding import encode_project
from asknext.loop.session import Session
from asknext.store.opening import open_store
from tests.loop.deep.world import answer, make, tiny_bert
from tests.server.helpers import ServerProcess, failure, wait_for

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.xdist_group("training"),
]

LABELS = 30
PATIENCE = 480.0  # seconds: starting a process that imports torch takes its time on a busy machine


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("transformers", reason="needs the extra 'hf'")
    return tiny_bert(tmp_path_factory.mktemp("tiny") / "base")


Prepare = Callable[..., Session]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.delenv("ASKNEXT_STORE", raising=False)
    return Home.find(tmp_path / "home")


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    store = open_store(home.store_url)
    yield store
    store.close()


@pytest.fixture
def prepare(store: Store, home: Home, base: Path) -> Prepare:
    """Make a project with encoded texts and, if told so, labels."""

    def ready(name: str = "p", labels: int = LABELS, **settings: Any) -> Session:
        make(store, name, base, **settings)
        encode_project(store, home, name)
        session = Session(store, name, home)
        session.train()
        answer(session, labels)
        return session

    return ready


class Child:
    """`asknext train`, as the server starts it."""

    def __init__(self, home: Home, project: str = "p") -> None:
        command = [sys.executable, "-m", "asknext", "train", project, "--due", "--json-lines"]
        self.process = subprocess.Popen(
            [*command, "--home", str(home.root)],
            env={k: v for k, v in os.environ.items() if k != "ASKNEXT_STORE"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def lines(self) -> Iterator[dict[str, Any]]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            yield json.loads(line)

    def until(self, stage: str, step: int = 0) -> None:
        for line in self.lines():
            if line.get("stage") == stage and line["step"] >= step:
                return
        self.end()
        raise AssertionError(f"it ended before {stage}")

    def end(self, by: signal.Signals | None = None) -> tuple[int, list[dict[str, Any]]]:
        if by is not None:
            self.process.send_signal(by)
        rest = list(self.lines())
        status = self.process.wait(timeout=PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status, rest


def promoted(session: Session, run: str = "r0001") -> None:
    """Check that the run serves, and that all labels have been learnt on its vectors."""
    session.train()
    assert session.state.runs[run].state == PROMOTED
    assert session.state.serving_run == session.serving.space.caches.run == run  # type: ignore[union-attr]
    assert session.serving.version == len(session.state.labels)
    assert session.encoded.all()


@pytest.mark.parametrize(
    ("stage", "step"),
    [("trial", 0), ("training", 0), ("judging", 0), ("encoding", 0), ("promoting", 0)],
)
def test_killed_at_any_stage_the_next_training_ends_it(
    prepare: Prepare, home: Home, stage: str, step: int
) -> None:
    session = prepare()
    child = Child(home)
    child.until(stage, step)
    before = session.serving
    told = session.tell("e00119", "return", who="other")  # labelling goes on meanwhile
    child.end(signal.SIGKILL)
    session.sync()
    run = session.state.runs["r0001"]
    if run.open:
        assert session.serving is before  # the last good model serves
        assert session.state.serving_run == ""
        status, lines = Child(home).end()
        assert status == 0
        assert lines[-1]["run"]["attempts"] == 2
    promoted(session)
    assert session.state.seq >= told.event.seq
    assert session.state.labels["e00119"] == "return"
    assert len(session.state.labels) == LABELS + 1
    runs = home.run("p", "x").parent
    assert [path.name for path in sorted(runs.iterdir()) if path.is_dir()] == ["r0001"]
    kinds = [event.kind for event in session.store.events("p")]
    assert kinds.count(PROMOTED) == 1


def test_three_kills_end_the_run_and_say_what_may_be_wrong(prepare: Prepare, home: Home) -> None:
    session = prepare()
    for _ in range(3):
        child = Child(home)
        child.until("trial")
        child.end(signal.SIGKILL)
    status, lines = Child(home).end()
    assert status == 0
    assert lines[-1]["run"]["state"] == "failed"
    session.sync()
    result = session.state.runs["r0001"].result
    assert result["reason"] == "interrupted"
    assert "memory" in result["message"]
    assert Child(home).end()[1][-1]["run"] is None  # nothing is due before more is labelled


def test_the_signal_to_stop_is_no_cancellation(prepare: Prepare, home: Home) -> None:
    session = prepare(deep={"epochs": 400})
    child = Child(home)
    child.until("trial", 2)
    status, lines = child.end(signal.SIGTERM)
    assert status == 1
    assert lines[-1]["code"] == "stopped"
    session.sync()
    assert session.state.runs["r0001"].open


def test_what_is_over_its_limit_ends_with_the_reason(prepare: Prepare, home: Home) -> None:
    session = prepare(deep={"epochs": 4000, "minutes": 0.05})
    status, _ = Child(home).end()
    assert status == 1
    session.sync()
    run = session.state.runs["r0001"]
    assert (run.state, run.result["reason"]) == ("failed", "time")
    assert "0.05 minutes" in run.result["message"]
    store = session.store
    deep = {**session.settings.deep, "minutes": None, "memory_gb": 0.1}
    store.configure(store.settings("p").changed(deep=deep), 0.0)
    session.sync()
    session.train()
    answer(session, LABELS)
    Child(home).end()
    session.sync()
    second = session.state.runs["r0002"]
    assert (second.state, second.result["reason"]) == ("failed", "memory")
    assert "smaller base" in second.result["message"]
    assert session.state.serving_run == ""


def test_an_error_of_the_model_is_kept_in_the_ledger(prepare: Prepare, home: Home) -> None:
    session = prepare(deep={"base": "/no/such/folder"})
    status, lines = Child(home).end()
    assert status == 1
    assert "/no/such/folder" in lines[-1]["error"]
    session.sync()
    run = session.state.runs["r0001"]
    assert (run.state, run.result["reason"]) == ("failed", "error")
    assert "/no/such/folder" in run.result["message"]


def test_two_processes_do_not_train_twice(prepare: Prepare, home: Home) -> None:
    session = prepare()
    first = Child(home)
    first.until("trial")
    status, lines = Child(home).end()
    assert status == 1
    assert lines[-1]["code"] == "busy"
    assert first.end()[0] == 0
    promoted(session)
    events = session.store.events("p")
    assert sum(event.kind == STARTED for event in events) == 1


# -- the server --------------------------------------------------------------------------------


@pytest.fixture
def server(home: Home, store: Store) -> Iterator[ServerProcess]:
    with ServerProcess(home.root) as server:
        yield server


def get(server: ServerProcess, what: str, project: str = "p") -> Any:
    with server.client() as client:
        return client.get(f"/api/projects/{project}/{what}").json()


def post(server: ServerProcess, what: str, project: str = "p") -> Any:
    with server.client() as client:
        return client.post(f"/api/projects/{project}/{what}")


def serving(server: ServerProcess, run: str, project: str = "p") -> bool:
    status = get(server, "status", project)
    assert status["model"]["error"] == ""
    return bool(status["deep"]["serving"] == run)


def test_the_server_trains_when_enough_is_labelled_and_rolls_back(
    prepare: Prepare, server: ServerProcess
) -> None:
    session = prepare(labels=LABELS - 1)
    idle = get(server, "status")["deep"]
    assert (idle["state"], idle["run"], idle["serving"]) == ("idle", "", "")
    assert idle["next"] == LABELS
    answer(session, 1)
    stages = set()

    def done() -> bool:
        deep = get(server, "status")["deep"]
        stages.add(deep["state"])
        assert deep["error"] == ""
        return bool(deep["serving"] == "r0001")

    wait_for(done, PATIENCE)
    assert "waiting" in stages
    assert stages & {"trial", "training", "judging", "encoding"}
    listed = get(server, "runs")
    assert listed["serving"] == "r0001"
    assert [run["state"] for run in listed["runs"]] == ["promoted"]
    assert listed["runs"][0]["made"]["hash"]
    assert listed["runs"][0]["result"]["n"] > 0
    wait_for(lambda: get(server, "status")["model"]["version"] == LABELS, PATIENCE)
    with server.client() as client:
        text = {"texts": ["message 1 invoice refund"]}
        found = client.post("/api/projects/p/predict", json=text).json()
    assert found["predictions"][0]["value"] in ("delivery", "billing", "return")
    assert post(server, "rollback").json() == {"serving": ""}
    assert serving(server, "")
    assert "nothing to roll back" in failure(post(server, "rollback"), 409)["message"]
    assert get(server, "runs")["serving"] == ""


def test_cancelling_stops_the_training_and_it_stays_stopped(
    prepare: Prepare, server: ServerProcess
) -> None:
    session = prepare(deep={"epochs": 100_000, "every": 0})
    assert failure(post(server, "runs/r0001/cancel"), 404)["code"] == "not_found"
    asked = post(server, "train")
    assert asked.status_code == 202
    assert asked.json()["id"] == "r0001"
    assert post(server, "train").json()["id"] == "r0001"  # asking twice is harmless
    wait_for(lambda: get(server, "status")["deep"]["step"] > 2, PATIENCE)
    answered = post(server, "runs/r0001/cancel")
    assert answered.json()["state"] == "cancelled"
    deep = get(server, "status")["deep"]
    assert (deep["state"], deep["run"], deep["last"]["state"]) == ("idle", "", "cancelled")
    assert "ended already" in failure(post(server, "runs/r0001/cancel"), 409)["message"]
    lock = session.home.run("p", "lock")
    wait_for(lambda: _free(lock), PATIENCE)  # the process is gone
    wait_for(lambda: not any(lock.parent.glob("r0001*")))
    assert get(server, "status")["deep"]["error"] == ""


def _free(lock: Path) -> bool:
    import fcntl

    with lock.open("rb+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def test_a_killed_server_takes_its_training_along_and_the_next_one_ends_it(
    prepare: Prepare, home: Home
) -> None:
    session = prepare(deep={"every": 0, "epochs": 60})
    with ServerProcess(home.root) as first:
        assert post(first, "train").status_code == 202
        wait_for(lambda: get(first, "status")["deep"]["step"] > 2, PATIENCE)
        first.kill()
    lock = home.run("p", "lock")
    wait_for(lambda: _free(lock), PATIENCE)  # the child has ended with its parent
    session.sync()
    assert session.state.ledger.open is not None
    answer(session, 3, who="terminal")
    with ServerProcess(home.root) as second:
        wait_for(lambda: serving(second, "r0001"), PATIENCE)
        wait_for(lambda: get(second, "status")["model"]["version"] == LABELS + 3, PATIENCE)
        assert get(second, "runs")["runs"][0]["attempts"] == 2
    promoted(session)
    answers = [event for event in session.store.events("p") if event.kind == ANSWERED]
    assert len(answers) == LABELS + 3


def test_two_projects_wait_for_each_other_and_two_servers_train_once(
    prepare: Prepare, home: Home
) -> None:
    prepare("p")
    prepare("q")
    with ServerProcess(home.root) as one, ServerProcess(home.root) as two:
        for project in ("p", "q"):
            wait_for(lambda project=project: serving(one, "r0001", project), PATIENCE)
            wait_for(lambda project=project: serving(two, "r0001", project), PATIENCE)
    store = open_store(home.store_url)
    spans = []
    for project in ("p", "q"):
        events = store.events(project)
        starts = [event.at for event in events if event.kind == STARTED]
        ends = [event.at for event in events if event.kind == PROMOTED]
        assert (len(starts), len(ends)) == (1, 1)
        spans.append((starts[0], ends[0]))
    (_, first_end), (second_start, _) = sorted(spans)
    assert first_end <= second_start  # one at a time on a device
    store.close()


def test_a_model_that_is_worse_is_refused_and_nothing_changes(prepare: Prepare, home: Home) -> None:
    # A learning rate that destroys the weights: every text gets the same answer.
    session = prepare(labels=90, deep={"learning_rate": 50.0, "every": 90})
    before = session.serving
    status, lines = Child(home).end()
    assert status == 0
    run = lines[-1]["run"]
    assert run["state"] == "refused"
    assert run["result"]["difference"][2] < 0
    assert run["result"]["quality"]["estimate"] < run["result"]["serving"]["estimate"]
    session.sync()
    assert session.state.serving_run == ""
    assert session.serving is before
    assert not any(home.run("p", "x").parent.glob("r0001*"))
