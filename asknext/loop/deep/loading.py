"""Loading: the model of a finished run, as it was trained."""

from __future__ import annotations

import shutil
from pathlib import Path

from asknext.core import registry
from asknext.core.errors import NotFound
from asknext.core.protocols import Encoder, Model
from asknext.core.settings import Settings
from asknext.loop.deep.folders import RunFolder
from asknext.loop.encoding import PAIRED, encoder_spec
from asknext.loop.live import Live


def model_of(live: Live, run: str) -> Model:
    """Return the model of a run; NotFound where its files are not here."""
    folder = RunFolder(live.home, live.project, run)
    if not folder.complete:
        raise NotFound(f"the files of run {run!r} are not on this machine: {folder.path}")
    kind: type[Model] = registry.get("model", str(live.state.ledger.get(run).start["model"]))
    return kind.load(folder.model, live.task)


def encoder_for(settings: Settings, weights: Path) -> Encoder:
    """Return the encoder that a trained model is to this project, as `encoder_spec` says it."""
    tuned: Encoder = registry.get("encoder", "tuned")(weights)
    if not encoder_spec(settings).startswith(PAIRED):
        return tuned
    both: Encoder = registry.get("encoder", PAIRED.rstrip(":"))(tuned)
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
