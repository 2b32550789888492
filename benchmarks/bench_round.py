"""Measure how long people wait for the acknowledgement of an answer while a deep round goes on.

    python benchmarks/bench_round.py [--texts 10000] [--labelled 500] [--pause 0.5] [--json]

It makes its own project: made-up texts of about 15 words, clustered random vectors in place of the
first encoder's (so nothing is encoded before), labels of 10 classes. The server runs as ``asknext
serve``; this process asks for a training of MiniLM over REST and then answers questions, one every
`pause` seconds, until the run has ended and its vectors serve. The table has a line for each stage
of the round, beside the same project at rest. Target: p95 at most 60 ms in every stage.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from bench_service import LABELS, PROJECT, Server, milliseconds, prepare, show

from asknext.core import registry
from asknext.core.examples import Example
from asknext.core.home import Home

TARGET_MS = 60.0
WORDS = ("time", "people", "way", "day", "man", "thing", "woman", "life", "child", "world")
WHO = "rater"
AFTER = 40  # pauses between answers for which the new vectors are watched
SWITCHED = "promoted"
"""The stage from the last step of the child until the new vectors serve, and a little beyond."""


def texts(n: int, words: int) -> Iterator[Example]:
    """Yield n distinct texts; the class of each can be read off its first word."""
    rng = np.random.default_rng(0)
    for i in range(n):
        drawn = [WORDS[i % len(WORDS)], *rng.choice(WORDS, words - 2), str(i)]
        yield Example(id=str(i), fields={"text": " ".join(drawn)})


def with_deep_model(home: Home, settings: dict[str, Any]) -> None:
    """Give the project a deep model that is trained on request only."""
    store = registry.get("service", "store.open")(home.store_url)
    store.configure(replace(store.settings(PROJECT), deep=settings), time.time())
    store.close()


class Labeller:
    """Answer one question after the other, and remember how long each took in which stage."""

    def __init__(self, server: Server, pause: float) -> None:
        self.server = server
        self.pause = pause
        self.answers: dict[str, list[float]] = defaultdict(list)
        self.stages: dict[str, float] = {}
        self._questions: list[dict[str, Any]] = []

    def rest(self, answers: int) -> None:
        """Answer while nothing else goes on."""
        for _ in range(answers):
            self._answer("at rest")

    def through(self, most_seconds: float) -> dict[str, Any]:
        """Answer until the run has ended and the pool has followed; return the last status."""
        begun, end = time.perf_counter(), None
        while time.perf_counter() - begun < most_seconds:
            status = self.server.status()
            deep = status["deep"]
            assert not deep["error"], deep["error"]
            stage = deep["state"] if deep["state"] != "idle" else SWITCHED
            now = time.perf_counter()
            self.stages[stage] = self.stages.get(stage, 0.0) + self._answer(stage)
            if stage == SWITCHED:
                end = end or now
                # Long enough for the switch; the model is always an answer behind, so not for it.
                if now - end > AFTER * self.pause:
                    return dict(deep["last"])
        raise SystemExit(f"the round took more than {most_seconds:.0f} seconds")

    def _answer(self, stage: str) -> float:
        """Answer one question, rest; return the seconds of both."""
        start = time.perf_counter()
        if not self._questions:
            self._questions = self.server.ask(WHO, 5)
        if self._questions:
            question = self._questions.pop(0)
            self.answers[stage].append(self.server.tell(WHO, question["id"]))
        time.sleep(self.pause)
        return time.perf_counter() - start


def measure(given: argparse.Namespace) -> dict[str, Any]:
    """Run one round; return the numbers."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home.find(folder)
        prepare(home, given.labelled, list(texts(given.texts, given.words)))
        # Random vectors tell the classes apart by design: nothing true could be judged by them.
        deep = {"base": "minilm", "every": 0, "epochs": given.epochs, "judge": "none"}
        with_deep_model(home, deep)
        server = Server(home)
        try:
            server.wait(0.05)
            people = Labeller(server, given.pause)
            people.rest(given.rest)
            server.client.post(f"/api/projects/{PROJECT}/train").raise_for_status()
            last = people.through(given.most)
            return told(given, people, last, server.memory("VmHWM"))
        finally:
            server.stop()


def told(
    given: argparse.Namespace, people: Labeller, last: dict[str, Any], memory: float
) -> dict[str, Any]:
    """Arrange the numbers for printing."""
    during = [x for stage, found in people.answers.items() if stage != "at rest" for x in found]
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "texts": given.texts,
        "labels": given.labelled,
        "classes": len(LABELS),
        "ended": f"{last['state']}: {last['reason']}",
        "stage_seconds": {stage: round(seconds, 1) for stage, seconds in people.stages.items()},
        "answer_ms": {stage: milliseconds(found) for stage, found in people.answers.items()},
        "whole_round_ms": milliseconds(during),
        "met": bool(np.percentile(np.array(during) * 1000, 95) <= TARGET_MS),
        "server_peak_mib": memory,
    }


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=10_000)
    parser.add_argument("--words", type=int, default=15)
    parser.add_argument("--labelled", type=int, default=500)
    parser.add_argument("--epochs", type=int, help="the model's own choice if not given")
    parser.add_argument("--pause", type=float, default=0.5)
    parser.add_argument("--rest", type=int, default=40, help="answers before the round")
    parser.add_argument("--most", type=float, default=1800, help="seconds")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure(given)
    if given.json:
        print(json.dumps(found))
    else:
        show(found)


if __name__ == "__main__":
    main()
