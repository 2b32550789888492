"""Errors: the lists of what goes wrong in a project, and sending any of them to the queue."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from asknext.core import registry
from asknext.core.batch import IntArray
from asknext.core.errors import InvalidInput, MissingExtra, NotFound
from asknext.core.events import WANTED, Draft
from asknext.core.vectors import unit_rows
from asknext.loop.live import Live
from asknext.loop.unseen import gathered, sources

LISTS = "error_list"
REGIONS = ("slices", "clusters")  # asked by new texts that are like their errors
ASKED = 20
READING = (
    "each example is judged by a model that had not learnt its label: 'before' by the one that "
    "served before the answer to a question drawn at random was known, 'out_of_fold' by one "
    "fitted to the other labels. Only 'before' is a fair sample of the pool: what the strategy "
    "asked is harder, so no share here measures quality"
)

Key = tuple[int, str, int]


class Errors:
    """Make the lists of errors of one project; each is kept until an answer changes a label."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._working = threading.Lock()
        self._key: Key = (-1, "", -1)
        self._evidence: Any = None
        self._found: dict[str, dict[str, Any]] = {}

    def lists(self, kinds: Sequence[str] | None = None) -> dict[str, Any]:
        """Return the lists of these kinds, all where none is named, as plain JSON.

        A list whose library is not installed has an ``error`` that says what to type.

        Raises:
            NotFound: no list of this kind.
        """
        names = list(kinds or registry.BUILT_IN[LISTS])
        makers = {name: registry.get(LISTS, name) for name in names}
        with self._working:
            evidence = self._current()
            for name, make in makers.items():
                if name not in self._found:
                    self._found[name] = _made(name, make, evidence)
            found = [self._found[name] for name in names]
        return {
            "labelled": len(evidence),
            "judged": sources(evidence),
            "unjudged": len(evidence) - len(evidence.judged),
            "reading": READING,
            "lists": found,
        }

    def ask(self, kind: str, *, names: Sequence[str] = (), k: int = ASKED, who: str = "me") -> Any:
        """Put what is on a list before all other questions; return what is asked now.

        Args:
            kind: the list.
            names: the items of it; all where none is named, of slices and clusters those that
                are significant.
            k: questions at most.
            who: who wants it.

        Of slices and clusters new texts are asked, those nearest to the errors in them; of the
        other lists the examples themselves, once more.

        Raises:
            NotFound: no such list, or no such item on it.
        """
        if k < 1:
            raise InvalidInput(f"k must be at least 1; given: {k}")
        found = self.lists([kind])["lists"][0]
        if found.get("error"):
            raise MissingExtra(found["error"])
        ids = _ids(_chosen(kind, found["items"], names))
        ids = self._like(ids, k) if kind in REGIONS else self._open(ids)[:k]
        if ids:
            live = self._live
            data = {"examples": ids, "why": kind}
            live.append(Draft(kind=WANTED, at=live.clock(), who=who, data=data))
        return {"kind": kind, "wanted": ids}

    def _current(self) -> Any:
        """Return the evidence as it is now; the lists of what it was before are dropped."""
        live = self._live
        labelled, seq = live.labelled()
        key = (seq, live.run, len(labelled.rows))
        if key != self._key or self._evidence is None:
            self._evidence, self._found, self._key = gathered(live), {}, key
        return self._evidence

    def _open(self, ids: Sequence[str]) -> list[str]:
        flagged = self._live.state.flagged
        return [id for id in ids if id not in flagged]

    def _like(self, ids: Sequence[str], k: int) -> list[str]:
        """Return the texts without a label that lie nearest to these examples."""
        live = self._live
        with live.lock:
            space, rows = live.space, self._fresh()
        if space is None or not len(rows) or not ids:
            return []
        errors = unit_rows(space.sentences(live.pool.rows(ids))[:])
        middle = unit_rows(errors.mean(axis=0, keepdims=True))[0]
        near = np.empty(len(rows), np.float32)
        for part, vectors in space.sentences(rows).blocks():
            near[part] = unit_rows(vectors) @ middle
        return [live.pool.ids[row] for row in rows[np.argsort(-near, kind="stable")[:k]].tolist()]

    def _fresh(self) -> IntArray:
        """Return the rows that nobody has labelled, without those kept to measure with."""
        live = self._live
        free = live.pool.askable & live.encoded & (live.pool.draw >= live.settings.control)
        for taken in (live.state.labels, live.state.flagged, live.state.wanted):
            free[live.pool.rows(taken)] = False
        return np.flatnonzero(free)


def _made(name: str, make: Any, evidence: Any) -> dict[str, Any]:
    try:
        found: dict[str, Any] = make(evidence)
    except MissingExtra as missing:
        return {"kind": name, "items": [], "figures": {}, "note": "", "error": str(missing)}
    return found


def _chosen(
    kind: str, items: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> list[Mapping[str, Any]]:
    """Return the items that are meant; NotFound for a name that is not on the list."""
    if not names:
        return [item for item in items if item["significant"]] if kind in REGIONS else [*items]
    by_name = {item["name"]: item for item in items}
    for name in names:
        if name not in by_name:
            raise NotFound(
                f"the list {kind!r} has no item {name!r} now; make it anew: an answer since then "
                "may have settled it"
            )
    return [by_name[name] for name in names]


def _ids(items: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the ids of all items, each once, in their order."""
    return list(dict.fromkeys(id for item in items for id in item["ids"]))
