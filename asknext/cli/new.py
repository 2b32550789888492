"""``asknext new``: make a project."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from asknext.cli.options import (
    HomeOption,
    JsonOption,
    LabelOption,
    ProjectArgument,
    StoreOption,
    TextOption,
    find_home,
    open_store,
)
from asknext.cli.output import progress, say, show_json


def new(
    project: ProjectArgument,
    file: Annotated[
        Path | None, typer.Argument(help="File of texts to bring in at once.", show_default=False)
    ] = None,
    labels: Annotated[
        str | None, typer.Option("--labels", help="Labels, separated by commas.")
    ] = None,
    text: TextOption = None,
    label: LabelOption = None,
    id: Annotated[str | None, typer.Option("--id", help="Column of the id.")] = None,
    label_use: Annotated[
        str,
        typer.Option(
            "--label-use", help="What the label column is: seed (answers), gold (hidden), meta."
        ),
    ] = "seed",
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave bad rows out and write them to a file.")
    ] = False,
    title: Annotated[str, typer.Option("--title", help="Title that people see.")] = "",
    encoder: Annotated[
        str, typer.Option("--encoder", help="auto, minilm, tfidf, or a model name or folder.")
    ] = "auto",
    strategy: Annotated[str, typer.Option("--strategy", help="What to ask next.")] = "auto",
    control: Annotated[
        float, typer.Option("--control", help="Share of random questions, for measuring.")
    ] = 0.1,
    wanted: Annotated[
        int, typer.Option("--wanted", help="How many people answer each example.")
    ] = 1,
    seed: Annotated[int, typer.Option("--seed", help="Root of all random numbers.")] = 0,
    guidelines: Annotated[
        Path | None, typer.Option("--guidelines", help="Text file shown to annotators.")
    ] = None,
    home: HomeOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Make a project, with a file of texts or empty.

    Examples:

      asknext new tickets tickets.csv --labels "billing,delivery,other"

      asknext new trec questions.parquet --text text --label label --label-use gold
    """
    from asknext.cli.importing import bad_rows, mapping_of
    from asknext.core.errors import InvalidInput
    from asknext.core.settings import Settings
    from asknext.core.tasks import Classification
    from asknext.loop.opening import labels_in
    from asknext.loop.projects import create_project, import_file

    place = find_home(home)
    names = [part.strip() for part in (labels or "").split(",") if part.strip()]
    mapping = {} if file is None else mapping_of(file, text, label, id)
    if not names and file is None:
        raise InvalidInput("a project needs labels: give --labels a,b,c or a file that has them")
    if not names and file is not None:
        names = labels_in(file, mapping)
    settings = Settings(
        name=project,
        task=Classification(tuple(names)).to_json(),
        title=title,
        encoder=encoder,
        strategy=strategy,
        control=control,
        wanted=wanted,
        seed=seed,
        guidelines=guidelines.read_text(encoding="utf-8") if guidelines else "",
    )
    database = open_store(place, store)
    create_project(database, settings)
    report: dict[str, object] = {}
    if file is not None:
        try:
            with progress("reading", quiet=json) as bar, bad_rows(file, skip_bad) as bad:
                report = import_file(
                    database,
                    place,
                    project,
                    file,
                    mapping,
                    label_use=label_use,
                    on_bad=bad,
                    progress=bar,
                ).to_json()
        except BaseException:
            database.delete(project)  # half a project is nothing anybody asked for
            raise
    if json:
        show_json({"project": project, "labels": names, "import": report})
        return
    say(f"project [bold]{project}[/bold] with {len(names)} labels: {', '.join(names[:12])}")
    if report:
        say(
            f"{report['new']} texts, {report['copies']} exact copies, {report['near']} "
            f"near-duplicates, {report['seeded']} labels from the file"
        )
    if report.get("notice"):
        say(f"[yellow]{report['notice']}[/yellow]")
    say("next: [bold]asknext serve[/bold]")
