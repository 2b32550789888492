"""``asknext predict``: use an exported model."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asknext.cli.options import LabelOption, TextOption
from asknext.cli.output import note, show_json

if TYPE_CHECKING:
    from asknext.core.tasks import Task

Given = str | dict[str, Any]

BLOCK = 2048


def predict(
    model: Annotated[Path, typer.Argument(help="Folder of an exported model.", show_default=False)],
    file: Annotated[
        Path | None,
        typer.Argument(help="File of texts; standard input, a line each, if not given."),
    ] = None,
    text: TextOption = None,
    label: LabelOption = None,
    evaluate: Annotated[
        bool, typer.Option("--evaluate", help="Compare with the label column; print the figures.")
    ] = False,
) -> None:
    """Predict texts with an exported model: one JSON object per line.

    Examples:

      asknext predict my_model new.csv --text message > predictions.jsonl

      echo "where is my parcel" | asknext predict my_model

      asknext predict my_model test.parquet --label label --evaluate
    """
    from asknext.models.exported import load_model

    loaded = load_model(model)
    if evaluate:
        if file is None:
            raise typer.BadParameter("--evaluate needs a file with labels")
        pairs = [pair for pair in _rows(file, text, label, loaded.task) if pair[1] is not None]
        show_json(loaded.evaluate([given for given, _ in pairs], [value for _, value in pairs]))
        return
    for block in _blocks(_given(file, text, loaded.task)):
        for given, found in zip(block, loaded.predict(block), strict=True):
            show_json({**({"text": given} if isinstance(given, str) else given), **found})


def _given(file: Path | None, text: str | None, task: Task) -> Iterator[Given]:
    if file is None:
        yield from (line.rstrip("\n") for line in sys.stdin if line.strip())
        return
    for given, _ in _rows(file, text, None, task, answers=False):
        yield given


def _rows(
    file: Path, text: str | None, label: str | None, task: Task, *, answers: bool = True
) -> Iterator[tuple[Given, object]]:
    """Read (text, label); an example of more than a text comes as its fields."""
    from asknext.cli.importing import mapping_of
    from asknext.data.examples import read_examples

    skipped = 0

    def count(_: object) -> None:
        nonlocal skipped
        skipped += 1

    mapping = mapping_of(file, text, label, kind=task.kind)
    if not answers:  # what stands there need not be answers to this task
        mapping = {role: name for role, name in mapping.items() if role not in ("label", "tags")}
    for example, value in read_examples(file, mapping, task=task, on_bad=count):
        plain = set(example.fields) == {"text"}
        yield example.text if plain else dict(example.fields), value
    if skipped:
        note(f"{skipped} unreadable row(s) left out")


def _blocks(texts: Iterable[Given]) -> Iterator[list[Given]]:
    source = iter(texts)
    while block := list(islice(source, BLOCK)):
        yield block
