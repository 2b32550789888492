"""``asknext new``: make a project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asknext.cli.options import (
    EncoderOption,
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

if TYPE_CHECKING:
    from asknext.core.home import Home
    from asknext.core.protocols import Store


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
    id: IdOption = None,
    label_use: LabelUseOption = "seed",
    skip_bad: SkipBadOption = False,
    title: Annotated[str, typer.Option("--title", help="Title that people see.")] = "",
    encoder: EncoderOption = "auto",
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
    from asknext.core.errors import InvalidInput
    from asknext.core.settings import Settings
    from asknext.core.tasks import Classification
    from asknext.loop.projects import create_project

    place = find_home(home)
    names = [part.strip() for part in (labels or "").split(",") if part.strip()]
    if not names and file is None:
        raise InvalidInput("a project needs labels: give --labels a,b,c or a file that has them")
    mapping, names = _columns(file, text, label, id, names)
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
    found: dict[str, Any] = {}
    if file is not None:
        found = _bring_in(database, place, project, file, mapping, label_use, skip_bad, json)
    shown = {"project": project, "labels": names, "import": found}
    show_json(shown) if json else _tell(shown)


def _columns(
    file: Path | None, text: str | None, label: str | None, id: str | None, names: list[str]
) -> tuple[dict[str, Any], list[str]]:
    """Return the file's columns and the labels: those given, or those in the file."""
    from asknext.cli.importing import mapping_of
    from asknext.loop.opening import labels_in

    if file is None:
        return {}, names
    mapping = mapping_of(file, text, label, id)
    return mapping, names or labels_in(file, mapping)


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
    names, found = shown["labels"], shown["import"]
    more = " …" if len(names) > 12 else ""
    listed = ", ".join(names[:12]) + more
    say(f"project [bold]{shown['project']}[/bold], {len(names)} labels: {listed}")
    if found:
        say(
            f"{found['new']} texts, {found['copies']} exact copies, {found['near']} "
            f"near-duplicates, {found['seeded']} labels from the file"
        )
    if found.get("notice"):
        say(f"[yellow]{found['notice']}[/yellow]")
    say("next: [bold]asknext serve[/bold]")
