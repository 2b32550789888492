"""The engine: the open sessions, their background work, and who watches them."""

from __future__ import annotations

import shutil
import threading
import time
from typing import Any

from asknext.core.home import Home
from asknext.core.protocols import Store
from asknext.loop.deep.folders import tidy
from asknext.loop.deep.requests import LABELS, request
from asknext.loop.deep.status import deep_status
from asknext.loop.session import Session
from asknext.server.checks import check
from asknext.server.encoding import DONE, ERROR, IDLE, WAITING, EncodingQueue, Progress
from asknext.server.findings import Findings
from asknext.server.live import Live
from asknext.server.training import TrainingQueue
from asknext.server.worker import Worker


class Engine:
    """Hold what all requests share. Sessions are opened when first asked for."""

    def __init__(self, store: Store, home: Home, *, store_url: str) -> None:
        self.store = store
        self.home = home
        self.live = Live(self.status)
        self.encodings = EncodingQueue(home, store_url, self._encoded)
        self.trainings = TrainingQueue(home, store_url, self._trained)
        self.findings = Findings()
        self.notices: dict[str, str] = {}
        self._workers: dict[str, Worker] = {}
        self._lock = threading.Lock()
        self._settings = threading.Lock()
        self._closed = threading.Event()

    def start(self) -> None:
        """Open all projects in the background, so that unfinished encodings go on."""
        threading.Thread(target=self._open_all, name="open-projects", daemon=True).start()

    def _open_all(self) -> None:
        for settings in self.store.projects():
            if self._closed.is_set():
                return
            self.session(settings.name)

    def session(self, project: str) -> Session:
        """Return the session of a project; NotFound where there is none."""
        return self._worker(project).session

    def _worker(self, project: str) -> Worker:
        worker = self._workers.get(project)
        if worker is not None:
            return worker
        with self._lock:
            worker = self._workers.get(project)
            if worker is None:
                worker = self._new_worker(project)
                self._workers[project] = worker
                worker.start()
            return worker

    def _new_worker(self, project: str) -> Worker:
        return Worker(
            Session(self.store, project, self.home),
            changed=lambda: self.live.publish(project),
            encode=lambda: self.encodings.add(project),
            gone=lambda: self._gone(project),
            deep=lambda: self._deep_due(project),
        )

    def changed(self, project: str) -> None:
        """Say that people did something in a project: train, and tell those who watch."""
        worker = self._workers.get(project)
        if worker is not None:
            worker.notify()
        self.live.publish(project)

    def imported(self, project: str, notice: str) -> None:
        """Say that examples came in: their vectors are wanted."""
        if notice:
            self.notices[project] = notice
        self.session(project).sync()
        self.encodings.add(project)
        self.changed(project)

    def change(self, project: str, changes: dict[str, Any]) -> None:
        """Change settings of a project, after checking that they go together."""
        with self._settings:
            before = self.store.settings(project)
            check(after := before.changed(**changes))
            if after != before:
                self.store.configure(after, time.time())
        self.session(project).sync()
        self.changed(project)

    def _encoded(self, project: str) -> None:
        worker = self._workers.get(project)
        if worker is not None:
            worker.notify(finish=self.encodings.progress(project).state == DONE)
        self.live.publish(project)

    def _deep_due(self, project: str) -> None:
        """Write down that a deep training is wanted, and put it in line."""
        session = self.session(project)
        if session.state.ledger.open is None:
            request(session, why=LABELS)
        self.trainings.add(project)

    def train(self, project: str) -> None:
        """Say that somebody asked for a deep training."""
        self.trainings.retry(project)
        self.trainings.add(project)
        self.changed(project)

    def stop_training(self, project: str) -> None:
        """End the deep training of a project; the ledger says why."""
        self.trainings.stop(project)
        self.changed(project)

    def _trained(self, project: str) -> None:
        """Pass on how far a training is; at its end let the session see what serves now."""
        worker = self._workers.get(project)
        if worker is not None and not self.trainings.step(project):
            worker.notify(finish=True)
        self.live.publish(project)

    def delete(self, project: str) -> None:
        """Remove a project, its files and its background work."""
        self.store.settings(project)
        worker = self._forget(project)
        if worker is not None:
            worker.stop()
        self.store.delete(project)
        tidy(self.home, project, keep=())
        shutil.rmtree(self.home.project(project), ignore_errors=True)
        self.live.publish(project)

    def _gone(self, project: str) -> None:
        self._forget(project)
        self.live.publish(project)

    def _forget(self, project: str) -> Worker | None:
        self.encodings.remove(project)
        self.trainings.remove(project)
        self.findings.forget(project)
        self.notices.pop(project, None)
        with self._lock:
            return self._workers.pop(project, None)

    def close(self) -> None:
        """Stop all background work; answers are in the store already."""
        self._closed.set()
        self.encodings.close()
        self.trainings.close()
        self.findings.close()
        with self._lock:
            workers, self._workers = list(self._workers.values()), {}
        for worker in workers:
            worker.stop()

    def status(self, project: str) -> dict[str, Any]:
        """Return the live status: what the session says, and how the background work goes."""
        worker = self._worker(project)
        status = worker.session.status()
        return {
            **status,
            "model": _model(status["model"], worker),
            "encoding": self._encoding(project, status["counts"]),
            "deep": deep_status(
                worker.session, self.trainings.step(project), self.trainings.error(project)
            ),
        }

    def _encoding(self, project: str, counts: dict[str, int]) -> dict[str, Any]:
        progress = self.encodings.progress(project)
        if progress.state in (IDLE, DONE):
            done, total = counts["encoded"], counts["examples"]
            progress = Progress(DONE if total and done >= total else IDLE, done, total)
        return {
            "state": IDLE if progress.state == WAITING else progress.state,
            "done": progress.done,
            "total": progress.total or counts["examples"],
            "rate": progress.rate,
            "seconds_left": progress.seconds_left,
            "error": progress.error if progress.state == ERROR else "",
            "notice": self.notices.get(project, ""),
        }


def _model(model: dict[str, Any], worker: Worker) -> dict[str, Any]:
    state = model["state"]
    if worker.training:
        state = "training"
    elif worker.error:
        state = "error"
    age = None if state == "none" or not model["made_at"] else time.time() - model["made_at"]
    return {**model, "state": state, "error": worker.error, "age_seconds": age}
