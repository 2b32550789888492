"""Reports: plain JSON pictures of a project, for the dashboard, the command line and notebooks."""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from asknext.core import registry
from asknext.core.protocols import Moment, StopRule, Verdict
from asknext.loop import gauging
from asknext.loop.evidence import kept
from asknext.loop.live import Live
from asknext.loop.teaching import WHO, serves

DEFAULT_STOP: Mapping[str, Mapping[str, Any]] = {
    "budget": {"answers": 1000},
    "target": {"quality": 0.9},
    "stable": {},
}
NEIGHBOURS = 5
SHOWN_LEFT_OUT = 50
BIASED = "between 95 % limits; from questions drawn at random, each predicted unseen"


def counts(live: Live) -> dict[str, int]:
    """Count examples, answers and what became of them."""
    state = live.state
    return {
        **live.pool.sizes,
        "encoded": int(live.encoded.sum()),
        "answers": state.answered,
        "labelled": len(state.labels),
        "skipped": state.actions["skip"],
        "unsure": state.actions["unsure"],
        "flagged": len(state.flagged),
    }


def quality(live: Live) -> dict[str, Any] | None:
    """Return the newest measured quality: on the test set where there is one, else control."""
    for point in reversed(live.state.measured):
        if point.get("test"):
            return dict(point["test"])
        if point.get("estimate") is not None:
            return {
                **{name: point[name] for name in ("metric", "estimate", "low", "high", "n")},
                "trust": point.get("trust"),
                "source": "control",
                "level": 0.95,
                "note": BIASED,
            }
    return None


def stop_advice(live: Live) -> list[Verdict]:
    """Ask each stop rule of the project; before anything is measured, about what is counted."""
    history = live.state.history() or [_counted(live)]
    rules = dict(live.settings.stop) or DEFAULT_STOP
    found = []
    for name, arguments in rules.items():
        rule: StopRule = registry.get("stop_rule", name)(**arguments)
        found.append(rule.judge(history))
    return found


def _counted(live: Live) -> Moment:
    with live.lock:
        answers, minutes = len(live.state.labels), live.state.seconds / 60.0
    return Moment(answers=answers, minutes=minutes, given=float(gauging.given(live)))


def verdicts(live: Live) -> list[dict[str, Any]]:
    """Return the advice of each stop rule as plain JSON."""
    return [_verdict(verdict) for verdict in stop_advice(live)]


def _verdict(verdict: Verdict) -> dict[str, Any]:
    numbers = {k: v for k, v in verdict.numbers.items() if not math.isnan(v)}
    return {
        "rule": verdict.rule,
        "stop": verdict.stop,
        "reason": verdict.reason,
        "numbers": numbers,
    }


def status(live: Live) -> dict[str, Any]:
    """Return the live status: model, queue, counts, quality, advice."""
    serving = live.serving
    return {
        "model": {
            "version": serving.version,
            "answers": serving.version,
            "seconds": serving.seconds,
            "state": "none" if serving.model is None else "ready",
            "made_at": serving.made_at,
        },
        "queue": {
            "ready": len(serving.queue),
            "strategy": live.settings.strategy,
            "model": serving.version,
        },
        "counts": counts(live),
        "quality": quality(live),
        "stop": verdicts(live),
        "self_training": self_training(live),
    }


def report(live: Live) -> dict[str, Any]:
    """Return everything the dashboard shows."""
    live.sync()
    state = live.state
    return {
        "settings": live.settings.to_json(),
        "counts": counts(live),
        "quality": quality(live),
        "curve": curve(state.measured),
        "classes": _classes(live),
        "per_hour": _per_hour(live),
        "stop": verdicts(live),
        "annotators": _annotators(live),
        "test": next((p["test"] for p in reversed(state.measured) if p.get("test")), None),
        "strategy": {"name": live.settings.strategy, "control": live.settings.control},
        "model": {"version": live.serving.version, "seconds": live.serving.seconds},
        "left_out": _left_out(live),
        "self_training": self_training(live),
        "deep": deep(live),
        "evidence": kept(live),
    }


def self_training(live: Live) -> dict[str, Any]:
    """Say whether the model also learns from texts without a label, and what the check found.

    ``who`` is the annotator who gives pseudo-labels. They are made anew for each fit and never
    kept, so no count, export or agreement knows of them.
    """
    return {
        "who": WHO,
        "wanted": live.settings.self_training,
        "on": live.self_training,
        "serves": serves(live.settings),
        "check": dict(live.state.checked) or None,
    }


def deep(live: Live) -> list[dict[str, Any]]:
    """List the trainings of the deep model that have ended, and what each changed."""
    shown = ("reason", "message", "n", "difference", "fluctuation")
    return [
        {
            "run": run.id,
            "state": run.state,
            "serves": run.id == live.state.serving_run,
            "labels": run.answers,
            "quality": (run.result.get("quality") or {}).get("estimate"),
            "before": (run.result.get("serving") or {}).get("estimate"),
            **{name: run.result.get(name) for name in shown},
            "self_training": run.made.get("self_training"),
        }
        for run in live.state.runs.values()
        if not run.open
    ]


