"""Taking away: labels in any format, the model as a folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asknext._version import __version__
from asknext.core import registry
from asknext.core.errors import NotReady
from asknext.loop.deep.folders import RunFolder
from asknext.loop.deep.loading import Portable, model_of
from asknext.loop.encoding import encoder_folder, walk
from asknext.loop.live import Live

if TYPE_CHECKING:
    from asknext.core.protocols import Encoder, Model


def export_labels(live: Live, format: str, path: Path) -> int:
    """Write every example with its label and answers; copies carry the label of the first."""
    write = registry.get("writer", format)
    live.sync()
    return int(write(_rows(live), Path(path)))


def _rows(live: Live) -> Iterator[dict[str, Any]]:
    task = live.task.to_json()
    state = live.state
    for example in walk(live.store, live.project):
        source = example.copy_of or example.id
        yield {
            "id": example.id,
            "fields": dict(example.fields),
            "meta": dict(example.meta),
            "label": state.labels.get(source),
            "copy_of": example.copy_of,
            "split": example.split,
            "answers": [said.to_json() for said in state.current.get(source, {}).values()],
            "task": task,
        }


def _ready(live: Live) -> tuple[Encoder, Model]:
    """Return encoder and model that serve now; a model that writes is loaded as it is."""
    space, model = live.serving.space, live.serving.model
    if model is None or space is None:
        raise NotReady("there is no model yet; label a few examples first")
    folder = encoder_folder(live.home, live.project, space.caches.run)
    encoder = registry.get("service", "encoder.load")(folder)
    return encoder, model if space.ready is None else model_of(live, live.run)


def export_model(live: Live, folder: Path, report: Mapping[str, Any]) -> None:
    """Write encoder, model and a card of the report; `asknext.load_model` reads the folder.

    Raises:
        NotReady: nothing has been learnt yet.
    """
    taken: Any
    taken, model = _ready(live)
    space = live.serving.space
    if space is not None and space.ready is None:
        labelled, _ = live.labelled()
        model = live.learner.calibrated(model, space, labelled)
    if space is not None and space.caches.run:
        weights = RunFolder(live.home, live.project, space.caches.run).model
        taken = Portable(taken, live.settings, weights)
    registry.get("service", "model.export")(
        Path(folder),
        task=live.task,
        encoder=taken,
        model=model,
        card={
            "project": live.settings.title or live.project,
            "asknext": __version__,
            "date": datetime.now(UTC).strftime("%Y-%m-%d"),
            "counts": report["counts"],
            "classes": report["classes"],
            "quality": report["quality"],
            "strategy": report["strategy"],
        },
    )


def predict(live: Live, texts: Sequence[str | Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Predict new texts with the serving model; the encoder is loaded on first use.

    A text is a string, or the fields of an example.
    """
    encoder, model = _ready(live)
    found: list[dict[str, Any]] = registry.get("service", "model.answers")(
        live.task, encoder, model, texts, shown=live.serving.calibrated
    )
    return found
