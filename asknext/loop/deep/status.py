"""Status: how the deep model of a project is doing, in one plain JSON object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from asknext.loop.deep.progress import WAITING
from asknext.loop.deep.requests import next_due
from asknext.loop.deep.watch import last_beat
from asknext.loop.ledger import RUNNING, Run
from asknext.loop.live import Live

SHOWN = ("step", "total", "loss", "seconds_left")


def deep_status(live: Live, step: Mapping[str, Any], error: str = "") -> dict[str, Any]:
    """Return the status; `step` is the newest one of a child of this process, or empty.

    Where another process trains, its progress is read from the store.
    """
    ledger = live.state.ledger
    run = ledger.open
    return {
        "state": _state(live, run, step := _step(live, run, step)),
        "run": run.id if run else "",
        **{name: step.get(name) for name in SHOWN if run and name in step},
        "serving": ledger.serving,
        "last": _ended(live),
        "next": next_due(live),
        "error": error,
    }


def _step(live: Live, run: Run | None, step: Mapping[str, Any]) -> Mapping[str, Any]:
    if run is None or step.get("run") == run.id:
        return step
    beat = last_beat(live.store, live.project) if run.state == RUNNING else None
    return beat if beat and beat["run"] == run.id else {}


def _state(live: Live, run: Run | None, step: Mapping[str, Any]) -> str:
    if run is not None:
        return str(step.get("stage") or WAITING)
    return "idle" if live.settings.deep else "none"


def _ended(live: Live) -> dict[str, Any] | None:
    for run in reversed(live.state.runs.values()):
        if not run.open:
            shown = {"id": run.id, "state": run.state, "ended": run.ended, "answers": run.answers}
            return {**shown, **{name: run.result.get(name) for name in RESULTS}}
    return None


RESULTS = ("reason", "message", "quality", "serving", "difference", "fluctuation", "n")
