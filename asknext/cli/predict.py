"""``asknext predict``: use an exported model."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from asknext.cli.options import LabelOption, TextOption
from asknext.cli.output import note, show_json

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
        texts, labels = _labelled(file, text, label)
        show_json(loaded.evaluate(texts, labels))
        return
    for block in _blocks(_texts(file, text)):
        for given, found in zip(block, loaded.predict(block), strict=True):
            show_json({"text": given, **found})


def _texts(file: Path | None, text: str | None) -> Iterator[str]:
    if file is None:
        yield from (line.rstrip("\n") for line in sys.stdin if line.strip())
        return
    for given, _ in _rows(file, text, None):
        yield given


def _labelled(file: Path, text: str | None, label: str | None) -> tuple[list[str], list[object]]:
    pairs = [(given, value) for given, value in _rows(file, text, label) if value is not None]
    return [given for given, _ in pairs], [value for _, value in pairs]


def _rows(file: Path, text: str | None, label: str | None) -> Iterator[tuple[str, object]]:
    from asknext.cli.importing import mapping_of
    from asknext.data.examples import read_examples

    skipped = 0

    def count(_: object) -> None:
        nonlocal skipped
        skipped += 1

    for example, value in read_examples(file, mapping_of(file, text, label), on_bad=count):
        yield example.text, value
    if skipped:
        note(f"{skipped} unreadable row(s) left out")


def _blocks(texts: Iterable[str]) -> Iterator[list[str]]:
    source = iter(texts)
    while block := list(islice(source, BLOCK)):
        yield block
