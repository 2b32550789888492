"""``asknext strategies``: the catalogue of what decides what to ask next."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from asknext.cli.options import JsonOption
from asknext.cli.output import console, say, show_json


def strategies(
    name: Annotated[
        str | None, typer.Argument(help="Say all about one of them.", show_default=False)
    ] = None,
    task: Annotated[
        str | None,
        typer.Option("--task", help="Only those that serve it, e.g. classification or tagging."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", help="Only those that work with this model, e.g. linear."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """List the strategies and the wrappers that change them.

    Examples:

      asknext strategies

      asknext strategies badge

      asknext strategies --task classification --model linear --json
    """
    from asknext.strategies.catalogue import card, cards

    if name is not None:
        found = card(name)
        show_json(found) if json else _tell(found)
        return
    rows = cards(task=task, model=model)
    if json:
        show_json({"strategies": rows})
        return
    _table(rows)


def _table(rows: list[dict[str, Any]]) -> None:
    from rich.table import Table

    table = Table("name", "what it asks", "tasks", "needs")
    for row in rows:
        shown = row["name"] if row["kind"] == "strategy" else f"{row['name']}(…)"
        table.add_row(
            shown, row["summary"], ", ".join(row["tasks"]) or "all", ", ".join(row["needs"])
        )
    console().print(table)
    say("more about one: [bold]asknext strategies NAME[/bold]; (…) marks wrappers: power(margin)")


def _tell(row: dict[str, Any]) -> None:
    from rich.markup import escape

    say(f"[bold]{row['name']}[/bold]  {escape(row['summary'])}")
    for part in ("tasks", "needs", "settings", "cost", "evidence", "source"):
        value = row[part]
        text = ", ".join(value) if isinstance(value, list) else str(value)
        say(f"  {part}: {escape(text) or '–'}")
