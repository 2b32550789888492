"""Recall: stop when nearly all examples with a label have been found, with a certificate."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import isnan
from typing import ClassVar

from asknext.core.errors import InvalidInput
from asknext.core.protocols import Moment, Verdict

FIRST_LOOK = 50  # random examples at the first look; each further look waits for twice as many


class Recall:
    """Stop when the lower bound of the share of a label's examples that are found is high enough.

    The examples of the pool have a fixed random order. The first ones in it, as far as all of
    them are labelled, are a random sample of the pool, whoever asked for them: those with the
    label among them bound the number in the pool from above (exactly, by the hypergeometric
    distribution), and what is found already is known. Nothing is assumed of model or strategy.

    A bound that is looked at again and again holds less often than it says. So it is computed
    when 50, 100, 200, 400 … random examples are labelled, and look j gets the share
    1 / (j (j + 1)) of the error allowed: all bounds hold together with the confidence `level`.
    Between two looks what is found goes on to count. A pool that grew starts anew; examples that
    are searched again, as when a skipped one is answered, add to the bounds there are.

    `label` may be left out where two labels occur: then it is the rarer one. `known` in the
    numbers is recall by the sample's plain estimate; ``chao`` is how many examples there are by
    Chao's estimate from what three models find unseen: a live gauge, no bound, never decisive.

    Source: Lewis, Yang and Frieder 2021 (only sample-based rules certify recall; theirs waits
    for a number of positives fixed beforehand); Chao 1984, bias-corrected form.

    >>> half = Moment(900, searched=1000, drawn=800, found={"spam": (50, 40), "ham": (850, 760)})
    >>> Recall(recall=0.8).judge([half]).stop
    True
    """

    name: ClassVar[str] = "recall"

    def __init__(
        self, *, label: str | None = None, recall: float = 0.9, level: float = 0.95
    ) -> None:
        for what, share in (("recall", recall), ("level", level)):
            if not 0.0 < share < 1.0:
                raise InvalidInput(f"{what} must lie between 0 and 1; given: {share}")
        self.label = label
        self.recall = recall
        self.level = level

    def judge(self, history: Sequence[Moment]) -> Verdict:
        """Return the verdict; says what is missing where there is no certificate yet."""
        numbers = {"needed": self.recall, "level": self.level}
        known = [moment for moment in history if moment.found and moment.drawn >= 0]
        label = self._label(known)
        if label is None:
            count = len(known[-1].found) if known else 0
            reason = (
                f"{count} labels have been found; to certify recall it takes the one to look for, "
                "or two of which it is the rarer, in a task with labels."
            )
            return Verdict(self.name, False, reason, numbers)
        last = known[-1]
        found, among = last.found.get(label, (0, 0))
        numbers |= {"found": float(found), "drawn": last.drawn, "drawn_found": float(among)}
        numbers |= _gauges(last, label)
        most = self._most(known, label)
        if most is None or not found:
            reason = (
                f"{found} examples with “{label}” are found, and {last.drawn:.0f} random examples "
                f"in a row are labelled; to certify recall it takes 1 and {FIRST_LOOK}."
            )
            return Verdict(self.name, False, reason, numbers)
        least = found / max(most, found)
        stop = least >= self.recall
        state = "Nearly all" if stop else "Not surely all"
        sign = "at least" if stop else "below"
        reason = (
            f"{state} examples with “{label}” are found: {found} of at most {max(most, found)}, a "
            f"recall of {100 * least:.1f}% or more with {100 * self.level:g} % confidence, {sign} "
            f"the {100 * self.recall:g}% asked for; {last.drawn:.0f} random examples, {among} of "
            "them with the label, say so."
        )
        return Verdict(self.name, stop, reason, numbers | {"least": least, "most": float(most)})

    def _label(self, known: Sequence[Moment]) -> str | None:
        if not known or self.label is not None:
            return self.label if known else None
        counts = {label: found for label, (found, _) in known[-1].found.items()}
        rarest = min(counts, key=lambda label: (counts[label], label))
        return rarest if len(counts) == 2 else None

    def _most(self, known: Sequence[Moment], label: str) -> int | None:
        """Return the upper bound of the label's examples in the pool; None before a look."""
        bounds: dict[int, int] = {}
        before = known[0]
        for moment in known:
            if _grew(before, moment):
                bounds.clear()
            # What is searched again, such as a text no longer skipped, may have the label, too; a
            # smaller pool holds no more of them than the larger one did.
            more = max(int(moment.searched - before.searched), 0)
            bounds = {look: bound + more for look, bound in bounds.items()}
            look, before = look_of(moment.drawn), moment
            if look and look not in bounds:
                bounds[look] = self._bound(moment, label, look)
        return min(bounds.values(), default=None)

    def _bound(self, moment: Moment, label: str, look: int) -> int:
        among = moment.found.get(label, (0, 0))[1]
        level = 1.0 - (1.0 - self.level) / (look * (look + 1))
        return upper_count(among, int(moment.drawn), int(moment.searched), level)


def _grew(before: Moment, after: Moment) -> bool:
    """Say whether examples came in; older versions have stored only how many are searched."""
    if isnan(before.pool) or isnan(after.pool):
        return after.searched > before.searched
    return after.pool != before.pool


def look_of(drawn: float) -> int:
    """Return which look a sample has come to: 0 before the first, 1 from 50 on, 2 from 100 on.

    >>> [look_of(n) for n in (49, 50, 99, 100, 399, 400)]
    [0, 1, 1, 2, 3, 4]
    """
    return int(drawn // FIRST_LOOK).bit_length()


@lru_cache(4096)  # a stop rule asks for the bounds of the same looks at each moment
def upper_count(among: int, drawn: int, searched: int, level: float) -> int:
    """Return the most examples with the label that the pool may hold, with confidence `level`.

    `among` of `drawn` random examples out of `searched` have it. The bound is the largest number
    under which so few, or fewer, are drawn with a probability above 1 - level; it is exact.

    Source: Clopper and Pearson 1934, with the hypergeometric distribution.

    >>> upper_count(0, 100, 1000, 0.95), upper_count(40, 1000, 1000, 0.95)
    (28, 40)
    """
    from scipy.stats import hypergeom

    low, high = among, searched - (drawn - among)
    while low < high:
        middle = (low + high + 1) // 2
        if float(hypergeom.cdf(among, searched, middle, drawn)) > 1.0 - level:
            low = middle
        else:
            high = middle - 1
    return low


def chao(found: int, once: int, twice: int) -> float:
    """Return how many there are when `found` were, `once` of them by one capture, `twice` by two.

    A lower bound in expectation where all are as easy to find; a gauge where they are not.

    >>> chao(40, 6, 4)
    43.0
    """
    return found + once * (once - 1) / (2.0 * (twice + 1))


def _gauges(moment: Moment, label: str) -> dict[str, float]:
    found, among = moment.found.get(label, (0, 0))
    gauges: dict[str, float] = {}
    if among:
        expected = moment.searched * among / moment.drawn
        gauges |= {"expected": expected, "known": min(found / expected, 1.0)}
    if label in moment.seen:
        gauges["chao"] = chao(found, *moment.seen[label])
    return gauges
