"""Fitting: the trainings of one round, with pseudo-labels where those help."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from asknext.core.batch import Batch
from asknext.loop.deep.building import Sides
from asknext.loop.deep.learning import facts_of, fitted
from asknext.loop.deep.material import Material
from asknext.loop.deep.progress import TRAINING, TRIAL, Teller
from asknext.loop.deep.selftraining import LEAST_JUDGES, Lesson, lesson, verdict
from asknext.loop.deep.sides import Side
from asknext.loop.deep.splitting import Split, Trial

TAUGHT, ASIDE = "taught", "aside"


class Fitting:
    """Fit models of a plan to the material; `self_training` says what became of pseudo-labels."""

    def __init__(self, sides: Sides, material: Material, tell: Teller) -> None:
        self.sides = sides
        self.live = sides.live
        self.plan = sides.plan
        self.material = material
        self.tell = tell
        self.self_training: dict[str, Any] = {}

    def trial(self, trial: Trial, draft: Path) -> Side:
        """Train on the part of the labels that a trial learns; `draft` is an empty folder."""
        where = draft / "trial"
        self._fit(trial.learn, where, TRIAL)
        plain = self.sides.new(where, aside=draft)
        if not self.plan.self_training:
            return plain
        return self._taught(trial.learn, trial.asked, draft, plain, TRIAL) or plain

    def model(self, parts: Split, draft: Path) -> dict[str, Any]:
        """Train the model itself into `draft`/model; return the facts of its training."""
        facts = self._fit(parts.learn, draft / "model", TRAINING)
        if self.plan.self_training:
            self._teach(parts, draft)
            facts["self_training"] = self.self_training
        return facts

    def _teach(self, parts: Split, draft: Path) -> None:
        """Put the model with pseudo-labels in the place of the other one, where it is better.

        A trial has decided where there was one; then that verdict stays.
        """
        trial = self.self_training if parts.trials else None
        if trial is not None and not trial["helps"]:
            return
        if trial is None and len(parts.judge) < LEAST_JUDGES:
            self.self_training = {"helps": False, "pseudo": 0, "reason": "few answers"}
            return
        plain = self.sides.new(draft / "model", aside=draft / ASIDE)
        kept = self._taught(parts.learn, () if trial else parts.judge, draft, plain, TRAINING)
        if trial is not None:
            self.self_training = {**trial, "pseudo": self.self_training["pseudo"]}
        shutil.rmtree(draft / ASIDE, ignore_errors=True)
        if (kept is not None or trial is not None) and (draft / TAUGHT).exists():
            shutil.rmtree(draft / "model")
            (draft / TAUGHT).rename(draft / "model")
        shutil.rmtree(draft / TAUGHT, ignore_errors=True)

    def _taught(
        self, learn: Sequence[str], asked: Sequence[str], draft: Path, plain: Side, stage: str
    ) -> Side | None:
        """Train once more, with pseudo-labels; return the side where it is to be kept."""
        learnt, labels = self.material.of(learn)
        found = lesson(self.live, plain, learnt, labels)
        if found is None:
            self.self_training = {"helps": False, "pseudo": 0, "reason": "nothing to learn"}
            return None
        where = draft / TAUGHT
        self._fit(learn, where, stage, found)
        side = self.sides.new(where, aside=draft / ASIDE)
        examples, actual = self.material.of(asked)
        before, after = (one.predict(learnt, labels, examples) for one in (plain, side))
        self.self_training = verdict(self.live, before, after, actual, found)
        return side if self.self_training["helps"] else None

    def _fit(
        self, ids: Sequence[str], where: Path, stage: str, more: Lesson | None = None
    ) -> dict[str, Any]:
        examples, labels = self.material.of(ids)
        weights = None
        if more is not None:
            weights = np.concatenate([np.ones(len(ids), np.float32), more.weights])
            examples, labels = [*examples, *more.examples], [*labels, *more.labels]
        self.tell(stage)
        # Beside a model that was trained in full, half a training would look worse than it is.
        quick = stage == TRIAL and not self.sides.serving
        made = fitted(
            self.plan.tried() if quick else self.plan,
            self.live.task,
            Batch(len(examples), load=lambda: examples),
            labels,
            seed=self.live.settings.seed,
            init=self.sides.before(),
            told=partial(self.tell, stage),
            weights=weights,
        )
        made.save(where)
        return facts_of(made)