def _left_out(live: Live) -> list[dict[str, Any]]:
    """List what the strategy takes for junk and leaves out, so that people can look at it."""
    ids = [str(id) for id in live.serving.state.get("junk", ())][:SHOWN_LEFT_OUT]
    texts = live.store.examples(live.project, ids)
    return [{"id": id, "text": texts[id].text} for id in ids]


def curve(measured: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the learning curve of the control arm, and of the test set where there is one."""
    points = []
    for point in measured:
        shown: dict[str, Any] = {
            name: point.get(name) for name in ("answers", "metric", "estimate", "low", "high", "n")
        }
        shown["test"] = (point.get("test") or {}).get("estimate")
        if shown["estimate"] is not None or shown["test"] is not None:
            points.append(shown)
    return points


def _classes(live: Live) -> list[dict[str, Any]]:
    found = Counter(part for label in live.state.labels.values() for part in live.task.parts(label))
    known = live.task.form().get("labels") or sorted(found)
    return [{"label": label, "count": found[label]} for label in known]


def _per_hour(live: Live) -> list[dict[str, Any]]:
    hours = Counter(
        datetime.fromtimestamp(said.at, UTC).strftime("%Y-%m-%dT%H:00Z")
        for _, said in live.state.recent
        if said.arm != "seed"
    )
    return [{"hour": hour, "count": hours[hour]} for hour in sorted(hours)]


def _annotators(live: Live) -> list[dict[str, Any]]:
    said_by: dict[str, list[Any]] = defaultdict(list)
    for answers in live.state.current.values():
        for who, said in answers.items():
            said_by[who].append(said)
    people = []
    for who, all_said in sorted(said_by.items()):
        seconds = [said.seconds for said in all_said if said.seconds is not None]
        median = statistics.median(seconds) if seconds else None
        people.append({"who": who, "answers": len(all_said), "median_seconds": median})
    return people


def why(live: Live, example: str, row: int) -> dict[str, Any]:
    """Explain a question."""
    pick = next((p for p in live.serving.queue if p.id == example), None)
    asked = list(live.state.questions.get(example, {}).values())
    question = asked[-1] if asked else {}
    blind = question.get("arm") == "control" and example not in live.state.labels
    return {
        "score": question.get("score", pick.score if pick else None),
        "reason": question.get("reason", pick.reason if pick else "not asked yet"),
        "strategy": question.get("strategy", pick.strategy if pick else ""),
        "model": question.get("model", live.serving.version),
        "prediction": None if blind else _distribution(live, row),
        "guess": None if blind else _guess(live, row),
        "neighbours": _neighbours(live, row),
    }


def _distribution(live: Live, row: int) -> list[dict[str, Any]] | None:
    one = live.serving.predict_row(row)
    for name in ("proba", "label_proba"):
        if one is not None and name in one.arrays:
            pairs = zip(one.classes, one.array(name)[0], strict=True)
            ordered = sorted(pairs, key=lambda pair: -pair[1])
            return [{"label": label, "probability": float(p)} for label, p in ordered]
    return None


def _guess(live: Live, row: int) -> dict[str, Any] | None:
    found = live.serving.guess(live.task, row)
    return None if found is None else {"value": found[0], "confidence": found[1]}


def _neighbours(live: Live, row: int) -> list[dict[str, Any]]:
    space = live.space
    if space is None or not space.has(row):
        return []
    labelled, _ = live.labelled()
    rows = labelled.rows[labelled.rows != row]
    if not len(rows):
        return []
    near = space.sentences(rows)[:] @ space.sentences(np.array([row]))[:][0]
    best = np.argsort(-near)[:NEIGHBOURS]
    ids = [live.pool.ids[rows[i]] for i in best]
    texts = live.store.examples(live.project, ids)
    return [
        {
            "id": id,
            "text": texts[id].text,
            "label": live.state.labels.get(id),
            "similarity": float(near[i]),
        }
        for id, i in zip(ids, best, strict=True)
    ]


def example(live: Live, example: str, row: int) -> dict[str, Any]:
    """Return an example with its label, its answers and its copies."""
    found = live.store.examples(live.project, [example])[example]
    first = int(live.pool.original[row])
    source = live.pool.ids[first]
    copies = np.flatnonzero((live.pool.original == first) & live.pool.is_pool)
    answers = live.state.current.get(source, {}).values()
    return {
        "example": {"id": found.id, "fields": dict(found.fields), "meta": dict(found.meta)},
        "label": live.state.labels.get(source),
        "answers": [said.to_json() for said in answers],
        "copies": [live.pool.ids[i] for i in copies if i != row],
    }


def history(live: Live, who: str, limit: int) -> list[dict[str, Any]]:
    """Return the newest current answers of one annotator, newest first."""
    current = live.state.current
    found: list[tuple[str, Any]] = []
    for id, said in reversed(live.state.recent):
        if len(found) == limit:
            break
        if said.who == who and current.get(id, {}).get(who) is said:
            found.append((id, said))
    texts = live.store.examples(live.project, [id for id, _ in found])
    return [
        {"example": id, "fields": dict(texts[id].fields), **said.to_json()} for id, said in found
    ]
