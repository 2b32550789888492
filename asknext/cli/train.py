"""``asknext train``, ``runs``, ``cancel``, ``rollback``: the deep model of a project."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asknext.cli.options import (
    HomeOption,
    JsonOption,
    ProjectArgument,
    StoreOption,
    find_home,
    open_store,
)
from asknext.cli.output import console, nothing_but_json, progress, say, show_json

if TYPE_CHECKING:
    from asknext.core.protocols import Progress
    from asknext.loop.deep.progress import Step
    from asknext.loop.ledger import Run
    from asknext.loop.live import Live

WHO = "terminal"


def _live(project: str, home: Path | None, store: str | None) -> Live:
    from asknext.loop.live import Live

    place = find_home(home)
    return Live(open_store(place, store), project, place)


def train(
    project: ProjectArgument,
    base: Annotated[
        str | None,
        typer.Option(
            "--base",
            help="Set the base first: minilm, a folder, a name on the hub, project:NAME.",
        ),
    ] = None,
    every: Annotated[
        int | None,
        typer.Option("--every", help="Set how many new labels make the next training; 0: none."),
    ] = None,
    self_training: Annotated[
        bool | None,
        typer.Option(
            "--self-training/--no-self-training",
            help="Set whether a second model that learns from pseudo-labels too is tried.",
        ),
    ] = None,
    due: Annotated[
        bool,
        typer.Option("--due", help="Only where enough answers are new, or a run was interrupted."),
    ] = False,
    json_lines: Annotated[
        bool,
        typer.Option("--json-lines", help="Print progress as JSON lines, for other programs."),
    ] = False,
    home: HomeOption = None,
    store: StoreOption = None,
) -> None:
    """Train the project's deep model now, judge it, and let it serve unless it is worse.

    The server does this by itself whenever enough answers are new. Killed at any moment, the
    next training goes on with what was finished; what serves stays as it is until the end.

    Examples:

      asknext train tickets

      asknext train tickets --base minilm --every 50

      asknext train tickets --self-training

      asknext train complaints --base project:tickets
    """
    from asknext.core.errors import AsknextError
    from asknext.loop.deep.requests import request
    from asknext.loop.deep.running import train_due

    _alone()
    live = _live(project, home, store)
    _set(live, {"base": base, "every": every, "self_training": self_training})
    ear = _Ear()
    try:
        if not due:
            request(live, who=WHO)
        if json_lines:
            with nothing_but_json():
                _show_end(train_due(live, ear.telling(_Lines())))
            return
        with progress("training") as bar:
            run = train_due(live, ear.telling(_Bar(bar)))
    except KeyboardInterrupt:
        _cancelled(live)
        raise
    except AsknextError as error:
        if not json_lines:
            raise
        show_json({"error": str(error), "code": error.code})
        sys.exit(1)
    finally:
        ear.close()
    say("nothing to train" if run is None else _sentence(run))


def _alone() -> None:
    """Refuse to be one of several processes: each of them would write the same run."""
    from asknext.core.errors import InvalidInput

    processes = os.environ.get("WORLD_SIZE", "1")
    if processes != "1":
        raise InvalidInput(
            f"asknext train was started as one of {processes} processes (torchrun, accelerate "
            "launch); start it by itself: one process uses all GPUs that it sees"
        )


def _set(live: Live, given: dict[str, Any]) -> None:
    """Change what was given of the project's deep model."""
    from asknext.loop.projects import check_settings

    changes = {name: value for name, value in given.items() if value is not None}
    if changes:
        after = live.settings.changed(deep={**live.settings.deep, **changes})
        check_settings(after)
        live.store.configure(after, live.clock())
        live.sync()


def _cancelled(live: Live) -> None:
    from asknext.loop.deep.requests import cancel

    live.sync()
    if (run := live.state.ledger.open) is not None:
        cancel(live, run.id, who=WHO)


