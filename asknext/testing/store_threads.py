"""Checks of a store: many callers at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

from asknext.core.events import ANSWERED, ASKED
from asknext.testing.store_cases import NAME, MakeStore, answered, claim, opened, texts

PEOPLE = [f"person-{i}" for i in range(8)]


def at_once(work: Callable[[str], int]) -> int:
    """Run work for eight people at the same moment and return the sum of what they return."""
    ready = Barrier(len(PEOPLE))

    def person(who: str) -> int:
        ready.wait(60)
        return work(who)

    with ThreadPoolExecutor(len(PEOPLE)) as pool:
        return sum(pool.map(person, PEOPLE))


def check_claimers_never_share_a_place(make_store: MakeStore) -> None:
    """Eight people work through 120 questions that two should label: 240 answers, none double."""
    ids = [f"e{i}" for i in range(120)]
    with opened(make_store, *ids) as store:

        def work(who: str) -> int:
            done = 0
            while taken := claim(store, who, ids, 5, wanted=2):
                store.append(NAME, [answered(i, who, key=f"{who}/{i}") for i in taken])
                done += len(taken)
            return done

        assert at_once(work) == 240
        events = store.events(NAME)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        pairs = Counter((event.kind, event.example, event.who) for event in events[1:])
        assert set(pairs.values()) == {1}
        times = Counter(event.example for event in events if event.kind == ANSWERED)
        assert times == dict.fromkeys(ids, 2)
        assert sum(event.kind == ASKED for event in events) == 240
        assert store.leases(NAME, 0.0) == []


def check_retries_are_stored_once(make_store: MakeStore) -> None:
    """Eight callers send the same 40 keys: each is stored once and everyone is told the same."""
    with opened(make_store, "a") as store:
        told: list[list[int]] = []

        def work(_: str) -> int:
            sent = [store.append(NAME, [answered("a", "ann", key=f"k{i}")]) for i in range(40)]
            told.append([done.event.seq for (done,) in sent])
            return sum(done.fresh for (done,) in sent)

        assert at_once(work) == 40
        assert all(seqs == told[0] for seqs in told)
        assert sorted(event.seq for event in store.events(NAME)) == list(range(1, 42))


def check_readers_see_no_gaps(make_store: MakeStore) -> None:
    """Who reads while others write sees 1 … n, and never less than before."""
    with opened(make_store, "a") as store:
        finished = Event()

        def read() -> None:
            seen = 0
            while not finished.is_set():
                seqs = [event.seq for event in store.events(NAME)]
                assert seqs == list(range(1, len(seqs) + 1))
                assert len(seqs) >= seen
                seen = len(seqs)

        def write(who: str) -> int:
            for _ in range(15):
                store.append(NAME, [answered("a", who), answered("a", who)])
            return 30

        with ThreadPoolExecutor(1) as pool:
            reader = pool.submit(read)
            try:
                assert at_once(write) == 240
            finally:
                finished.set()
            reader.result()
        assert len(store.events(NAME)) == 241


def check_imports_at_once(make_store: MakeStore) -> None:
    """Eight imports that overlap give every example one row, without gaps."""
    with opened(make_store) as store:

        def work(who: str) -> int:
            shared = texts(*(f"shared-{i}" for i in range(50)))
            mine = texts(*(f"{who}-{i}" for i in range(20)))
            return store.add(NAME, [*mine[:10], *shared, *mine[10:]]).new

        assert at_once(work) == 8 * 20 + 50
        outline = store.outline(NAME)
        assert [row.row for row in outline] == list(range(210))
        assert len({row.id for row in outline}) == 210
