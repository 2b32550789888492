"""Taking away: labels in any format, the model as a folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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

if TYPE_CHECKING:
    from asknext.core.protocols import Encoder, Model
    from asknext.loop.session import Session


def export_labels(session: Session, format: str, path: Path) -> int:
    """Write every example with its label and answers; copies carry the label of the first."""
    write = registry.get("writer", format)
    session.sync()
    return int(write(_rows(session), Path(path)))


def _rows(session: Session) -> Iterator[dict[str, Any]]:
    task = session.task.to_json()
    state = session.state
    for example in walk(session.store, session.project):
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


def _ready(session: Session) -> tuple[Encoder, Model]:
    if session.serving.model is None and session.state.labels:
        session.train()  # a service keeps its model fresh itself, and never trains to answer
    if session.serving.model is None:
        raise NotReady("there is no model yet; label a few examples first")
    encoder = registry.get("service", "encoder.load")(encoder_folder(session.home, session.project))
    return encoder, session.serving.model


def export_model(session: Session, folder: Path) -> None:
    """Write encoder, model and card; `asknext.load_model` reads the folder."""
    encoder, model = _ready(session)
    if session.vectors is not None:
        labelled, _ = session.labelled()
        model = session.learner.calibrated(model, session.vectors, session.positions, labelled)
    report = session.report()
    registry.get("service", "model.export")(
        Path(folder),
        task=session.task,
        encoder=encoder,
        model=model,
        card={
            "project": session.settings.title or session.project,
            "asknext": __version__,
            "date": datetime.now(UTC).strftime("%Y-%m-%d"),
            "counts": report["counts"],
            "classes": report["classes"],
            "quality": report["quality"],
            "strategy": report["strategy"],
        },
    )


def predict(session: Session, texts: Sequence[str]) -> list[dict[str, Any]]:
    """Predict new texts with the serving model; the encoder is loaded on first use."""
    encoder, model = _ready(session)
    if not len(texts):
        return []
    vectors = np.asarray(encoder.encode([text_example(text) for text in texts]))
    prediction = session.serving.calibrated(model.predict(Batch(len(texts), vectors=vectors)))
    values = session.task.values(prediction)
    confidence = session.task.confidence(prediction)
    return [
        {
            "value": value,
            "confidence": float(sure),
            "proba": dict(zip(prediction.classes, map(float, row), strict=True)),
        }
        for value, sure, row in zip(values, confidence, prediction.proba, strict=True)
    ]
