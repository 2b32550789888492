"""Errors: the lists of what goes wrong in a project, and sending any of them to the queue."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from asknext.core import registry
from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput, MissingExtra, NotFound
from asknext.core.vectors import unit_rows
from asknext.loop.live import Live
from asknext.loop.unseen import gathered, sources
from asknext.loop.wishing import wish

LISTS = "error_list"
REGIONS = ("slices", "clusters")  # asked by new texts that are like their errors
ASKED = 20
READING = (
    "each example is judged by a model that had not learnt its label: 'out_of_fold' by one fitted "
    "to the other labels, 'before', where there is none, by the one that served before the answer "
    "to a question drawn at random was known. What the strategy asked is harder than the pool, so "
    "no share here measures quality"
)

Key = tuple[int, str, int, int]


class Errors:
    """Make the lists of errors of one project; each is kept until somebody answers."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._working = threading.Lock()
        self._key: Key = (-1, "", -1, -1)
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

    def ask(
        self,
        kind: str,
        *,
        names: Sequence[str] = (),
        k: int = ASKED,
        who: str = "me",
        key: str | None = None,
        shown: Mapping[str, Any] | None = None,
    ) -> Any:
        """Put what is on a list before all other questions; return what is asked now.

        Args:
            kind: the list.
            names: the items of it; all where none is named, of slices and clusters those that
                are significant.
            k: questions at most.
            who: who wants it.
            key: makes a retry harmless: the same key twice is one wish.
            shown: lists that were made before, where those are meant; else as they are now.

        Of slices and clusters new texts are asked, those nearest to the errors in them; of the
        other lists the examples themselves, once more, but not those that are wanted already or
        were looked at again since they were labelled.

        Raises:
            NotFound: no such list, or no such item on it.
        """
        if k < 1:
            raise InvalidInput(f"k must be at least 1; given: {k}")
        find = partial(self._meant, kind, names, k, shown)
        return {"kind": kind, "wanted": wish(self._live, find, why=kind, who=who, key=key)}

    def _meant(
        self, kind: str, names: Sequence[str], k: int, shown: Mapping[str, Any] | None
    ) -> list[str]:
        known = {} if shown is None else {each["kind"]: each for each in shown["lists"]}
        found = known.get(kind) or self.lists([kind])["lists"][0]
        if found.get("error"):
            raise MissingExtra(found["error"])
        items = _chosen(kind, found["items"], names)
        return self._like(items, k) if kind in REGIONS else self._open(_ids(items))[:k]

    def _current(self) -> Any:
        """Return the evidence as it is now; the lists of what it was before are dropped."""
        live = self._live
        labelled, seq = live.labelled()
        key = (seq, live.run, len(labelled.rows), len(live.state.touched))
        if key != self._key or self._evidence is None:
            self._evidence, self._found, self._key = gathered(live), {}, key
        return self._evidence

    def _open(self, ids: Sequence[str]) -> list[str]:
        """Keep the examples that may be looked at again."""
        live = self._live
        with live.lock:
            state = live.state
            taken = {*state.flagged, *state.wanted, *state.wishes.looked}
        return [id for id in ids if id not in taken]

    def _like(self, items: Sequence[Mapping[str, Any]], k: int) -> list[str]:
        """Return the texts without a label nearest to the errors, of each item in turn.

        Of near-duplicates one is taken.
        """
        live = self._live
        with live.lock:
            space, rows = live.space, self._fresh()
            wrong = [live.pool.rows(item["ids"]) for item in items]
        if space is None:
            return []
        rows = space.known(rows)
        wrong = [found for found in map(space.known, wrong) if len(found)]
        if not len(rows) or not wrong:
            return []
        near = np.empty((len(wrong), len(rows)), np.float32)
        middles = np.stack([_middle(space.sentences(found)[:]) for found in wrong])
        for part, vectors in space.sentences(rows).blocks():
            near[:, part] = middles @ unit_rows(vectors).T
        order = np.argsort(-near, axis=1, kind="stable")
        turns = rows[order].T.reshape(-1)  # the nearest of each item, then the second of each
        _, first = np.unique(live.pool.near[turns], return_index=True)
        return [live.pool.ids[row] for row in turns[np.sort(first)[:k]].tolist()]

    def _fresh(self) -> IntArray:
        """Return the rows that nobody has labelled, without those kept to measure with."""
        live = self._live
        free = live.pool.askable & live.encoded & (live.pool.draw >= live.settings.control)
        for taken in (live.state.labels, live.state.flagged, live.state.wanted):
            free[live.pool.rows(taken)] = False
        return np.flatnonzero(free)


def _middle(vectors: FloatArray) -> FloatArray:
    """Return the direction (d,) that the rows have in common."""
    return np.asarray(unit_rows(unit_rows(vectors).mean(axis=0, keepdims=True))[0])


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
