"""Options that several commands share, written once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from asknext.core.home import Home

if TYPE_CHECKING:
    from asknext.core.protocols import Store

HomeOption = Annotated[
    Path | None,
    typer.Option(
        "--home",
        envvar="ASKNEXT_HOME",
        help="Folder of asknext's files; ~/.asknext if not given.",
        show_default=False,
    ),
]
StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        envvar="ASKNEXT_STORE",
        help="Database URL: sqlite:///FILE or postgresql://…; SQLite in the home if not given.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
ProjectArgument = Annotated[str, typer.Argument(help="Name of the project.", show_default=False)]
TextOption = Annotated[
    str | None, typer.Option("--text", help="Column of the text; guessed if not given.")
]
LabelOption = Annotated[
    str | None,
    typer.Option(
        "--label", help="Column of the label, number, text or spans; guessed if not given."
    ),
]

ColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="ROLE=NAME",
        help="Column of another role: text_pair, tokens, tags, a, b, chosen, rejected, draft.",
        show_default=False,
    ),
]
IdOption = Annotated[str | None, typer.Option("--id", help="Column of the id.")]
LabelUseOption = Annotated[
    str,
    typer.Option(
        "--label-use", help="What the label column is: seed (answers), gold (hidden), meta."
    ),
]
SkipBadOption = Annotated[
    bool, typer.Option("--skip-bad", help="Leave bad rows out and write them to a file.")
]
DeepOption = Annotated[
    str | None,
    typer.Option(
        "--deep", help="Also fine-tune a deep model from this base: minilm, a folder, a name."
    ),
]
DeepEveryOption = Annotated[
    int, typer.Option("--deep-every", min=1, help="Labels between two deep trainings.")
]
EncoderOption = Annotated[
    str, typer.Option("--encoder", help="auto, minilm, tfidf, or a model name or folder.")
]
ControlOption = Annotated[
    float, typer.Option("--control", help="Share of random questions, for measuring.")
]
WantedOption = Annotated[int, typer.Option("--wanted", help="How many people answer each example.")]
GearOption = Annotated[
    str,
    typer.Option(
        "--gear", help="Change to a fine-tuned model where it is clearly better: auto, off."
    ),
]
SelfTrainingOption = Annotated[
    str,
    typer.Option("--self-training", help="Learn from texts without a label too: auto, on, off."),
]
StartFromOption = Annotated[
    str | None,
    typer.Option("--start-from", help="Take the vectors of this project's fine-tuned model over."),
]
GuidelinesOption = Annotated[
    Path | None,
    typer.Option("--guidelines", help="Text file shown to annotators.", show_default=False),
]
TaskOption = Annotated[
    str | None,
    typer.Option(
        "--task",
        help="classification, multi_label, regression, tagging, generation or preference; "
        "guessed from the file if not given.",
        show_default=False,
    ),
]
LabelsOption = Annotated[
    str | None, typer.Option("--labels", help="Labels, separated by commas.", show_default=False)
]
LowOption = Annotated[
    float | None,
    typer.Option("--low", help="regression: lowest number of the scale.", show_default=False),
]
HighOption = Annotated[
    float | None,
    typer.Option("--high", help="regression: highest number of the scale.", show_default=False),
]
StepOption = Annotated[
    float | None,
    typer.Option("--step", help="regression: what the slider moves by.", show_default=False),
]
WhatOption = Annotated[
    str | None,
    typer.Option(
        "--what",
        help="generation: what to write; preference: what to judge by.",
        show_default=False,
    ),
]


def find_home(home: Path | None) -> Home:
    """Return the home folder, made if it is not there."""
    return Home.find(home)


def open_store(home: Home, url: str | None) -> Store:
    """Open the database, creating and upgrading its tables."""
    from asknext.store.opening import open_store as open_url

    return open_url(url or home.store_url)
