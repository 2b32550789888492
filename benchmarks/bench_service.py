"""Measure the service on a project of 100,000 texts: start, memory, answers, re-ranking.

    python benchmarks/bench_service.py [--texts 100000] [--clients 8] [--seconds 30] [--json]

It makes its own project: synthetic texts, clustered random vectors written straight into the
vector cache (so nothing is encoded), 1,000 labels of 10 classes. The clients run in this
process, the server in another, as ``asknext serve``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import numpy as np

from asknext.core import registry
from asknext.core.events import ANSWERED, LABEL, Draft
from asknext.core.examples import Example
from asknext.core.home import Home
from asknext.core.protocols import Progress, Store
from asknext.core.settings import Settings
from asknext.core.tasks import Classification
from asknext.loop.describing import label_examples
from asknext.loop.encoding import encoder_folder, walk
from asknext.loop.projects import create_project

LABELS = tuple(f"class-{i}" for i in range(10))
PROJECT = "bench"


@dataclass
class ClusteredVectors:
    """Stand in for an encoder: same name and columns, vectors around one centre per class."""

    name: str
    revision: str
    dim: int
    sentence_dim: int
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    def __post_init__(self) -> None:
        self.centres = self.rng.normal(size=(len(LABELS), self.dim)).astype(np.float32)

    def encode(
        self, examples: Sequence[Example], progress: Progress | None = None
    ) -> np.ndarray[Any, Any]:
        """Return vectors around the centre of each example's class."""
        # Descriptions of the labels have ids of their own; they come in the order of the labels.
        which = [
            (int(example.id) if example.id.isdecimal() else place) % len(LABELS)
            for place, example in enumerate(examples)
        ]
        noise = self.rng.normal(scale=4.0, size=(len(which), self.dim)).astype(np.float32)
        found = self.centres[which] + noise
        for part in (slice(0, self.sentence_dim), slice(self.sentence_dim, self.dim)):
            found[:, part] /= np.linalg.norm(found[:, part], axis=1, keepdims=True) + 1e-9
        return found


def prepare(home: Home, labelled: int, pool: Sequence[Example]) -> None:
    """Make the project: examples, vectors, labels of the first ones."""
    store: Store = registry.get("service", "store.open")(home.store_url)
    task = Classification(LABELS).to_json()
    create_project(store, Settings(name=PROJECT, task=task, encoder="minilm"))
    store.add(PROJECT, pool)
    folder = encoder_folder(home, PROJECT)
    encoder = registry.get("service", "encoder.resolve")("minilm", lambda: iter(()), folder)
    encoder.save(folder)
    stand_in = ClusteredVectors(encoder.name, encoder.revision, encoder.dim, encoder.sentence_dim)
    vectors = registry.get("service", "vectors.open")(home.vectors, encoder)
    vectors.fill(label_examples(Classification(LABELS)), stand_in)
    vectors.fill(walk(store, PROJECT), stand_in, None, len(pool))
    drafts = [
        Draft(
            kind=ANSWERED,
            at=time.time(),
            who="import",
            example=str(i),
            data={"action": LABEL, "value": LABELS[i % len(LABELS)], "arm": "seed"},
        )
        for i in range(labelled)
    ]
    store.append(PROJECT, drafts)
    store.close()


def examples(n: int) -> Iterator[Example]:
    """Yield n short, distinct texts."""
    for i in range(n):
        yield Example(id=str(i), fields={"text": f"synthetic text number {i} of a hundred or so"})


