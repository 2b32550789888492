"""Loading: the model of a finished run, as it was trained."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from asknext.core import registry
from asknext.core.errors import NotFound
from asknext.core.protocols import Encoder, Model
from asknext.core.settings import Settings
from asknext.loop.deep.folders import RunFolder
from asknext.loop.encoding import COMPARED, PAIRED, encoder_spec
from asknext.loop.live import Live


def model_of(live: Live, run: str) -> Model:
    """Return the model of a run; NotFound where its files are not here."""
    folder = RunFolder(live.home, live.project, run)
    if not folder.complete:
        raise NotFound(f"the files of run {run!r} are not on this machine: {folder.path}")
    kind: type[Model] = registry.get("model", str(live.state.ledger.get(run).start["model"]))
    return kind.load(folder.model, live.task)


def encoder_for(settings: Settings, weights: Path) -> Encoder:
    """Return the encoder that a trained model is to this project, as `encoder_spec` says it.

    A model that was tuned to compare texts has them compared; one that read them together reads
    them together.
    """
    tuned: Any = registry.get("encoder", "tuned")(weights)
    if encoder_spec(settings).startswith(PAIRED):
        return _wrapped(PAIRED, tuned)
    return _wrapped(COMPARED, tuned) if tuned.compares else tuned


def _wrapped(kind: str, inner: Encoder) -> Encoder:
    both: Encoder = registry.get("encoder", kind.rstrip(":"))(inner)
    return both


class Portable:
    """Be the encoder of a run that takes its weights along when it is saved."""

    def __init__(self, encoder: Encoder, settings: Settings, model: Path) -> None:
        self._settings = settings
        self.name = encoder.name
        self.revision = encoder.revision
        self.dim = encoder.dim
        self.sentence_dim = encoder.sentence_dim
        self.encode = encoder.encode
        self._model = model

    def save(self, folder: Path) -> None:
        """Write the weights, and where they are from there."""
        shutil.copytree(self._model, folder / "weights")
        encoder_for(self._settings, folder / "weights").save(folder)
