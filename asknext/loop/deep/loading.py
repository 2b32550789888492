"""Loading: the model of a finished run, as it was trained."""

from __future__ import annotations

import shutil
from pathlib import Path

from asknext.core import registry
from asknext.core.errors import NotFound
from asknext.core.protocols import Encoder, Model
from asknext.loop.deep.folders import RunFolder
from asknext.loop.live import Live


def model_of(live: Live, run: str) -> Model:
    """Return the model of a run; NotFound where its files are not here."""
    folder = RunFolder(live.home, live.project, run)
    if not folder.complete:
        raise NotFound(f"the files of run {run!r} are not on this machine: {folder.path}")
    kind: type[Model] = registry.get("model", str(live.state.ledger.get(run).start["model"]))
    return kind.load(folder.model, live.task)


class Portable:
    """Be the encoder of a run that takes its weights along when it is saved."""

    def __init__(self, encoder: Encoder, model: Path) -> None:
        self.name = encoder.name
        self.revision = encoder.revision
        self.dim = encoder.dim
        self.sentence_dim = encoder.sentence_dim
        self.encode = encoder.encode
        self._model = model

    def save(self, folder: Path) -> None:
        """Write the weights, and where they are from there."""
        shutil.copytree(self._model, folder / "weights")
        encoder: Encoder = registry.get("encoder", self.name)(folder / "weights")
        encoder.save(folder)
