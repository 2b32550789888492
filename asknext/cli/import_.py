"""``asknext import``: bring a file into a project."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from asknext.cli.options import (
    ColumnOption,
    HomeOption,
    IdOption,
    JsonOption,
    LabelOption,
    LabelUseOption,
    ProjectArgument,
    SkipBadOption,
    StoreOption,
    TextOption,
    find_home,
    open_store,
)
from asknext.cli.output import progress, say, show_json


def import_(
    project: ProjectArgument,
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV, TSV, JSON, JSONL, Parquet, text file, or data set folder or name.",
            show_default=False,
        ),
    ],
    text: TextOption = None,
    label: LabelOption = None,
    id: IdOption = None,
    column: ColumnOption = None,
    label_use: LabelUseOption = "seed",
    split: Annotated[
        str, typer.Option("--split", help="pool, or test: a fixed test set with known labels.")
    ] = "pool",
    skip_bad: SkipBadOption = False,
    home: HomeOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Bring a file of texts into a project: all of it, or nothing.

    Importing the same file twice adds nothing. Bad rows are named with file, row, column, what
    was found and what is allowed.

    Examples:

      asknext import tickets more.jsonl --text message

      asknext import tickets held_out.csv --split test --label intent
    """
    from asknext.cli.importing import bad_rows, mapping_of
    from asknext.loop.projects import import_file

    place = find_home(home)
    database = open_store(place, store)
    kind = str(database.settings(project).task["kind"])
    mapping = mapping_of(file, text, label, id, columns=column, kind=kind)
    with progress("reading", quiet=json) as bar, bad_rows(file, skip_bad) as bad:
        report = import_file(
            database,
            place,
            project,
            file,
            mapping,
            label_use=label_use,
            split=split,
            on_bad=bad,
            progress=bar,
        )
    if json:
        show_json(report.to_json())
        return
    say(
        f"{report.new} new texts ({report.known} known already), {report.copies} exact copies, "
        f"{report.near} near-duplicates, {report.seeded} labels"
    )
    if report.notice:
        say(f"[yellow]{report.notice}[/yellow]")
