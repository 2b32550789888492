"""Building sides: what serves now, and what a training has made."""

from __future__ import annotations

import json
from pathlib import Path

from asknext.core.home import Home
from asknext.core.protocols import Encoder, Model
from asknext.loop.deep.folders import RunFolder
from asknext.loop.deep.loading import encoder_for, model_of
from asknext.loop.deep.plan import SCRATCH, Plan
from asknext.loop.deep.sides import Head, Side, Whole
from asknext.loop.encoding import caches_of, encoder_of
from asknext.loop.live import Live
from asknext.loop.space import Caches

WRITES = "write"  # the screen of tasks whose answers are texts: there the deep model predicts


class Sides:
    """Make the sides that a round compares; `folder` is that of its run."""

    def __init__(self, live: Live, plan: Plan, folder: RunFolder) -> None:
        self.live = live
        self.plan = plan
        self.folder = folder
        self.serving = live.state.serving_run
        self.writes = live.task.form()["kind"] == WRITES
        self.served = RunFolder(live.home, live.project, self.serving)

    def old(self) -> Side:
        """Return what serves now, fitted to nothing yet."""
        live = self.live
        if self.writes and self.serving and self.served.complete:
            return Whole(model_of(live, self.serving))
        encoder = encoder_of(live.store, live.home, live.project, self.serving)
        there = live.caches if live.run == self.serving else None
        return Head(live.settings, encoder, there or self._caches(live.home, encoder))

    def new(self, where: Path, *, aside: Path | None = None) -> Side:
        """Return what would serve; the vectors of a trial lie aside, and go with it."""
        if self.writes:
            return Whole(self.plan.kind.load(where, self.live.task))
        encoder = encoder_for(self.live.settings, where)
        if aside is not None:
            return Head(self.live.settings, encoder, self._caches(Home(aside), encoder))
        encoder.save(self.folder.encoder)
        caches = self._caches(self.live.home, encoder)
        self._note(caches)
        return Head(self.live.settings, encoder, caches)

    def before(self) -> Model | None:
        """Return the model that serves now, where the policy takes something over from it."""
        scratch = self.plan.model_settings.get("policy", SCRATCH) == SCRATCH
        if scratch or not self.serving or not self.served.complete:
            return None
        model = model_of(self.live, self.serving)
        return model if isinstance(model, self.plan.kind) else None

    def _caches(self, home: Home, encoder: Encoder) -> Caches:
        return caches_of(home, encoder, self.live.settings)

    def _note(self, caches: Caches) -> None:
        """Remember which caches are this run's, so that they go when the run does."""
        found = [getattr(cache, "folder", None) for cache in (caches.vectors, caches.tokens)]
        names = [Path(folder).name for folder in found if folder is not None]
        (self.folder.path / "vectors.json").write_text(json.dumps(names), encoding="utf-8")
