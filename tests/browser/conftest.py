"""A real server over a home of its own, and a browser that notes everything that goes wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

PATIENCE = 120_000  # milliseconds; a busy machine takes long to encode and train


class Server:
    """`asknext serve` as people run it; may be ended and started again at the same address."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = 0
        self.process: subprocess.Popen[str] | None = None
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "asknext", "serve"]
        command += ["--port", str(self.port), "--home", str(self.home)]
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "300"}
        environment.pop("ASKNEXT_STORE", None)
        self.log = (self.home / "server.log").open("ab")
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=self.log, text=True
        )
        assert self.process.stdout is not None
        link = next((line for line in self.process.stdout if line.startswith("http://")), "")
        self.base, _, self.key = link.strip().partition("/?key=")
        assert self.key, (self.home / "server.log").read_text()
        self.port = int(self.base.rpartition(":")[2])

    def end(self, by: signal.Signals = signal.SIGTERM) -> None:
        if self.process is None:
            return
        self.process.send_signal(by)
        self.process.wait(timeout=30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.log.close()
        self.process = None

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the REST API; return the JSON of the answer."""
        with httpx2.Client(
            base_url=self.base, headers={"Authorization": f"Bearer {self.key}"}, timeout=60
        ) as client:
            answer = client.request(method, f"/api{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def upload(self, name: str, content: bytes) -> str:
        """Send a file; return what stands for it."""
        with httpx2.Client(
            base_url=self.base, headers={"Authorization": f"Bearer {self.key}"}, timeout=60
        ) as client:
            answer = client.post("/api/uploads", files={"file": (name, content)})
        assert answer.status_code == 201, answer.text
        token: str = answer.json()["upload"]
        return token

    def project(self, name: str, rows: list[tuple[str, str]], **settings: Any) -> None:
        """Make a project of (id, text) rows, as the app does: an upload, then its import."""
        csv = "id,message\n" + "".join(f'{id},"{text}"\n' for id, text in rows)
        upload = self.upload(f"{name}.csv", csv.encode())
        mapping = {"text": "message", "id": "id"}
        body = {"name": name, "upload": upload, "mapping": mapping, "encoder": "tfidf", **settings}
        self.call("POST", "/projects", body)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    home = tmp_path / "home"
    home.mkdir()
    server = Server(home)
    yield server
    server.end()


@dataclass
class Desk:
    """A browser of one person: pages, and all that went wrong on them."""

    server: Server
    context: Any
    problems: list[str] = field(default_factory=list)
    forgiven: tuple[str, ...] = ()

    def open(self, path: str) -> Any:
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", self._note_message)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("request", self._note_request)
        page.goto(self.server.base + path)
        return page

    def _note_message(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"{message.type}: {message.text}")

    def _note_request(self, request: Any) -> None:
        if not request.url.startswith((self.server.base, "blob:", "data:")):
            self.problems.append(f"foreign request: {request.url}")

    def forgive(self, *words: str) -> None:
        """Expect problems that contain these words."""
        self.forgiven += words

    @property
    def unforgiven(self) -> list[str]:
        return [p for p in self.problems if not any(words in p for words in self.forgiven)]


@pytest.fixture
def make_desk(chromium: Any, server: Server) -> Iterator[Callable[..., Desk]]:
    """Sit somebody down: signed in, in a language, with a window of some size."""
    desks: list[Desk] = []

    def make(language: str = "en", **options: Any) -> Desk:
        locale = {"en": "en-US", "zh": "zh-CN"}[language]
        context = chromium.new_context(locale=locale, reduced_motion="reduce", **options)
        desk = Desk(server, context)
        desks.append(desk)
        page = desk.open(f"/?key={server.key}")
        page.close()
        return desk

    yield make
    for desk in desks:
        desk.context.close()
    assert [problem for desk in desks for problem in desk.unforgiven] == []


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    return make_desk()
