"""``asknext stop``: the stop rules of a project, and what they say now."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from asknext.cli.options import (
    HomeOption,
    JsonOption,
    ProjectArgument,
    StoreOption,
    find_home,
    open_store,
)
from asknext.cli.output import say, show_json


def stop(
    project: ProjectArgument,
    rules: Annotated[
        str | None,
        typer.Argument(help="Rules from now on: JSON, name to arguments.", show_default=False),
    ] = None,
    default: Annotated[
        bool, typer.Option("--default", help="Go back to the rules of a new project.")
    ] = False,
    home: HomeOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Show or set the stop rules of a project. They advise; nothing is ever stopped by them.

    Examples:

      asknext stop tickets

      asknext stop tickets '{"target": {"quality": 0.85}, "slope": {}}'

      asknext stop tickets '{"recall": {"label": "complaint", "recall": 0.8}}'

      asknext stop tickets --default
    """
    import time

    from asknext.core.errors import InvalidInput
    from asknext.loop.live import Live
    from asknext.loop.projects import check_stop
    from asknext.loop.reports import verdicts

    if rules is not None and default:
        raise InvalidInput("rules and --default exclude each other; give one of them")
    place = find_home(home)
    database = open_store(place, store)
    if rules is not None or default:
        chosen = {} if rules is None else _read(rules)
        check_stop(chosen)
        database.configure(database.settings(project).changed(stop=chosen), time.time())
    live = Live(database, project, place)
    found = verdicts(live)
    if json:
        show_json({"project": project, "rules": live.settings.stop, "stop": found})
        return
    for verdict in found:
        say(told(verdict))


def told(verdict: dict[str, Any]) -> str:
    """Say a verdict in a line."""
    mark = "[green]stop[/green]" if verdict["stop"] else "go on"
    return f"{verdict['rule']:9} {mark}: {verdict['reason']}"


def _read(text: str) -> dict[str, Any]:
    from json import JSONDecodeError, loads

    from asknext.core.errors import InvalidInput

    example = '\'{"target": {"quality": 0.9}}\''
    try:
        found = loads(text)
    except JSONDecodeError as error:
        raise InvalidInput(f"{text!r} is no JSON ({error}); write {example}") from error
    if not isinstance(found, dict):
        raise InvalidInput(f"rules are a JSON object, name to arguments; write {example}")
    return found
