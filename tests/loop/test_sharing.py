"""The control share when it moves: what the strategy could ask is no random sample any more."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from asknext.loop import evidence
from asknext.loop.session import Session
from tests.loop.conftest import Loop


def answer(loop: Loop, session: Session, n: int) -> None:
    """Answer n questions truly, without training."""
    for question in session.ask(n, "ann"):
        session.tell(question.example.id, loop.gold[question.example.id], who="ann")


def share(loop: Loop, control: float) -> None:
    session = loop.session
    loop.store.configure(session.settings.changed(control=control), 1.0)
    session.sync()


def draws(session: Session, ids: list[str]) -> list[float]:
    return [float(session.pool.draw[session.pool.row_of[id]]) for id in ids]


def test_a_share_that_was_raised_adds_nothing_to_the_sample(
    make_loop: Callable[..., Loop],
) -> None:
    loop = make_loop(control=0.005)
    session = loop.session
    answer(loop, session, 40)
    share(loop, 0.9)
    answer(loop, session, 40)
    asked = session.state.control_ids()
    assert max(draws(session, asked)) > 0.005
    kept = [id for id, draw in zip(asked, draws(session, asked), strict=True) if draw < 0.005]
    assert session.control_ids() == kept
    assert len(kept) < len(asked)
    assert loop.again().control_ids() == kept

    session.train()
    labelled, _ = session.labelled()
    assert session.space is not None
    judges = evidence._judges(session, session.space, labelled, np.arange(10))
    assert (session.pool.draw[evidence._reserve(session, judges)] < 0.005).all()


def test_a_share_raised_before_the_strategy_asked_counts_in_full(
    make_loop: Callable[..., Loop],
) -> None:
    loop = make_loop(control=0.005)
    share(loop, 0.9)
    answer(loop, loop.session, 20)
    asked = loop.session.state.control_ids()
    assert max(draws(loop.session, asked)) > 0.005
    assert loop.session.control_ids() == asked
