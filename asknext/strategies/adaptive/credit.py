"""Credit: what became of earlier picks, for strategies that learn from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from asknext.core.picks import Id
from asknext.core.view import View


class Settled(NamedTuple):
    """Hold an earlier pick that has a label now: its record, its row in `labelled`, its label."""

    record: dict[str, Any]
    row: int
    label: str


def own_state(view: View, name: str) -> Mapping[str, Any]:
    """Return the state that this strategy left; empty where another one left it, or none."""
    return view.state if view.state.get("of") == name else {}


def settle(view: View, open_: Sequence[dict[str, Any]]) -> tuple[list[Settled], list[Any]]:
    """Split records of earlier picks into those that have a label now and those still asked.

    A record is a dictionary with the pick's ``id``. One that is neither labelled nor pending was
    never asked, or skipped, and is forgotten.

    >>> view = View([], labelled=["a"], labels=["yes"], pending=["b"])
    >>> settled, waiting = settle(view, [{"id": "a"}, {"id": "b"}, {"id": "c"}])
    >>> settled, waiting
    ([Settled(record={'id': 'a'}, row=0, label='yes')], [{'id': 'b'}])
    """
    row_of: dict[Id, int] = {example: row for row, example in enumerate(view.labelled)}
    asked = set(view.pending)
    settled = [
        Settled(record, row_of[record["id"]], str(view.labels[row_of[record["id"]]]))
        for record in open_
        if record["id"] in row_of
    ]
    waiting = [r for r in open_ if r["id"] not in row_of and r["id"] in asked]
    return settled, waiting


def balance_rewards(view: View, settled: Sequence[Settled]) -> list[float]:
    """Return for each settled pick how rare its label was: fewest labels of a class ÷ its own.

    Counts below 1 are 1, so a reward is in (0, 1]; each label counts for those after it.

    >>> view = View([], labelled=list("abcd"), labels=list("xxxy"), classes=("x", "y"))
    >>> settled, _ = settle(view, [{"id": "c"}, {"id": "d"}])
    >>> balance_rewards(view, settled)
    [0.5, 1.0]
    """
    counts = Counter(dict.fromkeys(view.classes, 0))
    counts.update(str(label) for label in view.labels)
    counts.subtract(one.label for one in settled)
    rewards = []
    for one in settled:
        rewards.append(max(1, min(counts.values())) / max(1, counts[one.label]))
        counts[one.label] += 1
    return rewards
