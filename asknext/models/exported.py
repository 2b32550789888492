"""Exported models: a folder with encoder, model and card that anybody with asknext can load.

Layout: ``asknext.json`` (format, versions, task, names), ``encoder/``, ``model/`` and
``README.md``, the model card. Arrays, JSON and text only; nothing in it is ever executed.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from asknext._version import __version__
from asknext.core import registry
from asknext.core.errors import AlreadyExists, InvalidInput, NotFound
from asknext.core.protocols import Encoder, Model
from asknext.core.settings import task_from_json
from asknext.core.tasks import Task
from asknext.models.answering import Given, answers, example_of
from asknext.models.card import write_card

FORMAT = 1
ABOUT = "asknext.json"
GRAPH = "graph.json"
MARKS = (ABOUT, GRAPH)  # what a folder that an export may replace holds


@dataclass(frozen=True)
class ExportedModel:
    """Answer for new texts as the project's model did when it was exported."""

    task: Task
    encoder: Encoder
    model: Model
    card: Mapping[str, Any]

    def predict(self, texts: Sequence[Given]) -> list[dict[str, Any]]:
        """Return, for each text, ``value`` and ``confidence``, of labels also ``proba``.

        A text is a string, or the fields of an example (``{"text": …, "a": …, "b": …}``).
        ``proba`` maps each label to its probability.
        """
        return answers(self.task, self.encoder, self.model, texts)

    def evaluate(self, texts: Sequence[Given], labels: Sequence[Any]) -> dict[str, Any]:
        """Compare predictions with known labels.

        Returns ``metric``, ``estimate``, its 95 % interval ``low`` and ``high``, ``n``, and all
        that the task's metrics say. Raises InvalidInput for counts that differ, no texts, or a
        label that the task does not have.
        """
        if len(texts) != len(labels) or not len(texts):
            raise InvalidInput(
                f"evaluate needs as many labels as texts, at least one; given: {len(texts)} "
                f"texts, {len(labels)} labels"
            )
        fields = [example_of(text).fields for text in texts]
        actual = [self.task.validate(*pair) for pair in zip(labels, fields, strict=True)]
        predicted = [row["value"] for row in self.predict(texts)]
        metrics = registry.get("metrics", self.task.kind)(self.task)
        scores = np.asarray(metrics.scores(predicted, actual), dtype=float)
        low, high = registry.get("service", "evaluation.wilson")(float(scores.sum()), len(scores))
        return {
            **metrics.summary(predicted, actual),
            "metric": metrics.metric,
            "estimate": float(scores.mean()),
            "low": low,
            "high": high,
            "n": len(scores),
        }


def load_model(folder: str | Path) -> ExportedModel:
    """Load what `export_model` wrote.

    Raises:
        NotFound: the folder is not an exported model.
        InvalidInput: it is damaged, or of a format that this asknext does not know.
    """
    root = Path(folder)
    about = _about(root)
    task = task_from_json(about["task"])
    model = registry.get("model", about["model"]).load(root / "model", task)
    encoder = registry.get("service", "encoder.load")(root / "encoder")
    return ExportedModel(task, encoder, model, about["card"])


def _about(root: Path) -> dict[str, Any]:
    path = root / ABOUT
    if not path.is_file():
        raise NotFound(f"{root} is not an exported model: it has no {ABOUT}")
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidInput(f"{path} is damaged ({error}); export the model again") from error
    if isinstance(about, dict) and "auto" in about:
        raise InvalidInput(
            f"{root} is a Hugging Face folder, which transformers loads: {about['auto']}"
            ".from_pretrained(...); load_model reads what `asknext export PROJECT FOLDER --model` "
            "wrote"
        )
    if not isinstance(about, dict) or "format" not in about:
        raise InvalidInput(f"{path} does not describe an asknext model; export the model again")
    if about["format"] != FORMAT:
        raise InvalidInput(
            f"{root} has model format {about['format']!r}, written by asknext "
            f"{about.get('asknext', 'of unknown version')}; asknext {__version__} reads format "
            f"{FORMAT}. Install that version, or export the model again."
        )
    missing = [name for name in ("task", "model", "card") if name not in about]
    if missing:
        raise InvalidInput(f"{path} lacks {', '.join(missing)}; export the model again")
    return about


def export_model(
    folder: str | Path, *, task: Task, encoder: Encoder, model: Model, card: Mapping[str, Any]
) -> None:
    """Write a folder that `load_model` reads; an earlier export there is replaced.

    The folder appears complete or not at all. `card` is what `write_card` takes.

    Raises:
        AlreadyExists: there is something else under that name.
    """
    write_folder(Path(folder), lambda made: _write(made, task, encoder, model, card))


def write_folder(folder: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a folder that appears complete or not at all; an earlier export is replaced.

    Raises:
        AlreadyExists: there is something else under that name.
    """
    target = folder.absolute()
    _refuse_foreign(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as aside:
        made = Path(aside) / "new"  # mkdir, unlike mkdtemp, gives it the usual permissions
        made.mkdir()
        write(made)
        if target.exists():
            target.rename(Path(aside) / "old")
        made.rename(target)


def _refuse_foreign(target: Path) -> None:
    if not target.exists() or any((target / mark).is_file() for mark in MARKS):
        return
    if target.is_dir() and not any(target.iterdir()):
        return
    raise AlreadyExists(f"{target} exists and is not an asknext model; choose another folder")


def _write(made: Path, task: Task, encoder: Encoder, model: Model, card: Mapping[str, Any]) -> None:
    for part, thing in (("encoder", encoder), ("model", model)):
        (made / part).mkdir()
        thing.save(made / part)
    about = {
        "format": FORMAT,
        "asknext": __version__,
        "task": task.to_json(),
        "encoder": {"name": encoder.name, "revision": encoder.revision, "dim": encoder.dim},
        "model": model.name,
        "card": without_nan(card),
    }
    write_card(
        made / "README.md",
        task=about["task"],
        encoder=encoder.name,
        model=model.name,
        card={**about["card"], "revision": encoder.revision, **_calibration(model)},
    )
    text = json.dumps(about, ensure_ascii=False, indent=2, allow_nan=False)
    (made / ABOUT).write_text(text + "\n", encoding="utf-8")


def _calibration(model: Model) -> dict[str, Any]:
    """Return the head's temperature and why, where it has one."""
    found = getattr(model, "calibration", None)
    if found is None:
        return {}
    return {"calibration": {"temperature": found.temperature, "reason": found.reason}}


def without_nan(value: Any) -> Any:
    """Return JSON in which numbers that are not finite are null, as JSON has none."""
    if isinstance(value, Mapping):
        return {str(name): without_nan(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
