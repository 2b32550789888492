"""Labels are derived from answers, never stored over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from asknext.core.events import LABEL

Agree = Callable[[Sequence[Any]], Any]


class Said(NamedTuple):
    """Be the current answer of one annotator to one example.

    However often it was corrected or taken back since: `arm`, `question` (empty where nothing
    was asked) and `first` (its `seq`) are those of the first thing they said of the example, and
    `predicted` is what a model said that had not learnt their label.
    """

    who: str
    seq: int
    at: float
    action: str
    value: Any
    seconds: float | None
    note: str
    arm: str
    predicted: Any = None
    question: Mapping[str, Any] = MappingProxyType({})
    first: int = 0

    def after(self, before: Said | None) -> Said:
        """Return this answer with what is kept of the first one, given what they said before."""
        if before is None:
            return self._replace(first=self.seq)
        kept = self._replace(arm=before.arm, question=before.question, first=before.first)
        if before.action == LABEL or self.predicted is None:  # later models may know the label
            kept = kept._replace(predicted=before.predicted)
        return kept

    def to_json(self) -> dict[str, Any]:
        """Return what exports and screens show."""
        return {
            "who": self.who,
            "action": self.action,
            "value": self.value,
            "at": self.at,
            "seconds": self.seconds,
            "note": self.note,
        }


def label_of(answers: Iterable[Said], agree: Agree) -> Any:
    """Return the value that stands for all answers; None without labels.

    >>> from asknext.core.tasks.base import most_common
    >>> from functools import partial
    >>> said = partial(Said, at=0.0, action="label", seconds=None, note="", arm="strategy")
    >>> label_of([said("a", 1, value="x"), said("b", 2, value="y")], most_common)
    'y'
    """
    given = [said for said in answers if said.action == LABEL]
    if len(given) < 2:  # nearly always, and state is folded from every answer there is
        return given[0].value if given else None
    given.sort(key=lambda said: said.seq)
    return agree([said.value for said in given])
