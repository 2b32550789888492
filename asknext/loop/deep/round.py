"""Round: one deep training from the labels to a model that serves, or to the reason why not.

It may be killed at any moment and called again: a training that was not finished starts anew, a
finished one goes on with what is missing, and what serves changes by one event at the end.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from asknext.core import registry
from asknext.core.errors import NotReady
from asknext.core.events import FAILED, PROMOTED, REFUSED, TRAINED, Draft
from asknext.loop.deep.answers import write_answers
from asknext.loop.deep.building import Sides
from asknext.loop.deep.fitting import Fitting
from asknext.loop.deep.folders import RunFolder, content_hash, tidy
from asknext.loop.deep.judging import Judgement, Paired, fluctuation, judge, paired
from asknext.loop.deep.material import Material, gather, to_write, unlabelled
from asknext.loop.deep.plan import Plan
from asknext.loop.deep.progress import (
    ENCODING,
    JUDGING,
    PROMOTING,
    Report,
    Teller,
    silent,
    summary,
)
from asknext.loop.deep.requests import end, plan_of, take_up
from asknext.loop.deep.sides import Head, Side
from asknext.loop.deep.splitting import Split, Trial, split
from asknext.loop.deep.starting import started_plan
from asknext.loop.encoding import encode_project
from asknext.loop.learnt import HELD, held_json
from asknext.loop.ledger import Run
from asknext.loop.live import Live

MOST_ATTEMPTS = 3
SAMPLE = 500  # unlabelled texts on which two models are compared


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
        self.folder = RunFolder(live.home, live.project, run.id)
        self.sides = Sides(live, plan, self.folder)
        self.fitting = Fitting(self.sides, material, tell)
        self.held: dict[str, Any] | None = None

    def go(self) -> None:
        """Train, judge, encode, promote."""
        self._tidy()
        if self.folder.record().get("requested") != self.run.requested:
            self.folder.drop()  # of a project that had the same name
            parts = self._split()
            trial = self._tried(parts) if parts.trials else None
            if trial is not None and not trial.promoted:
                self._end(REFUSED, trial)
                return
            self._train(parts, trial)
        record = self.folder.record()
        self._announce(record)
        self.tell(JUDGING)
        side = self.sides.new(self.folder.model)
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
        learnt = self.sides.served.record().get("learnt", ())
        seed = self.live.settings.seed
        return split(self.plan, material.ids, material.control, learnt, seed)

    def _tried(self, parts: Split) -> Judgement:
        """Judge trainings on fewer labels before the real one."""
        found = [self._trial(trial) for trial in parts.trials]
        return judge(self.live.task, parts.rule, found)

    def _trial(self, trial: Trial) -> Paired | None:
        side = self.fitting.trial(trial, self.folder.begin())
        self.tell(JUDGING)
        self.held = self._held_back(trial, side)
        return self._compared(trial.learn, trial.asked, side)

    def _held_back(self, trial: Trial, side: Side) -> dict[str, Any] | None:
        """Return what a trial says of labels held back: the model itself will learn them."""
        if self.sides.writes:
            return None
        held = [id for id in trial.asked if id not in self.material.control]
        examples, actual = self.material.of(held)
        return held_json(side.predict(*self.material.of(trial.learn), examples), actual)

    def _train(self, parts: Split, trial: Judgement | None) -> None:
        """Train the model itself; once this returns it survives a kill."""
        draft, start = self.folder.begin(), time.monotonic()
        self.tell.losses.clear()
        facts = self.fitting.model(parts, draft)
        record = {
            "requested": self.run.requested,
            "learnt": parts.learn,
            "judge": parts.judged,
            "rule": parts.rule,
            "trial": None if trial is None else trial.to_json(),
            HELD: self.held,
            "made": {
                "seconds": round(time.monotonic() - start, 2),
                "labels": len(parts.learn),
                "loss": summary(self.tell.losses),
                "hash": content_hash(draft / "model"),
                **facts,
            },
        }
        self.folder.finish(record)

    def _announce(self, record: Mapping[str, Any]) -> None:
        """Append that the weights are complete; a repeat is harmless."""
        data = {"run": self.run.id, "folder": f"runs/{self.run.id}/model", **record["made"]}
        key = f"run:{self.run.id}:trained"
        self.live.append(Draft(kind=TRAINED, at=self.live.clock(), data=data, key=key))

    # -- judge -----------------------------------------------------------------------------

    def _judged(self, record: Mapping[str, Any], side: Side) -> Judgement:
        if record["trial"] is not None:
            return Judgement.from_json(record["trial"])
        found = self._compared(record["learnt"], record["judge"], side)
        return judge(self.live.task, record["rule"], [found])

    def _compared(self, learn: Sequence[str], asked: Sequence[str], side: Side) -> Paired | None:
        learnt, labels = self.material.of([id for id in learn if id in self.material.labels])
        examples, actual = self.material.of([id for id in asked if id in self.material.labels])
        new = side.predict(learnt, labels, examples)
        serving = self.sides.old().predict(learnt, labels, examples)
        return paired(self.live.task, actual, new, serving)

    def _fluctuation(self, learn: Sequence[str], side: Side) -> float | None:
        """Return how much the answers to unlabelled texts change with the new model."""
        learnt, labels = self.material.of([id for id in learn if id in self.material.labels])
        sample = unlabelled(self.live, SAMPLE if not self.sides.writes else SAMPLE // 20)
        before = self.sides.old().predict(learnt, labels, sample)
        now = side.predict(learnt, labels, sample)
        if before is None or now is None:
            return None
        return round(fluctuation(self.live.task, before, now), 4)

    # -- serve -----------------------------------------------------------------------------

    def _spread(self, side: Side) -> None:
        """Let the pool follow: vectors of all examples, or drafts for some of them."""
        live = self.live
        told = partial(self.tell, ENCODING)
        told()
        if isinstance(side, Head):
            encode_project(live.store, live.home, live.project, told, run=self.run.id)
        else:
            asked = to_write(live, self.plan.candidates)
            strategy = registry.get("service", "strategy.build")(live.settings.strategy)
            write_answers(self.folder.answers, side, asked, told, also=strategy.needs)

    def _end(self, kind: str, verdict: Judgement, changed: float | None = None) -> None:
        """Append the end; where somebody cancelled meanwhile theirs came first, and counts."""
        data = {**verdict.to_json(), "fluctuation": changed, "serving_run": self.sides.serving}
        end(self.live, self.run.id, kind, data)
        self._tidy()

    def _tidy(self) -> None:
        ledger = self.live.state.ledger
        keep = ledger.served[-self.plan.keep :]
        tidy(self.live.home, self.live.project, [*keep, *([self.run.id] if ledger.open else [])])
