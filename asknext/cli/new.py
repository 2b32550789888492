"""``asknext new``: make a project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asknext.cli.options import (
    ColumnOption,
    ControlOption,
    EncoderOption,
    GearOption,
    GuidelinesOption,
    HighOption,
    HomeOption,
    IdOption,
    JsonOption,
    LabelOption,
    LabelsOption,
    LabelUseOption,
    LowOption,
    ProjectArgument,
    SelfTrainingOption,
    SkipBadOption,
    StartFromOption,
    StepOption,
    StoreOption,
    TaskOption,
    TextOption,
    WantedOption,
    WhatOption,
    find_home,
    open_store,
)
from asknext.cli.output import progress, say, show_json

if TYPE_CHECKING:
    from asknext.core.home import Home
    from asknext.core.protocols import Store
    from asknext.core.settings import Settings


def new(
    project: ProjectArgument,
    file: Annotated[
        Path | None, typer.Argument(help="File of texts to bring in at once.", show_default=False)
    ] = None,
    task: TaskOption = None,
    labels: LabelsOption = None,
    low: LowOption = None,
    high: HighOption = None,
    step: StepOption = None,
    what: WhatOption = None,
    text: TextOption = None,
    label: LabelOption = None,
    id: IdOption = None,
    column: ColumnOption = None,
    label_use: LabelUseOption = "seed",
    skip_bad: SkipBadOption = False,
    title: Annotated[str, typer.Option("--title", help="Title that people see.")] = "",
    encoder: EncoderOption = "auto",
    start_from: StartFromOption = None,
    strategy: Annotated[str, typer.Option("--strategy", help="What to ask next.")] = "auto",
    control: ControlOption = 0.1,
    wanted: WantedOption = 1,
    gear: GearOption = "auto",
    self_training: SelfTrainingOption = "auto",
    seed: Annotated[int, typer.Option("--seed", help="Root of all random numbers.")] = 0,
    guidelines: GuidelinesOption = None,
    home: HomeOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Make a project, with a file of texts or empty.

    Examples:

      asknext new tickets tickets.csv --labels "billing,delivery,other"

      asknext new trec questions.parquet --text text --label label --label-use gold

      asknext new reviews reviews.csv --task regression --label stars --low 1 --high 5

      asknext new names tokens.parquet --column tokens=words --column tags=ner

      asknext new complaints complaints.csv --start-from tickets
    """
    from asknext.cli.importing import choose_task, given_columns
    from asknext.core.settings import Settings

    place = find_home(home)
    names = [part.strip() for part in (labels or "").split(",") if part.strip()]
    said = {"kind": task, "labels": names, "low": low, "high": high, "step": step, "what": what}
    made, mapping = choose_task(file, said, given_columns(column, text=text, label=label, id=id))
    settings = Settings(
        name=project,
        task=made,
        title=title,
        encoder=encoder,
        strategy=strategy,
        control=control,
        gear=gear,
        self_training=self_training,
        wanted=wanted,
        seed=seed,
        guidelines=guidelines.read_text(encoding="utf-8") if guidelines else "",
    )
    database = open_store(place, store)
    _create(database, place, settings, start_from)
    found: dict[str, Any] = {}
    if file is not None:
        found = _bring_in(database, place, project, file, mapping, label_use, skip_bad, json)
    shown = {"project": project, "task": made, "labels": made.get("labels", []), "import": found}
    shown["deep"] = dict(database.settings(project).deep)
    show_json(shown) if json else _tell(shown)


def _create(database: Store, place: Home, settings: Settings, start_from: str | None) -> None:
    from asknext.loop.projects import create_from, create_project

    if start_from:
        create_from(database, place, settings, start_from)
    else:
        create_project(database, settings)


def _bring_in(
    database: Store,
    place: Home,
    project: str,
    file: Path,
    mapping: dict[str, Any],
    label_use: str,
    skip_bad: bool,
    quiet: bool,
) -> dict[str, Any]:
    """Import the file; a project whose file cannot be read is not left behind."""
    from asknext.cli.importing import bad_rows
    from asknext.loop.projects import import_file

    try:
        with progress("reading", quiet=quiet) as bar, bad_rows(file, skip_bad) as bad:
            return import_file(
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
        database.delete(project)
        raise


def _tell(shown: dict[str, Any]) -> None:
    found = shown["import"]
    say(f"project [bold]{shown['project']}[/bold], {_described(shown['task'])}")
    if found:
        say(
            f"{found['new']} texts, {found['copies']} exact copies, {found['near']} "
            f"near-duplicates, {found['seeded']} labels from the file"
        )
    if found.get("notice"):
        say(f"[yellow]{found['notice']}[/yellow]")
    if shown["deep"]:
        say(
            f"from {shown['deep']['first']} labels on a fine-tuned model is tried beside it, and "
            "serves from when it is clearly better (--gear off: never)"
        )
    say("next: [bold]asknext serve[/bold]")


def _described(task: dict[str, Any]) -> str:
    """Say in words what a task is."""
    kind, names = task["kind"], task.get("labels")
    if names is not None:
        more = " …" if len(names) > 12 else ""
        return f"{kind}, {len(names)} labels: {', '.join(names[:12])}{more}"
    if kind == "regression":
        return f"{kind}, from {task['low']:g} to {task['high']:g} in steps of {task['step']:g}"
    return f"{kind}: {task['what']}" if task.get("what") else str(kind)