class Server:
    """The server under test."""

    def __init__(self, home: Home) -> None:
        started = time.perf_counter()
        command = [sys.executable, "-m", "asknext", "serve", "--port", "0"]
        self.process = subprocess.Popen(
            [*command, "--home", str(home.root)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert self.process.stdout is not None
        link = next(line for line in self.process.stdout if line.startswith("http://"))
        base, _, key = link.strip().partition("/?key=")
        self.client = httpx2.Client(
            base_url=base, headers={"Authorization": f"Bearer {key}"}, timeout=120
        )
        self.client.get("/api/health").raise_for_status()
        self.healthy = time.perf_counter() - started
        self.status()
        self.opened = time.perf_counter() - started
        self.ask("first", 5)
        self.first_question = time.perf_counter() - started
        self.memory_at_start = self.memory("VmRSS")

    def memory(self, line: str) -> float:
        """Read a memory figure of the process, in MiB."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        found = next(each for each in text.splitlines() if each.startswith(line))
        return int(found.split()[1]) / 1024

    def status(self) -> dict[str, Any]:
        """Return the live status."""
        answer = self.client.get(f"/api/projects/{PROJECT}/status")
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def ask(self, who: str, k: int) -> list[dict[str, Any]]:
        """Ask for questions."""
        answer = self.client.post(f"/api/projects/{PROJECT}/ask", json={"who": who, "k": k})
        answer.raise_for_status()
        questions: list[dict[str, Any]] = answer.json()["questions"]
        return questions

    def tell(self, who: str, example: str) -> float:
        """Answer; return the seconds until it was acknowledged."""
        body = {
            "example": example,
            "value": LABELS[int(example) % len(LABELS)],
            "who": who,
            "key": str(uuid.uuid4()),
            "seconds": 1.0,
        }
        start = time.perf_counter()
        answer = self.client.post(f"/api/projects/{PROJECT}/answers", json=body)
        took = time.perf_counter() - start
        answer.raise_for_status()
        return took

    def caught_up(self) -> bool:
        """Say whether every label is in the model."""
        now = self.status()
        assert not now["model"]["error"], now["model"]["error"]
        return bool(now["model"]["version"] >= now["counts"]["labelled"])

    def wait(self, pause: float) -> None:
        """Wait until every label is in the model."""
        while not self.caught_up():
            time.sleep(pause)

    def stop(self) -> None:
        """End the server."""
        self.client.close()
        self.process.terminate()
        self.process.wait(timeout=60)


def label_for(
    server: Server, who: str, seconds: float, think: float, answers: list[float], asks: list[float]
) -> None:
    """Label for so long, thinking between the answers."""
    rng = np.random.default_rng(abs(hash(who)) % 2**32)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        questions = server.ask(who, 5)
        asks.append(time.perf_counter() - start)
        for question in questions:
            time.sleep(rng.exponential(think) if think else 0.0)
            answers.append(server.tell(who, question["id"]))


def under_load(server: Server, clients: int, seconds: float, think: float) -> dict[str, Any]:
    """Measure answers and asks of many people at once, while the head refits."""
    answers: list[float] = []
    asks: list[float] = []
    before = server.status()["model"]
    threads = [
        threading.Thread(
            target=label_for, args=(server, f"w{think}-{i}", seconds, think, answers, asks)
        )
        for i in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    server.wait(0.1)
    after = server.status()["model"]
    return {
        "clients": clients,
        "think_seconds": think,
        "answers_per_second": len(answers) / seconds,
        "labels_learnt_meanwhile": after["version"] - before["version"],
        "answer_ms": milliseconds(answers),
        "ask_ms": milliseconds(asks),
    }


def milliseconds(times: Sequence[float]) -> dict[str, float]:
    """Summarise seconds as milliseconds."""
    p50, p95, p99 = np.percentile(np.array(times) * 1000, [50, 95, 99])
    return {"n": len(times), "p50": p50, "p95": p95, "p99": p99, "max": max(times) * 1000}


def to_new_queue(server: Server, times: int) -> dict[str, float]:
    """Measure from sending an answer until the queue is ranked with it, one at a time."""
    found = []
    for i in range(times):
        (question,) = server.ask(f"single-{i}", 1)
        start = time.perf_counter()
        server.tell(f"single-{i}", question["id"])
        server.wait(0.01)
        found.append(time.perf_counter() - start)
        time.sleep(0.2)
    return milliseconds(found)


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Run everything; return the numbers."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home.find(folder)
        prepare(home, arguments.labelled, list(examples(arguments.texts)))
        server = Server(home)
        try:
            started = time.perf_counter()
            server.wait(0.05)
            return {
                "machine": f"{platform.machine()}, {os.cpu_count()} cores",
                "texts": arguments.texts,
                "labels": arguments.labelled,
                "start_seconds": {
                    "healthy": server.healthy,
                    "project_open": server.opened,
                    "first_question": server.first_question,
                    "first_model": server.first_question + time.perf_counter() - started,
                },
                "load": [
                    under_load(server, arguments.clients, arguments.seconds, think)
                    for think in arguments.think
                ],
                "answer_to_new_queue_ms": to_new_queue(server, arguments.singles),
                "memory_mib": {
                    "at_start": server.memory_at_start,
                    "now": server.memory("VmRSS"),
                    # Pages of the vector file are the system's cache, not the server's own.
                    "own": server.memory("RssAnon"),
                    "own_and_cache_peak": server.memory("VmHWM"),
                },
            }
        finally:
            server.stop()


def show(found: Any, indent: int = 0) -> None:
    """Print nested numbers, aligned."""
    for name, value in found.items():
        if isinstance(value, dict) and not all(isinstance(v, float | int) for v in value.values()):
            print(" " * indent + name)
            show(value, indent + 2)
        elif isinstance(value, dict):
            numbers = "  ".join(f"{key} {number:.1f}" for key, number in value.items())
            print(f"{' ' * indent}{name}: {numbers}")
        elif isinstance(value, list):
            for each in value:
                print(" " * indent + name)
                show(each, indent + 2)
        else:
            print(
                f"{' ' * indent}{name}: {value:.2f}"
                if isinstance(value, float)
                else f"{' ' * indent}{name}: {value}"
            )


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--labelled", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--singles", type=int, default=30)
    parser.add_argument("--think", type=float, nargs="*", default=[0.5, 0.0])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = measure(arguments)
    if arguments.json:
        print(json.dumps(found))
    else:
        show(found)


if __name__ == "__main__":
    main()
