"""Labels are derived from answers, never stored over them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from asknext.core.events import LABEL


class Said(NamedTuple):
    """Be the current answer of one annotator to one example."""

    who: str
    seq: int
    at: float
    action: str
    value: Any
    seconds: float | None
    note: str
    arm: str
    predicted: Any = None

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


def majority(answers: Iterable[Said]) -> Any:
    """Return the value most annotators chose; a tie goes to the newest; None without labels.

    >>> from functools import partial
    >>> said = partial(Said, at=0.0, action="label", seconds=None, note="", arm="strategy")
    >>> majority([said("a", 1, value="x"), said("b", 2, value="y")])
    'y'
    """
    given = [said for said in answers if said.action == LABEL]
    if len(given) < 2:  # nearly always, and state is folded from every answer there is
        return given[0].value if given else None
    given.sort(key=lambda said: said.seq)
    votes = Counter(json.dumps(said.value, sort_keys=True) for said in given)
    most = max(votes.values())
    newest = [s for s in given if votes[json.dumps(s.value, sort_keys=True)] == most][-1]
    return newest.value
