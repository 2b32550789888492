"""Round: one deep training from the labels to a model that serves, or to the reason why not.

It may be killed at any moment and called again: a training that was not finished starts anew, a
finished one goes on with what is missing, and what serves changes by one event at the end.
"""

from __future__ import annotations

import json
import shutil
import socket
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from asknext.core import registry
from asknext.core.batch import Batch
from asknext.core.errors import NotReady
from asknext.core.events import FAILED, PROMOTED, REFUSED, TRAINED, Draft
from asknext.core.home import Home
from asknext.core.protocols import Encoder, Model
from asknext.loop.deep.answers import write_answers
from asknext.loop.deep.folders import RunFolder, content_hash, tidy
from asknext.loop.deep.judging import Judgement, Split, fluctuation, judge, split
from asknext.loop.deep.learning import facts_of, fitted
from asknext.loop.deep.loading import encoder_for, model_of
from asknext.loop.deep.material import Material, gather, to_write, unlabelled
from asknext.loop.deep.plan import SCRATCH, Plan
from asknext.loop.deep.progress import (
    ENCODING,
    JUDGING,
    PROMOTING,
    TRAINING,
    TRIAL,
    Report,
    Teller,
    silent,
    summary,
)
from asknext.loop.deep.requests import end, plan_of, take_up
from asknext.loop.deep.selftraining import LEAST_JUDGES, Lesson, lesson, verdict
from asknext.loop.deep.sides import Head, Side, Whole
from asknext.loop.deep.starting import started_plan
from asknext.loop.encoding import caches_of, encode_project, encoder_of
from asknext.loop.learnt import HELD, held_json
from asknext.loop.ledger import Run
from asknext.loop.live import Live
from asknext.loop.space import Caches

MOST_ATTEMPTS = 3
SAMPLE = 500  # unlabelled texts on which two models are compared
TAUGHT, ASIDE = "taught", "aside"
WRITES = "write"  # the screen of tasks whose answers are texts: there the deep model predicts


def run_round(live: Live, run: Run, report: Report = silent) -> Run:
    """Take a run up and bring it to its end; return it as it is then.

    Call it with the project's lock held. Errors are kept in the ledger and raised.

    Raises:
        NotReady: another process has taken the run up.
    """
    plan, material = plan_of(live), gather(live)
    if run.attempts >= MOST_ATTEMPTS:
        message = f"it was interrupted {run.attempts} times; is there too little memory?"
        end(live, run.id, FAILED, {"reason": "interrupted", "message": message})
        return live.state.ledger.get(run.id)
    source = run.start.get("source")
    taken = take_up(live, run, _started(live, plan, material, source))
    if taken is None:
        raise NotReady(f"run {run.id!r} has been taken up by another process")
    plan = started_plan(plan, source)
    _Round(live, plan, taken, material, Teller(run.id, report)).go()
    return live.state.ledger.get(run.id)


def _started(
    live: Live, plan: Plan, material: Material, source: Mapping[str, Any] | None
) -> dict[str, Any]:
    settings = dict(plan.model_settings)
    return {
        **({} if source is None else {"source": dict(source)}),
        "seq": material.seq,
        "answers": len(material.labels),
        "model": plan.model,
        "base": settings.get("base", ""),
        "policy": settings.get("policy", "scratch"),
        "settings": settings,
        "seed": live.settings.seed,
        "device": plan.device,
        "host": socket.gethostname(),
    }


