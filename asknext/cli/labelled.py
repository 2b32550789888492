"""Labelled files: what commands that play the oracle read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asknext.cli.output import progress
from asknext.core.examples import POOL, TEST

if TYPE_CHECKING:
    from asknext.core.examples import Example
    from asknext.core.tasks import Task

LabelledArgument = Annotated[
    Path, typer.Argument(help="Labelled file: the pool.", show_default=False)
]
TestOption = Annotated[
    Path | None,
    typer.Option("--test", help="Labelled test file; a fifth of the pool if not given."),
]
BudgetOption = Annotated[int, typer.Option("--budget", min=1, help="Labels to spend.")]
BatchOption = Annotated[int, typer.Option("--batch", min=1, help="Labels between trainings.")]
JobsOption = Annotated[int, typer.Option("--jobs", help="Processes; 0 takes one per core.")]


def read_both(
    file: Path, test: Path | None, kind: str | None, columns: dict[str, str], quiet: bool
) -> tuple[Task, list[Example], list[Example]]:
    """Return the task, the pool and the examples to test on."""
    from asknext.cli.importing import choose_task
    from asknext.core.settings import task_from_json
    from asknext.loop.world import hold_out, read_labelled

    made, mapping = choose_task(file, {"kind": kind}, columns)
    there = mapping
    if test is not None:
        asked, there = choose_task(test, {"kind": made["kind"]}, columns)
        made = _joined(made, asked)
    task = task_from_json(made)
    with progress("reading", quiet=quiet) as bar:
        pool = read_labelled(file, mapping, POOL, bar, task)
        if test is None:
            return task, *hold_out(pool)
        return task, pool, read_labelled(test, there, TEST, bar, task)


def _joined(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return the task of two files: the labels of both, the wider scale."""
    if "labels" in one:
        return {**one, "labels": sorted({*one["labels"], *other["labels"]})}
    if "low" in one:
        low, high = min(one["low"], other["low"]), max(one["high"], other["high"])
        return {**one, "low": low, "high": high}
    return one
