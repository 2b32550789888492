"""MemoryStore: the twin that keeps everything in this process, for simulations and tests."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from asknext.core.errors import AlreadyExists, NotFound, StoreError
from asknext.core.events import Appended, Draft, Event, Lease
from asknext.core.examples import Example, Outline
from asknext.core.protocols import Added
from asknext.core.settings import Settings
from asknext.store import facts, values
from asknext.store.claiming import choose


@dataclass(slots=True)
class _Held:
    seq: int
    lease: Lease


@dataclass(slots=True)
class _Project:
    settings: Settings
    events: list[Event] = field(default_factory=list)
    keys: dict[str, Event] = field(default_factory=dict)
    examples: dict[str, Example] = field(default_factory=dict)
    order: list[Example] = field(default_factory=list)
    outlines: list[Outline] = field(default_factory=list)
    said: dict[str, dict[str, str]] = field(default_factory=dict)
    held: dict[str, dict[str, _Held]] = field(default_factory=dict)
    artifacts: dict[str, bytes] = field(default_factory=dict)

    def need(self, ids: Iterable[str]) -> None:
        for example in ids:
            if example not in self.examples:
                raise NotFound(f"no example with the id {example!r} in {self.settings.name!r}")

    def insert(self, incoming: Iterable[Example]) -> None:
        for example in incoming:
            if example.id not in self.examples:
                self.examples[example.id] = example
                self.order.append(example)
        fresh = enumerate(self.order[len(self.outlines) :], start=len(self.outlines))
        self.outlines.extend(
            [Outline(row, x.id, x.key, x.copy_of, x.near, x.split) for row, x in fresh]
        )

    def append(self, drafts: Sequence[Draft]) -> list[Appended]:
        done = facts.number(drafts, self.keys, len(self.events) + 1)
        fresh = [item.event for item in done if item.fresh]
        self.need(event.example for event in fresh if event.example is not None)
        self.events.extend(fresh)
        self.keys.update({event.key: event for event in fresh if event.key is not None})
        self._derive(fresh)
        return done

    def _derive(self, events: Sequence[Event]) -> None:
        for (example, who), answer in facts.answers(events).items():
            if answer is None:
                self.said.get(example, {}).pop(who, None)
            else:
                self.said.setdefault(example, {})[who] = answer.data["action"]
        for example, who in facts.ended(events):
            self.held.get(example, {}).pop(who, None)

    def holders(self, ids: Iterable[str], now: float) -> dict[str, list[str]]:
        return {
            example: [who for who, held in there.items() if held.lease.expires > now]
            for example in ids
            if (there := self.held.get(example))
        }

    def live(self, now: float) -> list[_Held]:
        found = [x for there in self.held.values() for x in there.values() if x.lease.expires > now]
        return sorted(found, key=lambda held: held.seq)


class MemoryStore:
    """Keep the facts in memory, by the contract of `Store` except that nothing outlives it.

    >>> store = MemoryStore()
    >>> store.create(Settings(name="demo", task={"kind": "classification", "labels": ["a", "b"]}))
    >>> store.add("demo", [Example(id="1", fields={"text": "hi"})])
    Added(new=1, known=0)
    """

    def __init__(self, url: str = "memory://") -> None:
        self.url = url
        self._lock = RLock()
        self._projects: dict[str, _Project] | None = {}

    def _all(self) -> dict[str, _Project]:
        if self._projects is None:
            raise StoreError("this store was closed; open another")
        return self._projects

    def _of(self, project: str) -> _Project:
        there = self._all()
        if project not in there:
            raise NotFound.among("project", project, list(there))
        return there[project]

    def create(self, settings: Settings) -> None:
        """Make a project and append its first ``settings`` event."""
        draft = facts.settings_draft(settings, time.time())
        with self._lock:
            if settings.name in self._all():
                raise AlreadyExists(
                    f"a project named {settings.name!r} exists already; choose another name"
                )
            made = _Project(Settings.from_json(draft.data))
            made.append([draft])
            self._all()[settings.name] = made

    def configure(self, settings: Settings, at: float) -> None:
        """Replace the settings of a project and append a ``settings`` event."""
        draft = facts.settings_draft(settings, at)
        with self._lock:
            place = self._of(settings.name)
            place.append([draft])
            place.settings = Settings.from_json(draft.data)

    def projects(self) -> list[Settings]:
        """Return the settings of all projects, by name."""
        with self._lock:
            return [place.settings for _, place in sorted(self._all().items())]

    def settings(self, project: str) -> Settings:
        """Return the settings of one project."""
        with self._lock:
            return self._of(project).settings

    def delete(self, project: str) -> None:
        """Remove a project and everything in it."""
        with self._lock:
            self._of(project)
            del self._all()[project]

    def add(self, project: str, examples: Iterable[Example]) -> Added:
        """Append examples, all or none; the iterable is read before anything is locked."""
        self.settings(project)
        incoming = [Example(*values.parts(example)) for example in examples]
        with self._lock:
            place = self._of(project)
            before = len(place.order)
            place.insert(incoming)
            new = len(place.order) - before
        return Added(new=new, known=len(incoming) - new)

    def outline(self, project: str, after: int = -1) -> list[Outline]:
        """Return the outlines with a row larger than `after`, by row."""
        with self._lock:
            return self._of(project).outlines[max(after + 1, 0) :]

    def scan(self, project: str, after: int = -1, limit: int = 1000) -> list[tuple[int, Example]]:
        """Return up to `limit` (row, example) with a row larger than `after`, by row."""
        first = max(after + 1, 0)
        with self._lock:
            found = self._of(project).order[first : first + max(limit, 0)]
        return list(enumerate(found, start=first))

    def examples(self, project: str, ids: Sequence[str]) -> dict[str, Example]:
        """Return the examples of these ids."""
        with self._lock:
            place = self._of(project)
            place.need(ids)
            return {example: place.examples[example] for example in ids}

    def append(self, project: str, drafts: Sequence[Draft]) -> list[Appended]:
        """Append events in order; a known `key` returns the known event."""
        good = [facts.checked(draft) for draft in drafts]
        with self._lock:
            return self._of(project).append(good)

    def events(self, project: str, after: int = 0, limit: int | None = None) -> list[Event]:
        """Return the events with a seq larger than `after`, in order."""
        first = max(after, 0)
        with self._lock:
            there = self._of(project).events
            return there[first:] if limit is None else there[first : first + max(limit, 0)]

    def claim(
        self,
        project: str,
        who: str,
        questions: Sequence[tuple[str, Mapping[str, Any]]],
        k: int,
        *,
        wanted: int,
        now: float,
        expires: float,
        again: Collection[str] = (),
    ) -> list[Lease]:
        """Lease up to `k` of these (example id, question) to `who`, in the order given."""
        ids = [example for example, _ in questions]
        values.name(who, "who")
        until = values.moment(expires, "expires")
        with self._lock:
            place = self._of(project)
            place.need(ids)
            holders = place.holders(ids, now)
            taken = choose(
                ids, who, k, wanted=wanted, said=place.said, holders=holders, again=again
            )
            drafts = facts.asked_drafts(who, [questions[i] for i in taken], now)
            events = [done.event for done in place.append(drafts)]
            leases = facts.leases(events, until)
            for event, lease in zip(events, leases, strict=True):
                place.held.setdefault(lease.example, {})[who] = _Held(event.seq, lease)
            return leases

    def leases(self, project: str, now: float) -> list[Lease]:
        """Return the unexpired leases, oldest first."""
        with self._lock:
            return [held.lease for held in self._of(project).live(now)]

    def renew(self, project: str, who: str, now: float, expires: float) -> list[Lease]:
        """Extend all unexpired leases of `who` and return them; none is made shorter."""
        values.name(who, "who")
        until = values.moment(expires, "expires")
        with self._lock:
            mine = [held for held in self._of(project).live(now) if held.lease.who == who]
            for held in mine:
                old = held.lease
                held.lease = Lease(old.example, who, max(old.expires, until), old.question)
            return [held.lease for held in mine]

    def release(self, project: str, who: str, ids: Sequence[str]) -> None:
        """Give questions back unanswered; one that `who` does not hold is passed over."""
        values.name(who, "who")
        with self._lock:
            place = self._of(project)
            place.need(ids)
            for example in ids:
                place.held.get(example, {}).pop(who, None)

    def put(self, project: str, name: str, data: bytes) -> None:
        """Keep an artifact under a name, replacing it."""
        key = values.name(name, "the name of the artifact")
        with self._lock:
            self._of(project).artifacts[key] = bytes(data)

    def fetch(self, project: str, name: str) -> bytes | None:
        """Return an artifact, None where there is none."""
        with self._lock:
            return self._of(project).artifacts.get(name)

    def close(self) -> None:
        """Forget everything."""
        with self._lock:
            self._projects = None
