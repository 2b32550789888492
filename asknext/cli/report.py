"""``asknext report``: quality, curve, balance, advice."""

from __future__ import annotations

from pathlib import Path
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


def report(
    project: ProjectArgument,
    html: Annotated[
        Path | None,
        typer.Option("--html", help="Write a self-contained page to this file, evidence included."),
    ] = None,
    evidence: Annotated[
        bool | None,
        typer.Option(
            "--evidence/--no-evidence",
            help="Work out as well, in some seconds: figures per class, the saving, the outlook. "
            "Done by itself with --html; --no-evidence shows what was worked out last.",
            show_default=False,
        ),
    ] = None,
    lang: Annotated[str, typer.Option("--lang", help="Language of the page: en or zh.")] = "en",
    home: HomeOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Measure the model now and report: quality with its interval, curve, balance, advice.

    Examples:

      asknext report tickets

      asknext report tickets --evidence

      asknext report tickets --html tickets.html
    """
    from asknext.cli.evidence import lines
    from asknext.cli.status import sentence, taught, trust
    from asknext.loop.session import Session

    place = find_home(home)
    session = Session(open_store(place, store), project, place)
    session.train()
    session.measure()
    if evidence or (evidence is None and html is not None):
        session.evidence()
    found = session.report()
    if html is not None:
        from asknext.data.atomic import write_text
        from asknext.evaluation.page import report_page

        write_text(html, report_page(found, lang))
    if json:
        show_json(found)
        return
    say(f"[bold]{project}[/bold]: {sentence(found['quality'])}")
    for line in (trust(found["quality"]), taught(found["self_training"])):
        say(line)
    for run in found["deep"]:
        say(_run(run))
    for line in lines(found["evidence"]):
        say(line)
    for row in found["classes"]:
        say(f"  {row['count']:6}  {row['label']}")
    for verdict in found["stop"]:
        say(f"{verdict['rule']}: {'stop' if verdict['stop'] else 'go on'}. {verdict['reason']}")
    if html is not None:
        say(f"page: {html}")


def _run(run: dict[str, Any]) -> str:
    """Say in a line how a training of the deep model ended."""
    shown = [f"{run['run']} {run['state']}"]
    if run["quality"] is not None and run["before"] is not None:
        shown.append(f"{run['quality']:.3f}, before {run['before']:.3f}")
    if run["fluctuation"] is not None:
        shown.append(f"{run['fluctuation']:.1%} changed")
    if run["self_training"]:
        shown.append(f"self-training {run['self_training']['reason']}")
    return "; ".join(shown)
