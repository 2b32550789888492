"""Taking away: labels in any format, the model as a folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asknext._version import __version__
from asknext.core import registry
from asknext.core.batch import Batch
from asknext.core.errors import NotReady
from asknext.core.examples import Example
from asknext.loop.deep.folders import RunFolder
from asknext.loop.deep.loading import Portable, model_of
from asknext.loop.deep.material import gather, unlabelled
from asknext.loop.deep.starting import START, TUNED, named
from asknext.loop.encoding import COMPARED, encoder_folder, walk
from asknext.loop.live import Live
from asknext.loop.measuring import Quality, from_scores, score

if TYPE_CHECKING:
    from asknext.core.protocols import Encoder, Model

LIBRARIES = ("torch", "transformers")
MOST = 1000  # texts on which a deep model is measured when it is taken away
CHECKED = 32  # texts on which a graph is compared with the model that it was made of


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
    if (weights := _weights(live)) is not None:
        taken = Portable(taken, live.settings, weights)
    registry.get("service", "model.export")(
        Path(folder), task=live.task, encoder=taken, model=model, card=_card(live, report)
    )


def _weights(live: Live) -> Path | None:
    """Return the folder of the project's own weights that the encoder reads, if any."""
    space = live.serving.space
    if space is not None and space.caches.run:
        return RunFolder(live.home, live.project, space.caches.run).model
    own = live.home.project(live.project) / START
    spec = live.settings.encoder.removeprefix(COMPARED)
    return own if spec.startswith(TUNED) and own.is_dir() else None


def _card(live: Live, report: Mapping[str, Any]) -> dict[str, Any]:
    """Return what every model card says of the project."""
    return {
        "project": live.settings.title or live.project,
        "asknext": __version__,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "seed": live.settings.seed,
        "versions": {name: found for name in LIBRARIES if (found := _version(name))},
        **{name: report[name] for name in ("counts", "classes", "quality", "strategy")},
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def export_standard(live: Live, folder: Path, report: Mapping[str, Any]) -> None:
    """Write the serving deep model as a standard Hugging Face folder with a model card.

    Raises:
        NotReady: no deep model serves.
        NotFound: its files are not on this machine.
    """
    live.sync()
    source, card = _deep(live, report, f"asknext export {live.project} FOLDER --model")
    registry.get("service", "model.export_standard")(Path(folder), source=source, card=card)


def export_onnx(live: Live, folder: Path, report: Mapping[str, Any]) -> dict[str, Any]:
    """Write what serves as one ONNX graph from token ids to answers; return what was checked.

    That is the deep model where one serves, else encoder and quick model in one graph.

    Raises:
        NotReady: nothing has been learnt yet.
        Unsupported: a model or an encoder that cannot be a graph; the message says which can.
    """
    live.sync()
    if live.state.serving_run:
        source, card = _deep(live, report, "")
        found = registry.get("service", "model.export_onnx")(
            Path(folder), source=source, task=live.task, card=card, texts=_sample(live)
        )
        return dict(found)
    encoder, model = _ready(live)
    space = live.serving.space
    if space is not None and space.ready is None:
        labelled, _ = live.labelled()
        model = live.learner.calibrated(model, space, labelled)
    found = registry.get("service", "model.export_head_onnx")(
        Path(folder),
        task=live.task,
        encoder=encoder,
        model=model,
        card=_card(live, report),
        texts=_sample(live),
    )
    return dict(found)


def _sample(live: Live) -> list[Example]:
    """Return a few texts of the pool on which an export is checked."""
    return unlabelled(live, CHECKED) or gather(live).of(gather(live).ids[:CHECKED])[0]


def _deep(live: Live, report: Mapping[str, Any], instead: str) -> tuple[Path, dict[str, Any]]:
    """Return folder and card of the deep model that serves; NotReady where none does."""
    run = live.state.serving_run
    if not run:
        raise NotReady(
            f"no fine-tuned model serves project {live.project!r}, so there is no Hugging Face "
            f"folder to take; train one: asknext train {live.project} --base minilm — or take "
            f"the model that learns at once: {instead}"
        )
    model = model_of(live, run)
    kept, told = RunFolder(live.home, live.project, run), live.state.ledger.get(run)
    alone = _alone(live, model, set(kept.record().get("learnt", ())))
    writes = live.task.form()["kind"] == "write"
    return kept.model, {
        **_card(live, report),
        "quality": None if alone is None else alone.to_json(),
        "serving": None if writes else report["quality"],
        "run": run,
        "hash": told.made.get("hash", ""),
        "started_from": named(told.start.get("source")),
    }


def _alone(live: Live, model: Model, learnt: Set[str]) -> Quality | None:
    """Measure a deep model by itself: on the test set, else on random answers it never learnt."""
    rows, actual = live.test_rows()
    examples, source = live.load(rows[:MOST]), "test"
    if not examples:
        asked = [id for id in live.control_ids() if id not in learnt][:MOST]
        examples, actual = gather(live).of(asked)
        source = "held_out"
    if not examples:
        return None
    prediction = model.predict(Batch(len(examples), load=lambda: examples))
    return from_scores(live.task, score(live.task, prediction, actual[:MOST]), source)


def predict(live: Live, texts: Sequence[str | Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Predict new texts with the serving model; the encoder is loaded on first use.

    A text is a string, or the fields of an example.
    """
    encoder, model = _ready(live)
    found: list[dict[str, Any]] = registry.get("service", "model.answers")(
        live.task, encoder, model, texts, shown=live.serving.calibrated
    )
    return found
