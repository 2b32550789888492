"""Prospects: where the curve leads, and what asking by the strategy was worth so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np

from asknext.core import registry
from asknext.core.batch import FloatArray, IntArray
from asknext.core.seeds import generator
from asknext.loop.gauging import named
from asknext.loop.live import Live
from asknext.loop.measuring import FOLDS, Judges
from asknext.loop.weighing import FEW, TUNED

STEPS = 6  # points of the project's own curve
SHARES = (0.6, 0.75)  # of the control answers at hand; curves of fewer still bend otherwise
REPEATS = 3
FIRST = 8  # answers at which curves begin
USUAL = 0.9  # the quality asked for where no stop rule names one
READY = "the model is not fitted to answers"


def random_needed() -> int:
    """Return how many random answers there must be before a saving can be said.

    >>> random_needed()
    18
    """
    left = ((n, n - -(-n // FOLDS)) for n in count(FOLDS))
    return next(n for n, learnt in left if SHARES[0] * learnt >= FIRST)


def curves(live: Live, judges: Judges) -> dict[str, Any]:
    """Return the outlook and the saving, None with a reason where the answers say neither."""
    nothing = {"outlook": None, "saving": None}
    if judges.space.ready is not None:
        return {**nothing, "curves_reason": READY}
    if live.run:
        return {**nothing, "curves_reason": TUNED}
    plain = replace(judges, learner=replace(judges.learner, teachable=None))
    least = len(judges.order) - max(len(fold) for fold in judges.folds)
    sizes = sorted({round(share * least) for share in SHARES if share * least >= FIRST})
    asked = _asked(live, plain, sizes)
    if asked is None:
        return {**nothing, "curves_reason": FEW}
    return {
        "curves_reason": None,
        "outlook": _outlook(live, asked, len(judges.labelled.rows)),
        "saving": _saving(live, plain, asked, sizes, least),
    }


Curve = tuple[list[int], FloatArray]
"""Numbers of answers (k,), and how right each item was at each of them (k, items)."""


def _asked(live: Live, judges: Judges, also: Sequence[int]) -> Curve | None:
    """Judge models of the project's first answers, in the order in which they came."""
    turn = [_turn(live, example) for example in judges.labelled.ids]
    order = np.argsort(np.array(turn), kind="stable")
    most = len(order) - max(len(fold) for fold in judges.folds)
    spread = np.geomspace(max(FIRST, most / 2 ** (STEPS - 1)), most, STEPS).round().astype(int)
    sizes = sorted({int(n) for n in (*spread, *also) if n <= most})
    return _judged(sizes, lambda n: judges.scores(lambda fold: _first(order, fold, n)))


def _turn(live: Live, example: str) -> int:
    with live.lock:
        answers = live.state.current.get(example, {}).values()  # none where it was taken back
        return min((said.first for said in answers), default=live.state.seq)


def _first(order: IntArray, fold: IntArray, n: int) -> IntArray:
    return np.sort(order[~np.isin(order, fold)][:n])


def _judged(sizes: Sequence[int], one: Callable[[int], FloatArray | None]) -> Curve | None:
    found = [(n, one(n)) for n in sizes]
    known = [(n, right) for n, right in found if right is not None]
    if len(known) < 3:
        return None
    return [n for n, _ in known], np.array([right for _, right in known])


def _outlook(live: Live, asked: Curve, now: int) -> dict[str, Any]:
    rules = named(live.settings.stop)
    wanted = {float(how.get("quality", USUAL)) for rule, how in rules if rule == "target"}
    best = float(asked[1][-1].mean())
    targets = sorted({*(wanted or {USUAL}), *(t for t in (0.8, 0.9, 0.95) if t > best)})
    foresee = registry.get("service", "evaluation.foresee")
    most = int(live.pool.askable.sum())
    rng = generator(live.settings.seed, "outlook", now)
    found: dict[str, Any] = foresee(*asked, targets, now=now, most=most, rng=rng)
    points = zip(asked[0], asked[1].mean(axis=1).tolist(), strict=True)
    return {"points": [{"answers": n, "estimate": q} for n, q in points], **found}


def _saving(
    live: Live, judges: Judges, asked: Curve, sizes: Sequence[int], least: int
) -> dict[str, Any] | None:
    rng = generator(live.settings.seed, "saving", len(judges.labelled.rows))
    repeats = [[_random(judges, n, rng) for _ in range(REPEATS)] for n in sizes]
    if len(repeats) < 2 or any(one is None for row in repeats for one in row):
        return None
    arm, now = registry.get("service", "evaluation.arm"), len(judges.labelled.rows)
    ours = arm(np.array(asked[0], float), asked[1][:, None])
    theirs = arm(np.array(sizes, float), np.array(repeats, float))
    most = int(live.pool.askable.sum())
    told = {"now": now, "most": most, "drawn_from": least, "apart": FOLDS, "rng": rng}
    found: dict[str, Any] = registry.get("service", "evaluation.saved")(ours, theirs, **told)
    seconds = _seconds(live)
    minutes = registry.get("service", "evaluation.minutes_saved")
    return {
        **found,
        "minutes": minutes(found["random_answers"], now, *seconds, rng=rng),
        "equal_number": registry.get("service", "evaluation.equal_number")(ours, theirs),
    }


def _random(judges: Judges, n: int, rng: np.random.Generator) -> FloatArray | None:
    """Judge models of n control answers, drawn anew for each fold."""
    order = judges.order
    return judges.scores(lambda fold: np.sort(rng.permutation(np.setdiff1d(order, fold))[:n]))


def _seconds(live: Live) -> tuple[list[float], list[float]]:
    """Return the seconds that each labelled example took, and those of the control arm.

    All who answered it count together; an example that somebody answered untimed is left out.
    """
    control = set(live.control_ids())
    with live.lock:
        answers = {id: list(live.state.current.get(id, {}).values()) for id in live.state.labels}
    timed = {
        id: float(sum(one.seconds or 0.0 for one in said))
        for id, said in answers.items()
        if said and all(one.seconds for one in said)
    }
    return list(timed.values()), [timed[id] for id in timed if id in control]
