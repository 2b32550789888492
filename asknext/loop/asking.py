"""Asking: who gets which question, from the ranked queue and from the control arm.

The control arm is a uniform sample of the pool, decided before anything is asked: the examples
whose fixed draw (a number in [0, 1) that depends on the seed and the example alone) lies below
the project's control share. The strategy never picks them, so the answers to them are an
unbiased sample at any time; they are asked in the order of their draw, one question in
1/share, until they are used up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from asknext.core.batch import IntArray
from asknext.core.events import SKIP, Lease
from asknext.core.picks import Pick
from asknext.core.seeds import unit
from asknext.loop.consensus import Said
from asknext.loop.live import Live
from asknext.loop.pool import BoolArray
from asknext.loop.wishes import AUDIT, WISH

SPARE = 64  # offered beyond what is wanted, because others may take some of them first
CONTROL = "control"
STRATEGY = "strategy"
WISHED = "wanted"
LOOK = "somebody wants this one answered"
AT_RANDOM = "drawn at random, to measure how good the model is"
WANTED_FOR = {
    "label_errors": "a second look: the label may be wrong",
    "contradictions": "a second look: a nearly equal text has another label",
    "disagreements": "a second look: not everybody agrees",
    "confusions": "a second look: the model mistakes it",
    "worst": "a second look: the model is far off",
    "dynamics": "a second look: models do not learn it easily",
    "slices": "like texts that the model gets wrong",
    "clusters": "like texts that the model gets wrong",
}
"""What annotators are told, by the list of errors that a question comes from."""


class Asker:
    """Hand out the questions of one project."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._mask: BoolArray = np.empty(0, np.bool_)
        self._folded = 0
        self._wanted = 0

    def lease(self, k: int, who: str, holding: set[str]) -> list[Lease]:
        """Return up to `k` leases of `who` besides `holding`: what they hold, then new ones."""
        live = self._live
        now = live.clock()
        expires = now + live.settings.lease_seconds
        held = [
            x for x in live.store.renew(live.project, who, now, expires) if x.example not in holding
        ]
        if len(held) >= k:
            return held[:k]
        mine = {lease.example for lease in held} | holding
        out = [lease.example for lease in live.store.leases(live.project, now)]
        with live.lock:
            offer = self._offer(k - len(held) + SPARE, who, mine, out)
            again = frozenset(live.state.wanted)
        taken = live.store.claim(
            live.project,
            who,
            offer,
            k - len(held),
            wanted=live.settings.wanted,
            now=now,
            expires=expires,
            again=again,
        )
        live.sync()  # the answers to come need to know which arm their questions belong to
        return held + taken

    def hold_again(self, example: str, who: str) -> None:
        """Lease a question to `who` again, as it was, after they took their answer back."""
        live = self._live
        now = live.clock()
        question = live.state.question(example, who) or self._question(
            Pick(example, 0.0, "taken back", arm="volunteered"), None
        )
        live.store.claim(
            live.project,
            who,
            [(example, question)],
            1,
            wanted=live.settings.wanted,
            now=now,
            expires=now + live.settings.lease_seconds,
            again={example}.intersection(live.state.wanted),
        )

    def candidates(self, pending: Sequence[str]) -> IntArray:
        """Return the pool rows with vectors that the strategy may rank."""
        live = self._live
        open_rows = self._open() & live.encoded
        open_rows[live.pool.rows(pending)] = False
        free = open_rows & ~self._reserved()
        return np.flatnonzero(free if free.any() else open_rows)

    # -- what may be asked -----------------------------------------------------------------

    def _open(self) -> BoolArray:
        """Mark what still wants an answer and nobody flagged; only what changed is looked at."""
        live = self._live
        if len(self._mask) != len(live.pool) or self._wanted != live.settings.wanted:
            self._mask = live.pool.askable.copy()
            self._folded, self._wanted = 0, live.settings.wanted
        touched = live.state.touched
        for example in touched[self._folded :]:
            count = live.state.label_count.get(example, 0)
            row = live.pool.row_of[example]
            free = count < self._wanted and example not in live.state.flagged
            self._mask[row] = free and live.pool.original[row] == row and live.pool.is_pool[row]
        self._folded = len(touched)
        return self._mask.copy()

    def _reserved(self) -> BoolArray:
        return np.asarray(self._live.pool.draw < self._live.settings.control)

    # -- the offer -------------------------------------------------------------------------

    def _offer(
        self, size: int, who: str, mine: set[str], out: Sequence[str]
    ) -> list[tuple[str, Mapping[str, Any]]]:
        """List up to `size` questions: what somebody wants answered, then the arms, mixed."""
        live = self._live
        mask = self._open()
        again = self._again(who, mine.union(out), size)
        mask[live.pool.rows(str(pick.id) for pick in again)] = False
        if live.settings.wanted == 1:
            mask[live.pool.rows(out)] = False
        mask[live.pool.rows(x for x in mine if x in live.pool.row_of)] = False
        said = live.state.said_by.get(who, {})
        mask[live.pool.rows(said)] = False
        control = self._control(mask)
        ranked = self._ranked(mask)
        picks = [*again, *_mix(self._slots(size), control, ranked)]
        if not picks:
            picks = self._skipped(said, set(out))[:size]
        questions = zip(picks, self._guesses(picks), strict=True)
        return [(str(pick.id), self._question(pick, guess)) for pick, guess in questions]

    def _again(self, who: str, taken: set[str], size: int) -> list[Pick]:
        """List what somebody wants answered, nobody holds and `who` has not declined, in order.

        What was drawn at random stays in the control arm, whatever is said of it the second time:
        without the examples that look like errors its figure would be too good.
        """
        state = self._live.state
        free = [x for x in state.wanted if x not in taken and x not in state.flagged]
        free = [x for x in free if not state.wishes.declined(x, who)]
        return [self._wish(example, state.wanted[example]) for example in free[:size]]

    def _wish(self, example: str, why: str) -> Pick:
        answers = self._live.state.current.get(example, {}).values()
        drawn = why == AUDIT or any(said.arm == CONTROL for said in answers)
        reason = AT_RANDOM if why == AUDIT else WANTED_FOR.get(why, LOOK)
        return Pick(example, 0.0, reason, 1.0, CONTROL if drawn else WISHED, WISH)

    def _slots(self, size: int) -> list[str]:
        live = self._live
        first, share, seed = live.state.asked, live.settings.control, live.settings.seed
        return [CONTROL if unit(seed, "arm", first + i) < share else STRATEGY for i in range(size)]

    def _control(self, mask: BoolArray) -> Iterator[Pick]:
        live = self._live
        rows = np.flatnonzero(mask & self._reserved())
        rows = rows[np.argsort(live.pool.draw[rows])]
        chance = live.settings.control / max(len(rows), 1)
        for row in rows.tolist():
            yield Pick(live.pool.ids[row], 0.0, AT_RANDOM, chance, CONTROL, "random@1")

    def _ranked(self, mask: BoolArray) -> Iterator[Pick]:
        """Yield the queue, then whatever is left in the order of the fixed draw."""
        live = self._live
        mask = mask.copy()
        reserved = self._reserved()
        for pick in live.serving.queue:
            row = live.pool.row_of[str(pick.id)]
            if mask[row]:
                mask[row] = False
                yield pick
        rest = np.flatnonzero(mask & ~reserved)
        for i, row in enumerate(rest[np.argsort(live.pool.draw[rest])].tolist()):
            reason, left = "nothing is ranked yet: drawn at random", len(rest) - i
            yield Pick(live.pool.ids[row], 0.0, reason, 1.0 / left, STRATEGY, "random@1", left)

    def _skipped(self, said: Mapping[str, Said], out: set[str]) -> list[Pick]:
        """Offer what the annotator skipped, once nothing else is left."""
        open_rows = self._open()
        row_of = self._live.pool.row_of
        return [
            Pick(example, 0.0, "you skipped it before", arm="volunteered")
            for example, given in said.items()
            if given.action == SKIP and open_rows[row_of[example]] and example not in out
        ]

    def _guesses(self, picks: Sequence[Pick]) -> list[tuple[Any, float] | None]:
        """Return what may be suggested for each pick: nothing where the answer is to measure."""
        live = self._live
        shown = [pick for pick in picks if live.settings.suggest and pick.arm == STRATEGY]
        rows = [live.pool.row_of[str(pick.id)] for pick in shown]
        found = zip(shown, live.serving.guesses(live.task, rows), strict=True)
        guess = {pick.id: one for pick, one in found}
        return [guess.get(pick.id) for pick in picks]

    def _question(self, pick: Pick, guess: tuple[Any, float] | None) -> dict[str, Any]:
        live = self._live
        return {
            "score": pick.score,
            "reason": pick.reason,
            "strategy": pick.strategy,
            "probability": pick.probability,
            "left": pick.left,
            "arm": pick.arm,
            "model": live.serving.version,
            "suggestion": None if guess is None else [guess[0], guess[1]],
        }


def _mix(slots: Sequence[str], control: Iterator[Pick], ranked: Iterator[Pick]) -> Iterator[Pick]:
    """Fill each slot from its arm, or from the other one where it has run dry."""
    for slot in slots:
        order = (control, ranked) if slot == CONTROL else (ranked, control)
        pick = next(chain(*order), None)
        if pick is None:
            return
        yield pick
