"""Checks of a store: events, claims and leases, one caller at a time."""

from __future__ import annotations

from functools import partial
from typing import Any

from asknext.core.errors import InvalidInput, NotFound
from asknext.core.events import ANSWERED, ASKED, FLAG, MEASURED, SETTINGS, SKIP, UNSURE, Draft
from asknext.testing.store_cases import (
    NAME,
    MakeStore,
    answered,
    claim,
    kinds,
    named,
    opened,
    refused,
    retracted,
    settings,
)


def check_append_returns_events_in_order(make_store: MakeStore) -> None:
    """Events get 1, 2, 3 …, come back as given, and are read again the same."""
    with opened(make_store, "a") as store:
        drafts = [
            Draft(kind=MEASURED, at=1.25, data={"estimate": None, "deep": {"n": [1, 2.5]}}),
            Draft(kind=ANSWERED, at=1e9 + 0.123456, who="ann", example="a", key="k",
                  data={"action": "label", "value": "yes", "seconds": 1e22}),
        ]  # fmt: skip
        done = store.append(NAME, drafts)
        assert [(item.event.seq, item.fresh) for item in done] == [(2, True), (3, True)]
        for item, draft in zip(done, drafts, strict=True):
            event = item.event
            assert (event.kind, event.at, event.who) == (draft.kind, draft.at, draft.who)
            assert (event.example, event.key, event.data) == (draft.example, draft.key, draft.data)
        assert store.events(NAME, after=1) == [item.event for item in done]
        assert store.append(NAME, []) == []


def check_a_stored_event_cannot_be_changed(make_store: MakeStore) -> None:
    """What the caller does to his own objects later changes nothing."""
    with opened(make_store, "a") as store:
        data: dict[str, Any] = {"action": "label", "value": ["yes"]}
        store.append(NAME, [Draft(kind=ANSWERED, at=1.0, who="ann", example="a", data=data)])
        data["value"].append("no")
        data["action"] = FLAG
        assert store.events(NAME)[-1].data == {"action": "label", "value": ["yes"]}


def check_a_known_key_returns_the_known_event(make_store: MakeStore) -> None:
    """A repeat stores nothing and changes nothing, even where it says something else."""
    with opened(make_store, "a", "b") as store:
        (first,) = store.append(NAME, [answered("a", "ann", key="k")])
        store.append(NAME, [answered("a", "ann", SKIP, key="later")])
        again = store.append(
            NAME,
            [answered("a", "ann", key="k"), answered("b", "bob", key="k"), answered("b", "cai")],
        )
        assert [item.event for item in again[:2]] == [first.event] * 2
        assert [item.fresh for item in again] == [False, False, True]
        assert again[2].event.seq == 4
        assert claim(store, "ann", ["a"]) == ["a"], "the repeat undid the later skip"


def check_a_key_repeated_in_one_call(make_store: MakeStore) -> None:
    """Two drafts with one key in the same call are one event."""
    with opened(make_store, "a", "b") as store:
        done = store.append(
            NAME,
            [answered("a", "ann", key="k"), answered("b", "bob", key="k"), answered("b", "cai")],
        )
        assert [(x.event.seq, x.event.who, x.fresh) for x in done] == [
            (2, "ann", True),
            (2, "ann", False),
            (3, "cai", True),
        ]
        assert len(store.events(NAME)) == 3


def check_keys_are_the_projects_own(make_store: MakeStore) -> None:
    """The same key and the same ids in another project are other things."""
    with opened(make_store, "a") as store:
        store.create(settings("other"))
        store.add("other", list(store.examples(NAME, ["a"]).values()))
        store.append(NAME, [answered("a", "ann", FLAG, key="k")])
        (done,) = store.append("other", [answered("a", "ann", SKIP, key="k")])
        assert (done.fresh, done.event.seq) == (True, 2)
        taken = store.claim("other", "bob", [("a", {})], 1, wanted=1, now=0.0, expires=1.0)
        assert named(taken) == ["a"]


def check_append_is_all_or_none(make_store: MakeStore) -> None:
    """One bad draft and none is stored; the next seq has no gap."""
    with opened(make_store, "a") as store:
        good = answered("a", "ann")
        for error, bad in (
            (NotFound, answered("nowhere", "ann")),
            (NotFound, answered("", "ann")),
            (InvalidInput, answered("no\0where", "ann")),
            (InvalidInput, Draft(kind=ANSWERED, at=1.0, who="ann", data={"action": "label"})),
            (InvalidInput, Draft(kind=ANSWERED, at=1.0, who="ann", example="a")),
            (InvalidInput, answered("a", "ann", "shout")),
            (InvalidInput, answered("a", "an\0n")),
            (InvalidInput, answered("a", "ann", key="\ud800")),
            (InvalidInput, Draft(kind=MEASURED, at=float("nan"))),
            (InvalidInput, Draft(kind=MEASURED, at=1.0, data={"estimate": float("inf")})),
            (InvalidInput, Draft(kind=MEASURED, at=1.0, data={"of": object()})),
        ):
            refused(error, partial(store.append, NAME, [good, bad]))
        assert kinds(store) == [(1, SETTINGS)]
        assert store.append(NAME, [good])[0].event.seq == 2


