"""``asknext export``: labels or the model, to take away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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

if TYPE_CHECKING:
    from asknext.loop.session import Session

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
        Path, typer.Argument(help="File, or folder for a model.", show_default=False)
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
        bool, typer.Option("--model", help="Write what serves, for asknext to load.")
    ] = False,
    hf: Annotated[
        bool,
        typer.Option("--hf", help="Write the fine-tuned model, for transformers to load."),
    ] = False,
    onnx: Annotated[
        bool, typer.Option("--onnx", help="Write what serves as one graph, for onnxruntime.")
    ] = False,
    home: HomeOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Take the labels away as a file, or a model as a folder with a model card.

    Examples:

      asknext export tickets labels.csv

      asknext export tickets labels.json --format label-studio

      asknext export names tags.conll

      asknext export tickets my_model --model

      asknext export tickets my_model --hf

      asknext export tickets my_graph --onnx
    """
    from asknext.core.errors import InvalidInput
    from asknext.loop.session import Session

    place = find_home(home)
    chosen_models = [name for name, on in (("model", model), ("hf", hf), ("onnx", onnx)) if on]
    if len(chosen_models) > 1:
        raise InvalidInput(f"choose one of --{', --'.join(chosen_models)}")
    session = Session(open_store(place, store), project, place)
    if chosen_models:
        shown, sentence = _model(session, chosen_models[0], target)
        show_json(shown) if json else say(sentence)
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


def _model(session: Session, kind: str, target: Path) -> tuple[dict[str, Any], str]:
    """Write the model; return what to print as JSON, and as a sentence."""
    if kind == "model":
        session.export_model(target)
        return {"model": str(target)}, f"model written to {target}"
    if kind == "hf":
        session.export_standard(target)
        return {"hf": str(target)}, f"Hugging Face folder written to {target}; see its README.md"
    found = session.export_onnx(target)
    sentence = (
        f"graph written to {target}: on {found['texts']} texts its outputs differ from the "
        f"model's by {found['difference']:.1e} at most"
    )
    return {"onnx": str(target), **found}, sentence
