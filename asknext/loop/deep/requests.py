"""Asking for a run, stopping one, rolling back: facts, appended by whoever wants it.

Every draft has a key, so that of two processes with the same idea one has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from asknext.core.errors import NotReady
from asknext.core.events import CANCELLED, REQUESTED, ROLLED_BACK, STARTED, Draft
from asknext.loop.deep.plan import Plan
from asknext.loop.deep.starting import checked_start, source_of
from asknext.loop.encoding import compares
from asknext.loop.ledger import Run
from asknext.loop.live import Live

LABELS = "labels"
READER = "transformer"  # the model that reads; others write
ASKED = "asked"


def plan_of(live: Live) -> Plan:
    """Return the project's plan; NotReady where it has no deep model."""
    plan = Plan.of(live.settings.deep)
    if plan is None:
        raise NotReady(
            f"project {live.project!r} has no deep model; set one, for example "
            'deep = {"model": "transformer", "base": "minilm", "every": 50}'
        )
    return _comparing(plan) if compares(live.settings) else plan


def _comparing(plan: Plan) -> Plan:
    """Let the model read two texts apart, as the encoder does; the settings may say otherwise."""
    if plan.model != READER:
        return plan
    return replace(plan, model_settings={"pairs": "apart", **plan.model_settings})


def request(live: Live, *, who: str = "", why: str = ASKED) -> Run:
    """Ask for a run; where one waits or goes on already, that one is returned.

    Raises:
        NotReady: the project has no deep model, or fewer than two labels; or it starts from
            the model of a project that has none.
        Unsupported: it starts from a model that does something else.
    """
    live.sync()
    plan = plan_of(live)
    if (there := live.state.ledger.open) is not None:
        return there
    if len(live.state.labels) < 2:
        raise NotReady("there is nothing to learn from yet; label a few examples first")
    run = live.state.ledger.next_id
    data: dict[str, Any] = {"run": run, "why": why, "answers": len(live.state.labels)}
    source = _source(live, plan)
    if source is not None:
        data["source"] = source
    key = f"run:{run}:requested"
    live.append(Draft(kind=REQUESTED, at=live.clock(), who=who, data=data, key=key))
    return live.state.ledger.get(run)


def _source(live: Live, plan: Plan) -> dict[str, Any] | None:
    """Return what ``project:NAME`` means now, where the base is one."""
    found = source_of(live.store, live.home, str(plan.model_settings.get("base", "")))
    if found is None:
        return None
    return checked_start(found, live.task.kind, plan.model).to_json()


def due(live: Live) -> bool:
    """Say whether a run should be going on now: one is open, or enough labels are new."""
    plan = Plan.of(live.settings.deep)
    if plan is None:
        return False
    return live.state.ledger.open is not None or plan.due(len(live.state.labels), _learnt(live))


def next_due(live: Live) -> int | None:
    """Return the labels at which the next run is due; None where only a request starts one.

    While a run goes on, the one after it is meant.
    """
    plan = Plan.of(live.settings.deep)
    return None if plan is None else plan.next(_learnt(live))


def _learnt(live: Live) -> int | None:
    last = live.state.ledger.last
    return None if last is None else last.answers


def take_up(live: Live, run: Run, data: Mapping[str, Any]) -> Run | None:
    """Append that this process takes up a run; None where another was quicker."""
    attempt = run.attempts + 1
    draft = Draft(
        kind=STARTED,
        at=live.clock(),
        data={"run": run.id, "attempt": attempt, **data},
        key=f"run:{run.id}:started:{attempt}",
    )
    return live.state.ledger.get(run.id) if live.append(draft).fresh else None


def end(live: Live, run: str, kind: str, data: Mapping[str, Any], *, who: str = "") -> bool:
    """Append how a run ended; False where it had ended before in another way."""
    draft = Draft(
        kind=kind, at=live.clock(), who=who, data={"run": run, **data}, key=f"run:{run}:end"
    )
    return live.append(draft).fresh


def cancel(live: Live, run: str, *, who: str = "") -> Run:
    """Stop a run that waits or goes on.

    Raises:
        NotFound: no such run.
        NotReady: it has ended already.
    """
    live.sync()
    found = live.state.ledger.get(run)
    if not found.open or not end(live, run, CANCELLED, {}, who=who):
        state = live.state.ledger.get(run).state
        raise NotReady(f"run {run!r} has ended already: {state}; there is nothing to cancel")
    return live.state.ledger.get(run)


def roll_back(live: Live, *, who: str = "") -> str:
    """Let the model serve that served before; return its run, empty for the first encoder.

    Raises:
        NotReady: no deep model serves.
    """
    live.sync()
    served = live.state.ledger.served
    if not served:
        raise NotReady("no deep model serves; there is nothing to roll back")
    now, before = served[-1], served[-2] if len(served) > 1 else ""
    draft = Draft(
        kind=ROLLED_BACK,
        at=live.clock(),
        who=who,
        data={"run": before, "from": now},
        key=f"run:{now}:rolled_back",  # of two people who do it at once one does
    )
    live.append(draft)
    return live.state.serving_run
