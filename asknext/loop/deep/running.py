"""Running: the next run of a project in this process, alone in its project and on its device."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

from asknext.core.errors import AsknextError
from asknext.core.events import FAILED
from asknext.loop.deep.folders import RunFolder
from asknext.loop.deep.locking import Busy, alone, in_turn
from asknext.loop.deep.plan import Plan
from asknext.loop.deep.progress import WAITING, Report, Step, Stopped, silent
from asknext.loop.deep.requests import LABELS, due, end, plan_of, request
from asknext.loop.deep.round import run_round
from asknext.loop.deep.watch import SILENT, Watch, last_beat, stop_this_process
from asknext.loop.ledger import RUNNING, Run
from asknext.loop.live import Live


def train_due(
    live: Live, report: Report = silent, *, stop: Callable[[], None] = stop_this_process
) -> Run | None:
    """Bring the run that is due to its end, resuming one that was interrupted; None if none is.

    `stop` is called from another thread where the run has to end at once: it has to make
    `Stopped`, or anything else that is no `Exception`, be raised in this one.

    Raises:
        Busy: another process trains this project now.
        Stopped: the run was told to stop before its end.
    """
    plan = plan_of(live)
    runs = live.home.run(live.project, "lock")
    with alone(runs):
        live.sync()
        if not due(live):
            return None
        run = live.state.ledger.open or request(live, why=LABELS)
        _nobody_else(live, run)
        watch = Watch(live, run.id, plan, stop=stop)

        def seen(step: Step) -> None:
            watch.saw(step)
            report(step)

        with watch, in_turn(_device(live, plan), lambda: seen(Step(run.id, WAITING))):
            return _kept(live, run, seen)


def _device(live: Live, plan: Plan) -> Path:
    return live.home.devices / f"{plan.device.replace(':', '-')}.lock"


def _nobody_else(live: Live, run: Run) -> None:
    """Raise Busy where a machine that shares the store but not its files has the run."""
    elsewhere = run.start.get("host") != socket.gethostname()
    beat = last_beat(live.store, live.project) if run.state == RUNNING and elsewhere else None
    if beat and beat["run"] == run.id and live.clock() - float(beat["at"]) < SILENT:
        raise Busy(f"{run.start['host']} is training this project now")


def _kept(live: Live, run: Run, report: Report) -> Run:
    """Run it; an error is kept in the ledger, where the app shows it."""
    try:
        return run_round(live, run, report)
    except Stopped:
        live.sync()
        if not live.state.ledger.get(run.id).open:
            RunFolder(live.home, live.project, run.id).drop()
        raise
    except Exception as error:
        live.sync()
        code = error.code if isinstance(error, AsknextError) else type(error).__name__
        message = str(error) or code
        end(live, run.id, FAILED, {"reason": "error", "code": code, "message": message})
        raise