class _Round:
    """Hold what the steps of one round share."""

    def __init__(self, live: Live, plan: Plan, run: Run, material: Material, tell: Teller) -> None:
        self.live = live
        self.plan = plan
        self.run = run
        self.material = material
        self.tell = tell
        self.home = live.home
        self.folder = RunFolder(live.home, live.project, run.id)
        self.serving = live.state.serving_run
        self.writes = live.task.form()["kind"] == WRITES
        self.held: dict[str, Any] | None = None
        self.self_training: dict[str, Any] = {}

    def go(self) -> None:
        """Train, judge, encode, promote."""
        self._tidy()
        if self.folder.record().get("requested") != self.run.requested:
            self.folder.drop()  # of a project that had the same name
            parts = self._split()
            trial = self._trial(parts) if parts.trial else None
            if trial is not None and not trial.promoted:
                self._end(REFUSED, trial)
                return
            self._train(parts, trial)
        record = self.folder.record()
        self._announce(record)
        self.tell(JUDGING)
        side = self._new(self.folder.model)
        verdict = self._judged(record, side)
        changed = self._fluctuation(record["learnt"], side)
        if not verdict.promoted:
            self._end(REFUSED, verdict, changed)
            return
        self._spread(side)
        self.tell(PROMOTING)
        self._end(PROMOTED, verdict, changed)

    # -- train -----------------------------------------------------------------------------

    def _split(self) -> Split:
        material = self.material
        learnt = RunFolder(self.home, self.live.project, self.serving).record().get("learnt", ())
        seed = self.live.settings.seed
        return split(self.plan, material.ids, material.control, learnt, seed)

    def _trial(self, parts: Split) -> Judgement:
        """Judge a training on fewer labels before the real one."""
        draft = self.folder.begin()
        where = draft / "trial"
        self._fit(parts.trial, where, TRIAL)
        side = self._new(where, aside=draft)
        if self.plan.self_training:
            side = self._taught(parts.trial, parts.judge, draft, side, TRIAL) or side
        self.tell(JUDGING)
        self.held = self._held_back(parts, side)
        return self._compared(parts.trial, parts.judge, parts.rule, side)

    def _held_back(self, parts: Split, side: Side) -> dict[str, Any] | None:
        """Return what the trial says of labels held back: the model itself will learn them."""
        if self.writes:
            return None
        held = [id for id in parts.judge if id not in self.material.control]
        examples, actual = self.material.of(held)
        return held_json(side.predict(*self.material.of(parts.trial), examples), actual)

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
        side = self._new(where, aside=draft / ASIDE)
        examples, actual = self.material.of(asked)
        before, after = (one.predict(learnt, labels, examples) for one in (plain, side))
        self.self_training = verdict(self.live, before, after, actual, found)
        return side if self.self_training["helps"] else None

    def _train(self, parts: Split, trial: Judgement | None) -> None:
        """Train the model itself; once this returns it survives a kill."""
        draft, start = self.folder.begin(), time.monotonic()
        self.tell.losses.clear()
        where = draft / "model"
        facts = self._fit(parts.learn, where, TRAINING)
        if self.plan.self_training:
            self._teach(parts, draft)
            facts["self_training"] = self.self_training
        record = {
            "requested": self.run.requested,
            "learnt": parts.learn,
            "judge": parts.judge,
            "rule": parts.rule,
            "trial": None if trial is None else trial.to_json(),
            HELD: self.held,
            "made": {
                "seconds": round(time.monotonic() - start, 2),
                "labels": len(parts.learn),
                "loss": summary(self.tell.losses),
                "hash": content_hash(where),
                **facts,
            },
        }
        self.folder.finish(record)

    def _teach(self, parts: Split, draft: Path) -> None:
        """Put the model with pseudo-labels in the place of the other one, where it is better.

        A trial has decided where there was one; then that verdict stays.
        """
        trial = self.self_training if parts.trial else None
        if trial is not None and not trial["helps"]:
            return
        if trial is None and len(parts.judge) < LEAST_JUDGES:
            self.self_training = {"helps": False, "pseudo": 0, "reason": "few answers"}
            return
        plain = self._new(draft / "model", aside=draft / ASIDE)
        kept = self._taught(parts.learn, () if trial else parts.judge, draft, plain, TRAINING)
        if trial is not None:
            self.self_training = {**trial, "pseudo": self.self_training["pseudo"]}
        shutil.rmtree(draft / ASIDE, ignore_errors=True)
        if (kept is not None or trial is not None) and (draft / TAUGHT).exists():
            shutil.rmtree(draft / "model")
            (draft / TAUGHT).rename(draft / "model")
        shutil.rmtree(draft / TAUGHT, ignore_errors=True)

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
        quick = stage == TRIAL and not self.serving
        made = fitted(
            self.plan.tried() if quick else self.plan,
            self.live.task,
            Batch(len(examples), load=lambda: examples),
            labels,
            seed=self.live.settings.seed,
            init=self._init(),
            told=partial(self.tell, stage),
            weights=weights,
        )
        made.save(where)
        return facts_of(made)

    def _init(self) -> Model | None:
        """Return the model that serves now, where the policy takes something over from it."""
        folder = RunFolder(self.home, self.live.project, self.serving)
        scratch = self.plan.model_settings.get("policy", SCRATCH) == SCRATCH
        if scratch or not self.serving or not folder.complete:
            return None
        before = model_of(self.live, self.serving)
        return before if isinstance(before, self.plan.kind) else None

    def _announce(self, record: Mapping[str, Any]) -> None:
        """Append that the weights are complete; a repeat is harmless."""
        data = {"run": self.run.id, "folder": f"runs/{self.run.id}/model", **record["made"]}
        key = f"run:{self.run.id}:trained"
        self.live.append(Draft(kind=TRAINED, at=self.live.clock(), data=data, key=key))

    # -- judge -----------------------------------------------------------------------------

    def _judged(self, record: Mapping[str, Any], side: Side) -> Judgement:
        if record["trial"] is not None:
            return Judgement.from_json(record["trial"])
        return self._compared(record["learnt"], record["judge"], record["rule"], side)

    def _compared(
        self, learn: Sequence[str], asked: Sequence[str], rule: str, side: Side
    ) -> Judgement:
        learnt, labels = self.material.of([id for id in learn if id in self.material.labels])
        examples, actual = self.material.of([id for id in asked if id in self.material.labels])
        new = side.predict(learnt, labels, examples)
        serving = self._old().predict(learnt, labels, examples)
        return judge(self.live.task, rule, actual, new, serving)

    def _fluctuation(self, learn: Sequence[str], side: Side) -> float | None:
        """Return how much the answers to unlabelled texts change with the new model."""
        learnt, labels = self.material.of([id for id in learn if id in self.material.labels])
        sample = unlabelled(self.live, SAMPLE if not self.writes else SAMPLE // 20)
        before = self._old().predict(learnt, labels, sample)
        now = side.predict(learnt, labels, sample)
        if before is None or now is None:
            return None
        return round(fluctuation(self.live.task, before, now), 4)

    # -- what serves, and what would -------------------------------------------------------

    def _old(self) -> Side:
        """Return what serves now, fitted to nothing yet."""
        folder = RunFolder(self.home, self.live.project, self.serving)
        if self.writes and self.serving and folder.complete:
            return Whole(model_of(self.live, self.serving))
        encoder = encoder_of(self.live.store, self.home, self.live.project, self.serving)
        there = self.live.caches if self.live.run == self.serving else None
        return Head(self.live.settings, encoder, there or self._caches(self.home, encoder))

    def _new(self, where: Path, *, aside: Path | None = None) -> Side:
        """Return what would serve; the vectors of a trial lie aside, and go with it."""
        if self.writes:
            return Whole(self.plan.kind.load(where, self.live.task))
        encoder = encoder_for(self.live.settings, where)
        if aside is not None:
            return Head(self.live.settings, encoder, self._caches(Home(aside), encoder))
        encoder.save(self.folder.encoder)
        caches = self._caches(self.home, encoder)
        self._note(caches)
        return Head(self.live.settings, encoder, caches)

    def _caches(self, home: Home, encoder: Encoder) -> Caches:
        return caches_of(home, encoder, self.live.settings)

    def _note(self, caches: Caches) -> None:
        """Remember which caches are this run's, so that they go when the run does."""
        found = [getattr(cache, "folder", None) for cache in (caches.vectors, caches.tokens)]
        names = [Path(folder).name for folder in found if folder is not None]
        (self.folder.path / "vectors.json").write_text(json.dumps(names), encoding="utf-8")

    # -- serve -----------------------------------------------------------------------------

    def _spread(self, side: Side) -> None:
        """Let the pool follow: vectors of all examples, or drafts for some of them."""
        live = self.live
        told = partial(self.tell, ENCODING)
        told()
        if isinstance(side, Head):
            encode_project(live.store, self.home, live.project, told, run=self.run.id)
        else:
            asked = to_write(live, self.plan.candidates)
            strategy = registry.get("service", "strategy.build")(live.settings.strategy)
            write_answers(self.folder.answers, side, asked, told, also=strategy.needs)

    def _end(self, kind: str, verdict: Judgement, changed: float | None = None) -> None:
        """Append the end; where somebody cancelled meanwhile theirs came first, and counts."""
        data = {**verdict.to_json(), "fluctuation": changed, "serving_run": self.serving}
        end(self.live, self.run.id, kind, data)
        self._tidy()

    def _tidy(self) -> None:
        ledger = self.live.state.ledger
        keep = ledger.served[-self.plan.keep :]
        tidy(self.home, self.live.project, [*keep, *([self.run.id] if ledger.open else [])])
