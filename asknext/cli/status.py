"""``asknext status``: where projects stand."""

from __future__ import annotations

from typing import Annotated

import typer

from asknext.cli.options import HomeOption, JsonOption, StoreOption, find_home, open_store
from asknext.cli.output import console, say, show_json
from asknext.cli.stop import told


def status(
    project: Annotated[
        str | None, typer.Argument(help="Name of a project; all if not given.", show_default=False)
    ] = None,
    home: HomeOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Show where a project stands, or list all projects.

    Examples:

      asknext status

      asknext status tickets --json
    """
    from asknext.loop.session import Session

    place = find_home(home)
    database = open_store(place, store)
    if project is not None:
        session = Session(database, project, place)
        session.train()
        shown = {"project": project, **session.status()}
        show_json(shown) if json else _tell(shown)
        return
    rows = []
    for settings in database.projects():
        counts = Session(database, settings.name, place).counts()
        rows.append({"project": settings.name, "title": settings.title, **counts})
    if json:
        show_json({"projects": rows})
        return
    _table(rows)


def _table(rows: list[dict[str, object]]) -> None:
    from rich.table import Table

    if not rows:
        say("no projects yet; try [bold]asknext demo[/bold] or [bold]asknext new --help[/bold]")
        return
    table = Table("project", "title", "texts", "encoded", "labelled")
    for row in rows:
        table.add_row(*(str(row[x]) for x in ("project", "title", "pool", "encoded", "labelled")))
    console().print(table)


def _tell(shown: dict[str, object]) -> None:
    counts = shown["counts"]
    quality = shown["quality"]
    assert isinstance(counts, dict)  # the session's own report
    say(f"[bold]{shown['project']}[/bold]")
    say(f"texts     {counts['pool']} ({counts['encoded']} encoded, {counts['copies']} copies)")
    say(
        f"labelled  {counts['labelled']} ({counts['skipped']} skipped, {counts['flagged']} flagged)"
    )
    say(f"quality   {sentence(quality)}")
    say(f"          {trust(quality)}")
    say(f"          {taught(shown['self_training'])}")
    stops = shown["stop"]
    assert isinstance(stops, list)  # the session's own report
    for verdict in stops:
        say(told(verdict))


def sentence(quality: object) -> str:
    """Say a quality in words."""
    if not isinstance(quality, dict):
        return "not measured yet"
    where = "the test set" if quality["source"] == "test" else "questions drawn at random"
    return (
        f"{quality['estimate']:.1%} {quality['metric']} (95 % between {quality['low']:.1%} and "
        f"{quality['high']:.1%}, from {quality['n']} answers to {where})"
    )


def trust(quality: object) -> str:
    """Say whether probabilities mean what they say."""
    found = quality.get("trust") if isinstance(quality, dict) else None
    if not found:
        return "how far its probabilities can be trusted is not measured yet"
    return (
        f"it thinks itself right in {found['confidence']:.1%}, and is in {found['right']:.1%} "
        f"(calibration error {found['error']:.3f})"
    )


REASONS = {
    "few labels": "too few labels to check whether it helps",
    "many labels": "enough labels without it",
    "one class": "fewer than two common classes",
}


def taught(found: object) -> str:
    """Say whether the model learns from texts without a label, and why."""
    assert isinstance(found, dict)  # the session's own report
    if not found["serves"]:
        return "self-training off: not for this task or model"
    state = "on" if found["on"] else "off"
    check = found["check"]
    if found["wanted"] == "off" or check is None:
        return f"self-training {state}: {'as set' if found['wanted'] != 'auto' else 'unchecked'}"
    if check["reason"] in REASONS:
        return f"self-training {state}: {REASONS[check['reason']]}"
    return (
        f"self-training {state}: with {check['pseudo']} pseudo-labels {check['after']:.1%} of "
        f"{check['n']} held-back labels were right, without {check['before']:.1%} "
        f"(log-loss fell by {check['gain']:.3f} ± {check['error']:.3f})"
    )
