"""What commands print: text for people, one JSON object for programs, errors on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TextIO

from asknext.core.errors import AsknextError

if TYPE_CHECKING:
    from rich.console import Console

    from asknext.core.protocols import Progress


def console(*, stderr: bool = False) -> Console:
    """Return a console for text that people read."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Print a line for people; markup is read."""
    console().print(text)


def note(text: str) -> None:
    """Print a remark on stderr, so that it never mixes with what is piped on."""
    console(stderr=True).print(text)


def show_json(data: Any) -> None:
    """Print one JSON object."""
    out = _lines.get()
    out = sys.stdout if out is None else out
    out.write(json.dumps(data, ensure_ascii=False, default=str) + "\n")
    out.flush()


_lines: ContextVar[TextIO | None] = ContextVar("lines", default=None)


@contextmanager
def nothing_but_json() -> Iterator[None]:
    """Keep what libraries print away from stdout, so that other programs can read each line."""
    token = _lines.set(sys.stdout)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _lines.reset(token)


def fail(error: AsknextError) -> int:
    """Print an error, as JSON where ``--json`` was asked for; return the exit code."""
    if "--json" in sys.argv or "--json-lines" in sys.argv:
        shape = {"error": {"code": error.code, "message": str(error)}}
        sys.stderr.write(json.dumps(shape, ensure_ascii=False) + "\n")
    else:
        from rich.markup import escape

        note(f"[bold red]error[/bold red] {escape(str(error))}")
    return 1


@contextmanager
def progress(title: str, *, quiet: bool = False) -> Iterator[Progress]:
    """Show a bar with rate and time left on stderr; nothing where it is not a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None, rate="")

        def advance(done: int, total: int) -> None:
            speed = bar.tasks[0].speed
            rate = f"{speed:,.0f}/s" if speed else ""
            bar.update(task, completed=done, total=total or None, rate=rate)

        yield advance
