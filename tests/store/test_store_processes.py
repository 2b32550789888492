"""Processes that are killed, and processes that work together."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from asknext.core.events import ANSWERED, ASKED, Event
from asknext.core.seeds import generator
from asknext.store import facts
from asknext.store.engine import Database
from asknext.store.opening import open_store
from asknext.store.tables import answers, leases
from asknext.testing.store_cases import NAME, settings, texts

KILLS = 20
LABOURER = Path(__file__).with_name("labourer.py")

pytestmark = pytest.mark.slow


def start(job: str, url: str, *names: str) -> list[subprocess.Popen[str]]:
    """Start a process for each name; they begin to work at the same moment."""
    started = [
        subprocess.Popen(
            [sys.executable, str(LABOURER), job, url, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in names
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return started


def prepare(url: str, count: int) -> None:
    store = open_store(url)
    store.create(settings())
    store.add(NAME, texts(*(f"e{i}" for i in range(count))))
    store.close()


def kill_at_random(process: subprocess.Popen[str], delay: float, lines: int) -> list[str]:
    """Kill some moment after so many lines and return all that was said."""
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(lines)]
    time.sleep(delay)
    process.kill()
    said += process.stdout.readlines()
    process.communicate()
    return [line.rstrip("\n") for line in said if line.endswith("\n")]


def derived(url: str, events: list[Event]) -> None:
    """Assert that the derived tables say what replaying the events says."""
    last = facts.answers(events)
    said = {pair: (x.seq, x.data["action"]) for pair, x in last.items() if x is not None}
    held: dict[facts.Pair, int] = {}
    for event in events:
        if event.kind == ASKED and event.example is not None:
            held[event.example, event.who] = event.seq
        if event.kind == ANSWERED and event.example is not None:
            held.pop((event.example, event.who), None)
    database = Database(sa.make_url(url))
    with database.read() as c:
        there = {(x.example, x.who): (x.seq, x.action) for x in c.execute(sa.select(answers))}
        leased = {(x.example, x.who): x.seq for x in c.execute(sa.select(leases))}
    database.close()
    assert there == said
    assert leased == held


def test_nothing_acknowledged_is_lost_when_killed(url: str) -> None:
    prepare(url, 40)
    rng = generator(2, "kill")
    acknowledged: list[str] = []
    for number in range(KILLS):
        (process,) = start("until_killed", url, f"run{number}")
        delay, lines = float(rng.uniform(0, 0.03)), int(rng.integers(1, 30))
        acknowledged += kill_at_random(process, delay, lines)
        store = open_store(url)
        events = store.events(NAME)
        live = {(lease.example, lease.who) for lease in store.leases(NAME, 0.0)}
        store.close()
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        keys = Counter(event.key for event in events if event.kind == ANSWERED)
        asked = Counter((event.example, event.who) for event in events if event.kind == ASKED)
        assert set(keys.values()) <= {1}
        assert set(asked.values()) <= {1}
        for line in acknowledged:
            what, example, who, *key = line.split(" ")
            if what == "answered":
                assert keys[key[0]] == 1
                assert (example, who) not in live
            else:
                assert asked[example, who] == 1
        derived(url, events)
    assert {line.split(" ")[0] for line in acknowledged} == {"leased", "answered"}


def test_two_processes_give_nothing_to_two_people(url: str) -> None:
    prepare(url, 400)
    said = []
    for process in start("until_done", url, "east", "west"):
        output, _ = process.communicate(timeout=300)
        assert process.returncode == 0
        said += [tuple(line.split(" ")[1:]) for line in output.splitlines()]
    store = open_store(url)
    events = store.events(NAME)
    assert store.leases(NAME, 0.0) == []
    store.close()
    ids = {f"e{i}" for i in range(400)}
    for kind in (ASKED, ANSWERED):
        pairs = [(x.example, x.who) for x in events if x.kind == kind]
        assert len(pairs) == 400
        assert {example for example, _ in pairs} == ids
        assert sorted(pairs) == sorted(said)
    assert len({who.split("-")[0] for _, who in said}) == 2, "both processes had a share"
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
