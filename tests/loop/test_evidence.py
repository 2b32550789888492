"""Evidence of a live project: what it says, what it rests on, and that it is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from asknext.loop import evidence
from tests.loop.conftest import Loop


def worked_out(loop: Loop) -> dict[str, Any]:
    found = loop.session.evidence()
    assert found is not None
    return found


def test_evidence_rests_on_random_answers_and_is_kept(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop(control=0.3)
    loop.label(90)
    assert loop.session.report()["evidence"] is None
    found = worked_out(loop)
    control = loop.session.state.control_ids()
    assert (found["answers"], found["random_answers"]) == (90, len(control))
    assert found["quality"]["n"] == len(control)
    assert found["quality"]["low"] < found["quality"]["estimate"] < found["quality"]["high"]
    assert loop.again().report()["evidence"] == found

    test = [e.id for _, e in loop.store.scan("p", limit=10_000) if e.split == "test"]
    assert (found["classes"]["source"], found["classes"]["n"]) == ("test", len(test))
    supports = {row["label"]: row["support"] for row in found["classes"]["per_class"]}
    assert supports["refund"] == sum(loop.gold[id] == "refund" for id in test)

    assert found["weighted"] == {"estimate": None, "reason": evidence.SURE, "n": 0}
    assert [one["half"] for one in found["audit"]] == sorted(evidence.HALVES, reverse=True)
    assert 0.5 < sum(one["estimate"] for one in found["shares"]) < 1.5

    sizes = [point["answers"] for point in found["outlook"]["points"]]
    assert sizes == sorted(sizes)
    assert sizes[-1] == 90 - -(-len(control) // evidence.FOLDS)
    saving = found["saving"]
    assert saving["answers"]["low"] <= saving["answers"]["estimate"] <= saving["answers"]["high"]
    assert saving["equal_number"]["answers"] < len(control)


def test_working_it_out_twice_gives_the_same(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop(control=0.3)
    loop.label(60)
    assert worked_out(loop) == worked_out(loop)
    other = loop.again()
    other.train()
    assert other.evidence() is not None


def test_the_reserve_is_unanswered_and_random(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop(control=0.3)
    loop.label(60)
    live = loop.session
    labelled, _ = live.labelled()
    assert live.space is not None
    judges = evidence._judges(live, live.space, labelled, np.arange(10))
    rows = evidence._reserve(live, judges)
    ids = {live.pool.ids[row] for row in rows}
    assert not ids & set(live.state.current)
    assert (live.pool.draw[rows] < 0.3).all()
    assert len(rows) > 100


@pytest.mark.parametrize("strategy", ["random", "power(margin)"])
def test_answers_drawn_by_chance_count_with_their_weight(
    make_loop: Callable[..., Loop], strategy: str
) -> None:
    loop = make_loop(control=0.2, strategy=strategy)
    loop.label(80)
    found = worked_out(loop)["weighted"]
    asked = [s for x in loop.session.state.current.values() for s in x.values()]
    assert found["strategy_alone"]["n"] == sum(said.arm == "strategy" for said in asked)
    assert found["n"] == 80
    assert found["low"] < found["estimate"] < found["high"]


def test_even_draws_weigh_alike(make_loop: Callable[..., Loop]) -> None:
    loop = make_loop(control=0.2, strategy="random")
    loop.label(40)
    labelled, _ = loop.session.labelled()
    _, chances, left = evidence._drawn(loop.session, labelled)
    # A queue is drawn before the answers to the last one are in, so a text or two off.
    assert chances == pytest.approx(1.0 / (left - np.arange(len(chances))), rel=0.01)


def test_with_few_answers_it_says_so(loop: Loop) -> None:
    assert loop.session.evidence() is None
    loop.label(10)
    assert worked_out(loop)["reason"] == evidence.FEW
