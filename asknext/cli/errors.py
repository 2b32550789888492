"""``asknext errors``: where the model goes wrong, and where the labels do."""

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

SHOWN = 5  # items of a list that are printed
LINE = 70  # characters of a text that are printed

Kinds = Annotated[
    list[str] | None,
    typer.Option(
        "--kind",
        help="A list: confusions, slices, clusters, label_errors, contradictions, "
        "disagreements, dynamics, worst; all if not given. May be repeated.",
        show_default=False,
    ),
]
Names = Annotated[
    list[str] | None,
    typer.Option(
        "--item",
        help="With --ask: only this item, by its name. May be repeated.",
        show_default=False,
    ),
]


def errors(
    project: ProjectArgument,
    kind: Kinds = None,
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask what is on the lists of --kind, before all else.")
    ] = False,
    item: Names = None,
    k: Annotated[int, typer.Option("-k", min=1, help="With --ask: questions at most.")] = 20,
    who: Annotated[str, typer.Option("--who", help="With --ask: who wants it.")] = "me",
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a self-contained page to this file.")
    ] = None,
    lang: Annotated[str, typer.Option("--lang", help="Language of the page: en or zh.")] = "en",
    home: HomeOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Show where the model goes wrong and which labels may be; have any of it asked again.

    Every example is judged by a model that had not learnt its label.

    Examples:

      asknext errors tickets

      asknext errors tickets --html errors.html

      asknext errors tickets --kind label_errors --json

      asknext errors tickets --kind label_errors --ask -k 30

      asknext errors tickets --kind slices --item "word: refund" --ask
    """
    from asknext.loop.session import Session

    if ask and not kind:
        raise typer.BadParameter("--ask needs --kind: which list is meant?")
    place = find_home(home)
    session = Session(open_store(place, store), project, place)
    session.train()
    if ask:
        sent = [session.ask_errors(name, names=item or (), k=k, who=who) for name in kind or ()]
        show_json({"asked": sent}) if json else _tell_asked(sent)
        return
    found = session.errors(kind)
    if html is not None:
        _write(html, found, project, lang)
    show_json(found) if json else _tell(found)


def _write(html: Path, found: dict[str, Any], project: str, lang: str) -> None:
    from asknext.data.atomic import write_text
    from asknext.evaluation.errors.page import errors_page

    write_text(html, errors_page(found, project, lang))


def _tell_asked(sent: list[dict[str, Any]]) -> None:
    for each in sent:
        count = len(each["wanted"])
        say(f"{each['kind']}: {count} to be asked next" if count else f"{each['kind']}: nothing")


def _tell(found: dict[str, Any]) -> None:
    from rich.markup import escape

    before, folds = (found["judged"][name] for name in ("before", "out_of_fold"))
    say(
        f"{found['labelled']} labels; judged {before['n']} before their answer was known"
        f"{_score(before)}, {folds['n']} out of fold{_score(folds)}; {found['unjudged']} not judged"
    )
    for each in found["lists"]:
        say(f"\n[bold]{each['kind']}[/bold] ({_count(each)})")
        for note in filter(None, (each.get("error"), each["note"])):
            say(f"  [dim]{escape(note)}[/dim]")
        for one in each["items"][:SHOWN]:
            say(f"  {escape(_line(each['kind'], one))}")


def _count(each: dict[str, Any]) -> str:
    figures = each["figures"]
    if "tried" in figures:
        return f"{figures['significant']} significant of {figures['tried']} tried"
    return str(len(each["items"]))


def _score(source: dict[str, Any]) -> str:
    return "" if source["score"] is None else f" ({source['score']:.1%} right)"


def _line(kind: str, item: dict[str, Any]) -> str:
    """Say an item in a line."""
    if kind in ("slices", "clusters"):
        mark = "*" if item["significant"] else " "
        return (
            f"{mark} {item['name']}: {item['error']:.1%} wrong of {item['n']}, "
            f"elsewhere {item['elsewhere']:.1%} (q = {item['q']:.3f})"
        )
    if kind == "confusions":
        return f"{item['count']:4}  {item['name']} ({item['share']:.1%} of {item['actual']})"
    if kind == "contradictions":
        one, other = item["examples"]
        return f"{one['label']} | {other['label']}: {_short(one['text'])}"
    if kind == "label_errors":
        return f"{item['label']}, rather {item['suggested']}: {_short(item['text'])}"
    if kind == "dynamics":
        return f"{item['region']:9} {item['label']}: {_short(item['text'])}"
    if item.get("between") == "people":
        said = ", ".join(f"{each['who']} {each['value']}" for each in item["answers"])
        return f"{said}: {_short(item['text'])}"
    return f"{item['label']}, predicted {item['predicted']}: {_short(item['text'])}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LINE else f"{line[: LINE - 1]}…"
