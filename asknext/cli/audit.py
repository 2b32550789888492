"""``asknext audit``: ask more questions drawn at random now."""

from __future__ import annotations

from typing import Annotated

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


def audit(
    project: ProjectArgument,
    k: Annotated[
        int | None, typer.Option("-k", min=1, help="Questions (20).", show_default=False)
    ] = None,
    half: Annotated[
        float | None,
        typer.Option(
            "--half", help="As many as an interval of ± this takes, such as 0.03.", metavar="SHARE"
        ),
    ] = None,
    who: Annotated[str, typer.Option("--who", help="Who wants it.")] = "me",
    home: HomeOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Ask questions drawn at random before all others, to know sooner how good the model is.

    They are those that the random share of the questions would have brought later, so every
    figure stays unbiased. `asknext report PROJECT --evidence` says how many each interval takes.

    Examples:

      asknext audit tickets -k 40

      asknext audit tickets --half 0.03
    """
    from asknext.loop.session import Session

    place = find_home(home)
    session = Session(open_store(place, store), project, place)
    if half is not None:
        session.train()
        session.measure()
    found = session.ask_audit(k, half=half, who=who)
    if json:
        show_json(found)
        return
    count = len(found["wanted"])
    if not count:
        say(
            f"± {half:.1%} is reached already, or will be by what comes next; nothing more is asked"
        )
        return
    say(f"{count} questions drawn at random are asked next; {found['left']} more are left")
