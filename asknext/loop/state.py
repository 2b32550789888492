"""State: what the events say, folded. The same events give the same state, in any process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from asknext.core.events import (
    ANSWERED,
    ASKED,
    CHECKED,
    FLAG,
    LABEL,
    MEASURED,
    RETRACTED,
    SETTINGS,
    WANTED,
    Event,
)
from asknext.core.protocols import Moment
from asknext.core.tasks.base import most_common
from asknext.loop.consensus import Agree, Said, label_of
from asknext.loop.ledger import Ledger, Run
from asknext.loop.wishes import Wishes


class State:
    """Fold events one by one.

    `seq` is the last event folded, `seq_labels` the last one that a ranking depends on.
    `touched` lists the examples whose answers changed, in order, so that whoever keeps something
    derived from them need not look at all of them again. `agree` makes one label of several
    people's answers. `wishes` are for the examples that somebody wants answered, again where they
    are already.
    """

    def __init__(self, agree: Agree = most_common) -> None:
        self.agree = agree
        self.seq = 0
        self.asked = 0
        self.answered = 0
        self.current: dict[str, dict[str, Said]] = {}
        self.said_by: dict[str, dict[str, Said]] = {}
        self._before: dict[str, dict[str, Said]] = {}  # what was said once, taken back or not
        self.questions: dict[str, dict[str, Mapping[str, Any]]] = {}
        self.labels: dict[str, Any] = {}
        self.label_count: dict[str, int] = {}
        self.flagged: set[str] = set()
        self.wishes = Wishes()
        self.actions: Counter[str] = Counter()
        self.touched: list[str] = []
        self.measured: list[Mapping[str, Any]] = []
        self.checked: Mapping[str, Any] = {}
        self.recent: list[tuple[str, Said]] = []
        self.seconds = 0.0
        self.seq_labels = 0
        self.ledger = Ledger()

    @property
    def wanted(self) -> dict[str, str]:
        """Return the examples that somebody wants answered and the list that each is on."""
        return self.wishes.wanted

    @property
    def runs(self) -> dict[str, Run]:
        """Return the deep trainings by id, in the order of their request."""
        return self.ledger.runs

    @property
    def serving_run(self) -> str:
        """Return the id of the run whose model serves, empty where none does."""
        return self.ledger.serving

    def fold(self, events: Iterable[Event]) -> None:
        """Fold events in order."""
        for event in events:
            if self._apply(event):
                self.seq_labels = event.seq
            self.seq = event.seq

    def _apply(self, event: Event) -> bool:
        if event.kind == ASKED and event.example is not None:
            self.asked += 1
            self.questions.setdefault(event.example, {})[event.who] = event.data
        elif event.kind == ANSWERED and event.example is not None:
            return self._answered(event, event.example)
        elif event.kind == RETRACTED and event.example is not None:
            return self._retracted(event.example, event.who)
        elif event.kind == MEASURED:
            self.measured.append({**event.data, "at": event.at})
        elif event.kind == WANTED:
            self.wishes.want(event.data["examples"], event.data["why"], event.key)
        elif event.kind == CHECKED:
            return self._checked(event.data)
        return self.ledger.fold(event) or event.kind == SETTINGS

    def _checked(self, data: Mapping[str, Any]) -> bool:
        """Keep the newest check of self-training; say whether it found something else."""
        before, self.checked = self.checked, data
        return bool(before.get("helps")) != bool(data["helps"])

    def _retracted(self, example: str, who: str) -> bool:
        if self.wishes.take_back(example, who):
            return False
        gone = self.current.get(example, {}).pop(who, None)
        if gone:
            self.actions[gone.action] -= 1
        self.said_by.get(who, {}).pop(example, None)
        return self._derive(example)

    def _answered(self, event: Event, example: str) -> bool:
        said = self._said(event, example)
        self.answered += 1
        self.seconds += said.seconds or 0.0
        self.recent.append((example, said))
        answers = self.current.setdefault(example, {})
        before = answers.get(said.who)
        strategy = str(self.question(example, said.who).get("strategy", ""))
        told = before.action if before else ""
        if self.wishes.keeps(example, said.who, said.action, strategy, told):
            return False
        if before:
            self.actions[before.action] -= 1
        self.actions[said.action] += 1
        answers[said.who] = said
        self.said_by.setdefault(said.who, {})[example] = said
        labelled = example in self.labels
        changed = self._derive(example)
        self.wishes.answered(example, said.who, said.action, labelled=labelled, changed=changed)
        return changed

    def _said(self, event: Event, example: str) -> Said:
        """Read an answer, with what is kept of the first one of the same person."""
        data = event.data
        said = Said(
            who=event.who,
            seq=event.seq,
            at=event.at,
            action=data["action"],
            value=data.get("value"),
            seconds=data.get("seconds"),
            note=data.get("note", ""),
            arm=data.get("arm", ""),
            predicted=data.get("predicted"),
            question=self.question(example, event.who),
        )
        kept = self._before.setdefault(example, {})
        said = said.after(kept.get(event.who))
        if event.who not in kept or kept[event.who].action != LABEL:
            kept[event.who] = said
        return said

    def _derive(self, example: str) -> bool:
        self.touched.append(example)
        answers = list(self.current.get(example, {}).values())
        actions = [said.action for said in answers]
        count = actions.count(LABEL)
        before = (self.labels.pop(example, None), example in self.flagged)
        self.label_count.pop(example, None)
        if count:
            self.label_count[example] = count
            self.labels[example] = label_of(answers, self.agree)
        if FLAG in actions:
            self.flagged.add(example)
            self.labels.pop(example, None)
        else:
            self.flagged.discard(example)
        return before != (self.labels.get(example), example in self.flagged)

    def question(self, example: str, who: str) -> Mapping[str, Any]:
        """Return the question `who` was last asked about an example, empty if none."""
        return self.questions.get(example, {}).get(who, {})

    def arm(self, example: str, who: str) -> str:
        """Return the arm of the question `who` was last asked, ``volunteered`` if none."""
        return str(self.question(example, who).get("arm", "volunteered"))

    def control_ids(self) -> list[str]:
        """Return the labelled examples that were drawn at random, by their first answer."""
        found: list[tuple[int, str]] = []
        for example in self.labels:
            seqs = [s.first for s in self.current[example].values() if s.arm == "control"]
            if seqs:
                found.append((min(seqs), example))
        return [example for _, example in sorted(found)]

    def history(self) -> list[Moment]:
        """Return the measured points, oldest first; the test set counts before the control arm."""
        nan = float("nan")

        def number(point: Mapping[str, Any], name: str) -> float:
            value = point.get(name)
            return nan if value is None else float(value)

        def pairs(point: Mapping[str, Any], name: str) -> dict[str, tuple[int, int]]:
            return {label: (a, b) for label, (a, b) in (point.get(name) or {}).items()}

        return [
            Moment(
                answers=int(point["answers"]),
                estimate=number(best, "estimate"),
                low=number(best, "low"),
                high=number(best, "high"),
                n=int(best.get("n") or 0),
                agreement=number(point, "agreement"),
                minutes=float(point.get("minutes") or 0.0),
                uncertainty=number(point, "uncertainty"),
                confidence=number(point, "confidence"),
                change=number(point, "change"),
                given=number(point, "given"),
                searched=number(point, "searched"),
                drawn=number(point, "drawn"),
                found=pairs(point, "found"),
                seen=pairs(point, "seen"),
                pool=number(point, "pool"),
            )
            for point in self.measured
            for best in (point.get("test") or point,)
        ]
