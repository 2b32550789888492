"""Audits: questions drawn at random, asked now, to know sooner how good the model is.

They are the next ones of the control arm, in the order of its draw, so whatever is measured on
its answers stays what it was: a random sample, only larger. No estimate of its own is needed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from asknext.core import registry
from asknext.core.batch import IntArray
from asknext.core.errors import InvalidInput, NotReady
from asknext.loop.live import Live
from asknext.loop.wishes import AUDIT
from asknext.loop.wishing import wish

USUAL = 20


def random_left(live: Live) -> IntArray:
    """Return the rows of the control arm that nobody has answered, in the order of the draw."""
    with live.lock:
        free = live.pool.askable & (live.pool.draw < live.share.lowest)
        free[live.pool.rows(live.state.current)] = False
        rows = np.flatnonzero(free)
        return np.asarray(rows[np.argsort(live.pool.draw[rows])])


def ask_audit(
    live: Live, k: int | None = None, *, half: float | None = None, who: str, key: str | None = None
) -> dict[str, Any]:
    """Put the next `k` of the control arm before all other questions; return them as `wanted`.

    With `half` as many as an interval of ± half takes beyond those that come next already, if
    quality stays about where it was measured last. `left` are those of the control arm that are
    then neither wanted nor answered.

    Raises:
        InvalidInput: k below 1, or both k and half.
        NotReady: the control arm has nothing left, or nothing was measured that half goes by.
    """
    if k is not None and (half is not None or k < 1):
        raise InvalidInput(f"an audit takes k, from 1 on, or half; given: {k} and {half}")
    wanted = _needed(live, half) if half is not None else USUAL if k is None else k
    ids = wish(live, lambda: _free(live)[:wanted] if wanted else [], why=AUDIT, who=who, key=key)
    return {"wanted": ids, "left": len(_free(live, refuse=False))}


def _free(live: Live, *, refuse: bool = True) -> list[str]:
    """Return what is left of the control arm and not wanted yet, in order."""
    ids = [live.pool.ids[row] for row in random_left(live).tolist()]
    free = [example for example in ids if example not in live.state.wanted]
    if not free and refuse:
        raise NotReady(
            "no questions drawn at random are left to ask; with more texts in the project there are"
            " more"
        )
    return free


def _needed(live: Live, half: float) -> int:
    known = [point for point in live.state.measured if point.get("estimate") is not None]
    if not known:
        raise NotReady("the quality has not been measured yet; say how many questions to ask: k")
    last, coming = known[-1], list(live.state.wanted.values()).count(AUDIT)
    rows = registry.get("service", "evaluation.more_for")(last["estimate"], last["n"], [half])
    return max(int(rows[0]["more"]) - coming, 0)
