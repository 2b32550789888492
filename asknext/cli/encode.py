"""``asknext encode``: compute the vectors of a project, resumable."""

from __future__ import annotations

import sys
import time
from typing import Annotated

import typer

from asknext.cli.options import HomeOption, ProjectArgument, StoreOption, find_home, open_store
from asknext.cli.output import progress, say, show_json


def encode(
    project: ProjectArgument,
    json_lines: Annotated[
        bool,
        typer.Option("--json-lines", help="Print progress as JSON lines, for other programs."),
    ] = False,
    home: HomeOption = None,
    store: StoreOption = None,
) -> None:
    """Compute the vectors of a project's texts; what is there already is kept.

    The server does this by itself. Run it by hand to prepare a large project, on a machine with
    a GPU for example; it may be stopped and started again.

    Examples:

      asknext encode tickets
    """
    from asknext.core.errors import AsknextError
    from asknext.loop.encoding import encode_project

    place = find_home(home)
    database = open_store(place, store)
    database.settings(project)
    if not json_lines:
        with progress("encoding") as bar:
            added = encode_project(database, place, project, bar)
        say(f"{added} texts encoded")
        return
    try:
        added = encode_project(database, place, project, _Lines())
    except AsknextError as error:
        show_json({"error": str(error), "code": error.code})
        sys.exit(1)
    show_json({"finished": True, "added": added})


class _Lines:
    """Print progress, twice a second at most."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._first: int | None = None
        self._last = 0.0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if self._first is None:
            self._first = done
        if now - self._last < 0.5 and done < total:
            return
        self._last = now
        rate = (done - self._first) / max(now - self._start, 1e-6)
        show_json({"done": done, "total": total, "rate": rate})