class _Ear:
    """Hear the signal to stop; a library that swallows the error hears it again a step later."""

    def __init__(self) -> None:
        self._stopped = False
        self._before = signal.signal(signal.SIGTERM, self._hear)

    def close(self) -> None:
        """Leave the signal to whoever had it before."""
        signal.signal(signal.SIGTERM, self._before)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self._stopped = True
        self._check()

    def _check(self) -> None:
        from asknext.loop.deep.progress import Stopped

        if self._stopped:
            raise Stopped("the run was told to stop")

    def telling(self, tell: Any) -> Any:
        """Return a report that stops where the signal has come, else tells."""

        def report(step: Step) -> None:
            self._check()
            tell(step)

        return report


class _Lines:
    """Print progress, four times a second at most, and each new stage."""

    def __init__(self) -> None:
        self._last = 0.0
        self._stage = ""

    def __call__(self, step: Step) -> None:
        now = time.monotonic()
        if step.stage == self._stage and now - self._last < 0.25:
            return
        self._last, self._stage = now, step.stage
        show_json(step.to_json())


class _Bar:
    """Move a bar."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar

    def __call__(self, step: Step) -> None:
        self._bar(step.step, step.total)


def _show_end(run: Run | None) -> None:
    show_json({"finished": True, "run": None if run is None else run.to_json()})


def _sentence(run: Run) -> str:
    reason = run.result.get("reason", "")
    return f"{run.id} {run.state}" + (f": {reason}" if reason else "")


def runs(
    project: ProjectArgument,
    as_json: JsonOption = False,
    home: HomeOption = None,
    store: StoreOption = None,
) -> None:
    """List the trainings of the project's deep model, and which one serves.

    Examples:

      asknext runs tickets
    """
    live = _live(project, home, store)
    ledger = live.state.ledger
    if as_json:
        show_json(
            {"serving": ledger.serving, "runs": [run.to_json() for run in ledger.runs.values()]}
        )
        return
    if not ledger.runs:
        say("no deep model has been trained yet")
        return
    console().print(_table(live))
    for run in live.state.runs.values():  # sentences: a column of them is a word wide
        if why := run.result.get("message") or run.result.get("reason"):
            say(f"{run.id}: {why}")


def _table(live: Live) -> Any:
    from rich.table import Table

    serving = live.state.ledger.serving
    table = Table("run", "state", "labels", "seconds", "quality", "before", "changed")
    for run in live.state.runs.values():
        figures = [_figure(run.result.get(name)) for name in ("quality", "serving")]
        changed = run.result.get("fluctuation")
        table.add_row(
            f"{run.id} (serves)" if run.id == serving else run.id,
            run.state,
            str(run.answers),
            str(run.made.get("seconds", "")),
            *figures,
            "" if changed is None else f"{changed:.1%}",
        )
    return table


def _figure(quality: dict[str, Any] | None) -> str:
    return "" if not quality else f"{quality['estimate']:.3f}"


def cancel(
    project: ProjectArgument,
    run: Annotated[
        str | None, typer.Argument(help="Id of the run; the one that goes on if not given.")
    ] = None,
    home: HomeOption = None,
    store: StoreOption = None,
) -> None:
    """Stop a training that waits or goes on; what serves stays as it is.

    Examples:

      asknext cancel tickets
    """
    from asknext.core.errors import NotReady
    from asknext.loop.deep.requests import cancel as cancel_run

    live = _live(project, home, store)
    if run is None:
        if live.state.ledger.open is None:
            raise NotReady("no training waits or goes on; there is nothing to cancel")
        run = live.state.ledger.open.id
    found = cancel_run(live, run, who=WHO)
    say(f"{found.id} cancelled")


def rollback(
    project: ProjectArgument,
    home: HomeOption = None,
    store: StoreOption = None,
) -> None:
    """Let the deep model serve again that served before the last promotion.

    Examples:

      asknext rollback tickets
    """
    from asknext.loop.deep.requests import roll_back

    serving = roll_back(_live(project, home, store), who=WHO)
    say(f"{serving} serves again" if serving else "the first encoder serves again")
