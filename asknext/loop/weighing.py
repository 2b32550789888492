"""Weighing: what the strategy's own answers say of quality, where they were drawn by chance."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from asknext.core import registry
from asknext.core.batch import FloatArray, IntArray
from asknext.loop.learner import Labelled
from asknext.loop.live import Live
from asknext.loop.measuring import FOLDS, Judges

LEAST = 10  # answers without which every interval is nearly all there is
FEW = "fewer than 10 answers to questions drawn at random"
TUNED = "the vectors in use have learnt from the answers"
SURE = "the strategy gave what it did not ask no chance"
PART = "the strategy drew from a part of the texts, or it is not known from how many"
SHARED = "several people answer each question"
FEW_DRAWN = "fewer than 10 answers to questions that the strategy drew by chance"

BY_CHANCE = re.compile(r"random@|(power|softmax|softrank)\(")  # chances as they are reported
SLACK = 0.1  # of the pool: how far it may differ from what draws have left of it


def weighted(live: Live, judges: Judges, quality: Mapping[str, Any]) -> dict[str, Any]:
    """Add the answers to questions that a strategy drew by chance, weighted, to the random ones."""
    if live.run or judges.space.ready is not None:
        return {"estimate": None, "reason": TUNED, "n": 0}
    drawn = drawn_by_chance(live, judges.labelled)
    told = {"estimate": None, "n": len(drawn.at)}
    if len(drawn.at) < LEAST:
        return {**told, "reason": drawn.reason or FEW_DRAWN}
    folds = np.array_split(np.arange(len(drawn.at)), FOLDS)
    mine = replace(judges, folds=[drawn.at[fold] for fold in folds])
    right = mine.scores(mine.rest)
    if right is None:
        return {**told, "reason": FEW}
    arm = registry.get("service", "evaluation.lure")(right, drawn.chances, drawn.left)
    worth = registry.get("service", "evaluation.worth")(drawn.chances, drawn.left)
    plain = registry.get("service", "evaluation.share_estimate")(
        quality["estimate"], quality["variance"], quality["n"]
    )
    both = registry.get("service", "evaluation.joined")([plain, arm], [quality["n"], worth])
    return {**both.to_json(), "strategy_alone": arm.to_json(), "reason": None}


class Drawn(NamedTuple):
    """Be answers drawn by chance: their places (m,), chances (m,), and the texts drawn from.

    `reason` says why earlier ones do not count, empty where all do.
    """

    at: IntArray
    chances: FloatArray
    left: int
    reason: str


def drawn_by_chance(live: Live, labelled: Labelled) -> Drawn:
    """Return the newest answers that were all drawn by chance from one pool.

    From the last question on that was not drawn by chance from all there was, what was left of
    the pool was given one; the same holds where the pool became another one. Each chance is
    counted against even ones among as many as there were: a queue is drawn before all answers to
    the last one are in, so a few more or less.
    """
    kept: list[tuple[int, float]] = []
    pool, reason = 0, "" if live.settings.wanted == 1 else SHARED
    for _, at, question in [] if reason else _by_strategy(live, labelled):
        left, chance = int(question.get("left") or 0), float(question["probability"])
        if not left or not BY_CHANCE.match(str(question["strategy"])):
            reason = PART if BY_CHANCE.match(str(question["strategy"])) else SURE
            kept.clear()
            continue
        now = pool - len(kept)
        if not kept or abs(left - now) > max(SLACK * pool, LEAST) or now < 1:
            kept.clear()
            pool = now = left
        kept.append((at, min(chance * left / now, 1.0)))
    places = np.array([at for at, _ in kept], np.int64)
    return Drawn(places, np.array([chance for _, chance in kept]), pool, reason)


def _by_strategy(live: Live, labelled: Labelled) -> list[tuple[int, int, Mapping[str, Any]]]:
    """Return when, where and how each first answer to a question of the strategy came, in order.

    A second look changes neither how nor when an example was drawn.
    """
    place = {example: i for i, example in enumerate(labelled.ids)}
    with live.lock:
        found = [
            (said.first, place[example], said.question)
            for example, answers in live.state.current.items()
            if example in place
            for said in answers.values()
            if said.arm == "strategy" and said.question
        ]
    return sorted(found, key=lambda one: one[0])
