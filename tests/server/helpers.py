"""What several tests of the server use."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2

from asknext.core.examples import Example
from asknext.core.protocols import Store
from asknext.core.settings import Settings
from asknext.core.tasks import Classification
from asknext.loop.projects import create_project

LABELS = ("delivery", "billing", "return")
WORDS = {
    "delivery": "parcel courier tracking arrived late address shipping van doorstep",
    "billing": "charged invoice card twice payment refund amount fee bank",
    "return": "send back broken wrong size label exchange replacement faulty",
}


def failure(answer: Any, status: int) -> dict[str, Any]:
    """Check that an answer is a failure in the one shape; return what it says."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "details"}
    assert body["error"]["code"]
    assert body["error"]["message"]
    assert isinstance(body["error"]["details"], list)
    found: dict[str, Any] = body["error"]
    return found


def fill(store: Store, name: str, n: int, **settings: Any) -> None:
    """Make a project of n distinct texts whose words tell their label."""
    task = Classification(LABELS).to_json()
    create_project(store, Settings(name=name, task=task, encoder="tfidf", **settings))
    store.add(name, [Example(id=f"e{i:05d}", fields={"text": _text(i)}) for i in range(n)])


def _text(i: int) -> str:
    label = LABELS[i % len(LABELS)]
    words = WORDS[label].split()
    return f"message {i} {words[i % 7]} {words[(i // 7) % 9]} {words[(i // 63) % 9]} {label}"


def gold(text: str) -> str:
    """The true label of one of `fill`'s texts."""
    return text.split()[-1]


class ServerProcess:
    """`asknext serve` as people run it: a process of its own."""

    def __init__(self, home: Path, store_url: str | None = None) -> None:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        environment.pop("ASKNEXT_STORE", None)
        if store_url is not None:
            environment["ASKNEXT_STORE"] = store_url
        command = [sys.executable, "-m", "asknext", "serve", "--port", "0", "--home", str(home)]
        self._log = (home / "server.log").open("ab")
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=self._log, text=True
        )
        self.base, self.key = self._read_link()

    def _read_link(self) -> tuple[str, str]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("http://"):
                base, _, key = line.strip().partition("/?key=")
                return base, key
        raise AssertionError("the server ended before it was ready; see server.log")

    def client(self) -> httpx2.Client:
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx2.Client(base_url=self.base, headers=headers, timeout=30)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self._ended()

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """End it in good order; return its exit status."""
        self.process.send_signal(by)
        return self._ended()

    def _ended(self) -> int:
        status = self.process.wait(timeout=30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._log.close()
        return status

    def __enter__(self) -> ServerProcess:
        return self

    def __exit__(self, *error: object) -> None:
        if self.process.poll() is None:
            self.stop()


def wait_for(condition: Any, seconds: float = 60.0, every: float = 0.05) -> Any:
    """Return what the condition returns as soon as it is true; fail after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(every)
    return found