def check_answers_are_derived(make_store: MakeStore) -> None:
    """The newest answer counts; taking it back makes the question free again."""
    with opened(make_store, "a") as store:
        store.append(NAME, [answered("a", "ann")])
        assert claim(store, "bob", ["a"]) == []
        store.append(NAME, [answered("a", "ann", SKIP)])
        assert claim(store, "bob", ["a"], expires=1.0) == ["a"]
        store.append(NAME, [answered("a", "ann"), retracted("a", "bob")])
        assert claim(store, "cai", ["a"], now=2.0) == []
        store.append(NAME, [retracted("a", "ann"), retracted("a", "ann")])
        assert claim(store, "cai", ["a"], now=2.0) == ["a"]


def check_the_last_of_one_call_counts(make_store: MakeStore) -> None:
    """Several answers to one example in one call leave the last."""
    with opened(make_store, "a", "b") as store:
        both = [answered("a", "ann"), retracted("a", "ann"), retracted("b", "ann")]
        store.append(NAME, [*both, answered("b", "ann")])
        assert claim(store, "bob", ["a", "b"]) == ["a"]


def check_an_answer_ends_the_lease(make_store: MakeStore) -> None:
    """Any answer ends the annotator's own lease and nobody else's; a retraction ends none."""
    with opened(make_store, "a", "b") as store:
        for who in ("ann", "bob"):
            assert claim(store, who, ["a", "b"], wanted=2) == ["a", "b"]
        store.append(NAME, [answered("a", "ann", UNSURE), retracted("b", "bob")])
        held = [(lease.example, lease.who) for lease in store.leases(NAME, 0.0)]
        assert held == [("b", "ann"), ("a", "bob"), ("b", "bob")]


def check_claim_leases_in_order(make_store: MakeStore) -> None:
    """The first k that are free are leased in the order given, each with an event."""
    with opened(make_store, "a", "b", "c", "d") as store:
        offered = [("c", {"score": 0.5, "原因": "近"}), ("a", {}), ("c", {}), ("d", {})]
        taken = store.claim(NAME, "ann", offered, 2, wanted=1, now=3.0, expires=9.0)
        assert [(x.example, x.who, x.expires, x.question) for x in taken] == [
            ("c", "ann", 9.0, {"score": 0.5, "原因": "近"}),
            ("a", "ann", 9.0, {}),
        ]
        asked = store.events(NAME, after=1)
        assert [(x.seq, x.kind, x.at, x.who, x.example, x.data) for x in asked] == [
            (2, ASKED, 3.0, "ann", "c", {"score": 0.5, "原因": "近"}),
            (3, ASKED, 3.0, "ann", "a", {}),
        ]
        assert store.leases(NAME, 3.0) == taken
        assert claim(store, "bob", ["a", "b", "c", "d"], 1) == ["b"]
        assert claim(store, "bob", ["d"], 0) == []
        assert claim(store, "bob", []) == []


def check_claim_takes_one_id_once(make_store: MakeStore) -> None:
    """An id offered twice, or held already, goes to its holder once."""
    with opened(make_store, "a") as store:
        assert claim(store, "ann", ["a", "a"], wanted=9) == ["a"]
        assert claim(store, "ann", ["a"], wanted=9) == []
        assert len(store.leases(NAME, 0.0)) == 1


def check_claim_passes_over_flagged(make_store: MakeStore) -> None:
    """What somebody flagged goes to nobody until he takes it back."""
    with opened(make_store, "a", "b") as store:
        store.append(NAME, [answered("a", "ann", FLAG)])
        assert claim(store, "bob", ["a", "b"], wanted=9, expires=1.0) == ["b"]
        assert claim(store, "ann", ["a"], wanted=9) == []
        store.append(NAME, [retracted("a", "ann")])
        assert claim(store, "bob", ["a"], now=1.0) == ["a"]


def check_claim_counts_labels_and_leases(make_store: MakeStore) -> None:
    """With n wanted, exactly n people label or hold it; skip and unsure do not count."""
    with opened(make_store, "a") as store:
        store.append(NAME, [answered("a", "ann"), answered("a", "dan", SKIP)])
        store.append(NAME, [answered("a", "eva", UNSURE)])
        assert claim(store, "ann", ["a"], wanted=9) == [], "she has labelled it"
        assert claim(store, "bob", ["a"], wanted=1) == []
        assert claim(store, "bob", ["a"], wanted=3) == ["a"]
        assert claim(store, "dan", ["a"], wanted=3) == ["a"], "who skipped may be asked again"
        assert claim(store, "eva", ["a"], wanted=3) == []
        store.append(NAME, [answered("a", "bob")])
        assert claim(store, "eva", ["a"], wanted=3) == []
        assert claim(store, "eva", ["a"], wanted=4) == ["a"]


