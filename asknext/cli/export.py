"""``asknext export``: labels or the model, to take away."""

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

SUFFIXES = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".parquet": "parquet",
    ".json": "label-studio",
    ".conll": "conll",
}


def export(
    project: ProjectArgument,
    target: Annotated[
        Path, typer.Argument(help="File, or folder for --model.", show_default=False)
    ],
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="csv, jsonl, parquet, datasets, label-studio or conll (tagging); "
            "from the file name if not given.",
        ),
    ] = None,
    model: Annotated[
        bool, typer.Option("--model", help="Write the model instead of the labels.")
    ] = False,
    home: HomeOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Take the labels away as a file, or the model as a folder.

    Examples:

      asknext export tickets labels.csv

      asknext export tickets labels.json --format label-studio

      asknext export names tags.conll

      asknext export tickets my_model --model
    """
    from asknext.core.errors import InvalidInput
    from asknext.loop.session import Session

    place = find_home(home)
    session = Session(open_store(place, store), project, place)
    if model:
        session.export_model(target)
        show_json({"model": str(target)}) if json else say(f"model written to {target}")
        return
    chosen = format or SUFFIXES.get(target.suffix)
    if chosen is None:
        raise InvalidInput(
            f"{target.name!r} does not say which format; give --format: "
            "csv, jsonl, parquet, datasets, label-studio, conll"
        )
    rows = session.export_labels(chosen, target)
    if json:
        show_json({"file": str(target), "format": chosen, "rows": rows})
        return
    say(f"{rows} rows written to {target}")
