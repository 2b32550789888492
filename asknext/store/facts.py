"""Facts: how drafts become events and what events do to the derived state; no database here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from asknext.core.errors import InvalidInput
from asknext.core.events import (
    ACTIONS,
    ANSWERED,
    ASKED,
    RETRACTED,
    SETTINGS,
    Appended,
    Draft,
    Event,
    Lease,
)
from asknext.core.settings import Settings
from asknext.store import values

Pair = tuple[str, str]
"""An example id and an annotator."""


def checked(draft: Draft) -> Draft:
    """Copy a draft with its parts checked; raises InvalidInput for what no store keeps."""
    if not math.isfinite(draft.at):
        raise InvalidInput(f"an event cannot be at {draft.at}; give seconds since 1970")
    data = values.fields(draft.data, "data")
    if draft.kind in (ANSWERED, RETRACTED) and draft.example is None:
        raise InvalidInput(f"the event {draft.kind!r} needs an example; given: none")
    if draft.kind == ANSWERED and data.get("action") not in ACTIONS:
        given = data.get("action")
        raise InvalidInput(f"data['action'] is {given!r}; allowed: {', '.join(ACTIONS)}")
    return Draft(
        kind=values.name(draft.kind, "kind"),
        at=float(draft.at),
        who=values.name(draft.who, "who"),
        example=None if draft.example is None else values.name(draft.example, "example"),
        data=data,
        key=None if draft.key is None else values.name(draft.key, "key"),
    )


def settings_draft(settings: Settings, at: float) -> Draft:
    """Make the draft that says what the settings are from now on."""
    return checked(Draft(kind=SETTINGS, at=at, data=settings.to_json()))


def asked_drafts(
    who: str, taken: Sequence[tuple[str, Mapping[str, object]]], at: float
) -> list[Draft]:
    """Make the drafts of the questions that go out to `who`."""
    return [
        checked(Draft(kind=ASKED, at=at, who=who, example=example, data=question))
        for example, question in taken
    ]


def number(drafts: Sequence[Draft], known: Mapping[str, Event], first: int) -> list[Appended]:
    """Give drafts their places from `first` on; one whose key is known keeps the known event.

    >>> draft = Draft(kind="measured", at=0.0, key="k")
    >>> [(x.event.seq, x.fresh) for x in number([draft, draft], {}, 7)]
    [(7, True), (7, False)]
    """
    found = dict(known)
    done: list[Appended] = []
    for draft in drafts:
        old = None if draft.key is None else found.get(draft.key)
        event = old or _event(draft, first)
        if old is None:
            first += 1
            if draft.key is not None:
                found[draft.key] = event
        done.append(Appended(event, fresh=old is None))
    return done


def _event(draft: Draft, seq: int) -> Event:
    return Event(
        seq=seq,
        kind=draft.kind,
        at=draft.at,
        who=draft.who,
        example=draft.example,
        data=draft.data,
        key=draft.key,
    )


def answers(events: Iterable[Event]) -> dict[Pair, Event | None]:
    """Return the last answer of each pair that these events touch, None where taken back."""
    last: dict[Pair, Event | None] = {}
    for event in events:
        if event.example is not None and event.kind in (ANSWERED, RETRACTED):
            last[event.example, event.who] = event if event.kind == ANSWERED else None
    return last


def ended(events: Iterable[Event]) -> set[Pair]:
    """Return the pairs whose lease these events end."""
    return {
        (event.example, event.who)
        for event in events
        if event.kind == ANSWERED and event.example is not None
    }


def leases(events: Sequence[Event], expires: float) -> list[Lease]:
    """Return the leases that go with freshly asked events."""
    return [Lease(event.example or "", event.who, expires, event.data) for event in events]
