"""``asknext report``: quality, curve, balance, advice."""

from __future__ import annotations

from pathlib import Path
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


def report(
    project: ProjectArgument,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a self-contained page to this file.")
    ] = None,
    lang: Annotated[str, typer.Option("--lang", help="Language of the page: en or zh.")] = "en",
    home: HomeOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Measure the model now and report: quality with its interval, curve, balance, advice.

    Examples:

      asknext report tickets

      asknext report tickets --html tickets.html
    """
    from asknext.cli.status import sentence
    from asknext.loop.session import Session

    place = find_home(home)
    session = Session(open_store(place, store), project, place)
    session.train()
    session.measure()
    found = session.report()
    if html is not None:
        from asknext.data.atomic import write_text
        from asknext.evaluation.page import report_page

        write_text(html, report_page(found, lang))
    if json:
        show_json(found)
        return
    say(f"[bold]{project}[/bold]: {sentence(found['quality'])}")
    for row in found["classes"]:
        say(f"  {row['count']:6}  {row['label']}")
    for verdict in found["stop"]:
        say(f"{verdict['rule']}: {'stop' if verdict['stop'] else 'go on'}. {verdict['reason']}")
    if html is not None:
        say(f"page: {html}")