def check_claim_again(make_store: MakeStore) -> None:
    """What is wanted again goes out though it is labelled; not twice, and not where flagged."""
    with opened(make_store, "a", "b", "c") as store:
        store.append(NAME, [answered("a", "ann"), answered("b", "ann"), answered("c", "bob", FLAG)])
        assert claim(store, "ann", ["a", "b", "c"], again=["a", "c"]) == ["a"], "her own answer"
        assert claim(store, "bob", ["a", "b"], again=["a", "b"]) == ["b"], "ann holds the other"
        assert claim(store, "ann", ["a"], again=["a"]) == [], "she holds it"
        store.append(NAME, [answered("a", "ann")])
        assert claim(store, "bob", ["a"]) == []
        assert claim(store, "bob", ["a"], again=["a"]) == ["a"]


def check_leases_run_out(make_store: MakeStore) -> None:
    """At its expiry a lease is over: others may claim, and so may who held it."""
    with opened(make_store, "a", "b") as store:
        assert claim(store, "ann", ["a", "b"], expires=10.0) == ["a", "b"]
        assert claim(store, "bob", ["a"], now=9.99) == []
        assert store.leases(NAME, 10.0) == []
        assert claim(store, "bob", ["a"], now=10.0, expires=20.0) == ["a"]
        assert claim(store, "ann", ["a", "b"], now=10.0, expires=20.0) == ["b"]
        held = [(lease.example, lease.who) for lease in store.leases(NAME, 15.0)]
        assert held == [("a", "bob"), ("b", "ann")]
        store.append(NAME, [answered("a", "ann")])
        assert [x.who for x in store.leases(NAME, 15.0) if x.example == "a"] == ["bob"]


def check_claim_refuses_unknown_examples(make_store: MakeStore) -> None:
    """An unknown id is named, wherever it stands, and nothing is leased."""
    with opened(make_store, "a") as store:
        for ids in (["a", "x"], ["a", "", "x"], ["a\0"]):
            refused(NotFound, partial(claim, store, "ann", ids, 1))
        assert store.leases(NAME, 0.0) == []
        assert kinds(store) == [(1, SETTINGS)]
        refused(InvalidInput, lambda: claim(store, "ann", ["a"], expires=float("nan")))


def check_renew(make_store: MakeStore) -> None:
    """Renewal extends what has not run out, of this annotator only, and never shortens."""
    with opened(make_store, "a", "b", "c", "d") as store:
        claim(store, "ann", ["c"], expires=1.0)
        claim(store, "ann", ["b", "a"], expires=5.0)
        claim(store, "bob", ["d"], expires=5.0)
        renewed = store.renew(NAME, "ann", 2.0, 8.0)
        assert [(x.example, x.expires, x.question) for x in renewed] == [
            ("b", 8.0, {"of": "b"}),
            ("a", 8.0, {"of": "a"}),
        ]
        assert [x.expires for x in store.renew(NAME, "ann", 2.0, 3.0)] == [8.0, 8.0]
        assert named(store.leases(NAME, 4.0)) == ["b", "a", "d"]
        assert named(store.leases(NAME, 6.0)) == ["b", "a"]
        assert store.renew(NAME, "nobody", 0.0, 9.0) == []
        assert store.renew(NAME, "bob", 5.0, 9.0) == []


def check_release(make_store: MakeStore) -> None:
    """A released question is free at once, leaves no event, and no other lease is touched."""
    with opened(make_store, "a", "b") as store:
        claim(store, "ann", ["a", "b"], wanted=2)
        claim(store, "bob", ["a"], wanted=2)
        before = kinds(store)
        store.release(NAME, "ann", ["a", "a"])
        store.release(NAME, "cai", ["a", "b"])
        store.release(NAME, "ann", [])
        held = [(lease.example, lease.who) for lease in store.leases(NAME, 0.0)]
        assert held == [("b", "ann"), ("a", "bob")]
        assert kinds(store) == before
        refused(NotFound, lambda: store.release(NAME, "ann", ["b", "x"]))
        assert named(store.leases(NAME, 0.0)) == ["b", "a"], "nothing was released"


def check_many_at_once(make_store: MakeStore) -> None:
    """More drafts and questions than one block holds are one call like any other."""
    ids = [f"e{i}" for i in range(6_000)]
    with opened(make_store, *ids) as store:
        done = store.append(NAME, [answered(i, "ann", key=i) for i in ids])
        assert [item.event.seq for item in done] == list(range(2, 6_002))
        again = store.append(NAME, [answered(i, "ann", key=i) for i in ids])
        assert [item.event for item in again] == store.events(NAME, after=1)
        assert not any(item.fresh for item in again)
        assert claim(store, "bob", ids, 6_000, wanted=2) == ids
        store.append(NAME, [answered(i, "bob") for i in ids[:-1]])
        assert named(store.leases(NAME, 0.0)) == ids[-1:]
