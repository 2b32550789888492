"""Taking away: labels in any format, the model as a folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from asknext._version import __version__
from asknext.core import registry
from asknext.core.batch import Batch
from asknext.core.errors import NotReady
from asknext.core.examples import text_example
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
    if live.serving.model is None:
        raise NotReady("there is no model yet; label a few examples first")
    space = live.serving.space
    run = "" if space is None else space.caches.run
    folder = encoder_folder(live.home, live.project, run)
    return registry.get("service", "encoder.load")(folder), live.serving.model


def export_model(live: Live, folder: Path, report: Mapping[str, Any]) -> None:
    """Write encoder, model and a card of the report; `asknext.load_model` reads the folder.

    Raises:
        NotReady: nothing has been learnt yet.
    """
    encoder, model = _ready(live)
    if live.serving.space is not None:
        labelled, _ = live.labelled()
        model = live.learner.calibrated(model, live.serving.space, labelled)
    registry.get("service", "model.export")(
        Path(folder),
        task=live.task,
        encoder=encoder,
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


def predict(live: Live, texts: Sequence[str]) -> list[dict[str, Any]]:
    """Predict new texts with the serving model; the encoder is loaded on first use."""
    encoder, model = _ready(live)
    if not len(texts):
        return []
    vectors = np.asarray(encoder.encode([text_example(text) for text in texts]))
    prediction = live.serving.calibrated(model.predict(Batch(len(texts), vectors=vectors)))
    values = live.task.values(prediction)
    confidence = live.task.confidence(prediction)
    return [
        {
            "value": value,
            "confidence": float(sure),
            "proba": dict(zip(prediction.classes, map(float, row), strict=True)),
        }
        for value, sure, row in zip(values, confidence, prediction.proba, strict=True)
    ]
