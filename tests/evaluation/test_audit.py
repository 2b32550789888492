"""Audits: answers needed, drawing by groups, and the estimate from them; coverage simulated."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.evaluation.audit import allot, answers_needed, draw, groups, more_for, stratified
from asknext.evaluation.estimates import Estimate
from asknext.evaluation.intervals import wilson

POOL, ROUNDS = 2000, 120


def pool(seed: int) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Be predictions of two classes, surer than they are right, and whether each is right."""
    rng = generator(seed, "audit")
    sure = 0.5 + 0.5 * rng.beta(3, 1, POOL)
    right = (rng.random(POOL) < sure - 0.05).astype(float)
    return rng.choice(["a", "b"], POOL, p=[0.7, 0.3]).tolist(), sure, right


def audited(seed: int, k: int) -> tuple[Estimate, float]:
    predicted, sure, right = pool(seed)
    found = groups(predicted, sure)
    rows = draw(found, allot(found, sure, k), generator(seed, "draw"))
    made = stratified([right[part] for part in rows], np.bincount(found.of).tolist())
    assert made is not None
    return made, float(right.mean())


@pytest.mark.parametrize("k", [40, 120])
def test_the_estimate_is_unbiased_and_its_interval_covers(k: int) -> None:
    rounds = [audited(seed, k) for seed in range(ROUNDS)]
    gaps = np.array([made.estimate - truth for made, truth in rounds])
    assert abs(gaps.mean()) < 3.5 * gaps.std() / ROUNDS**0.5
    assert np.mean([made.low <= truth <= made.high for made, truth in rounds]) >= 0.92


def test_groups_vary_less_than_an_even_draw() -> None:
    rounds = [audited(seed, 120) for seed in range(ROUNDS)]
    even = []
    for seed in range(ROUNDS):
        _, _, right = pool(seed)
        rows = generator(seed, "even").choice(POOL, 120, replace=False)
        even.append(right[rows].mean() - right.mean())
    ours = np.array([made.estimate - truth for made, truth in rounds])
    assert (ours**2).mean() < (np.array(even) ** 2).mean()


def test_as_many_answers_as_said_give_the_width_that_was_promised() -> None:
    for share in (0.6, 0.85, 0.97):
        n = answers_needed(share, 0.04)
        low, high = wilson(share * n, n)
        fewer = wilson(share * (n - 1), n - 1)
        assert high - low <= 0.08 < fewer[1] - fewer[0]
        widths = []
        for seed in range(200):
            right = generator(seed, "width", share).binomial(n, share)
            ends = wilson(float(right), n)
            widths.append(ends[1] - ends[0])
        assert np.median(widths) == pytest.approx(0.08, abs=0.008)
    assert more_for(0.9, 10_000, [0.03]) == [{"half": 0.03, "more": 0}]


def test_every_group_gets_some_and_none_more_than_it_has() -> None:
    predicted, sure, _ = pool(0)
    found = groups([*predicted, "c"], np.append(sure, 0.55))
    sizes = np.bincount(found.of)
    given = allot(found, np.append(sure, 0.55), 60)
    assert given.sum() == 60
    assert (given >= np.minimum(sizes, 2)).all()
    assert (given <= sizes).all()
    rows = np.concatenate(draw(found, given, generator(0, "d")))
    assert len(set(rows.tolist())) == 60
    assert allot(found, np.append(sure, 0.55), 10_000).tolist() == sizes.tolist()


def test_answering_all_is_exact_and_none_says_nothing() -> None:
    whole = stratified([np.array([1.0, 0.0]), np.array([1.0])], [2, 1])
    assert whole is not None
    assert (whole.estimate, whole.variance) == (pytest.approx(2 / 3), 0.0)
    assert stratified([np.empty(0)], [10]) is None


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InvalidInput, match="between 0 and"):
        answers_needed(0.8, 0.0)
    predicted, sure, _ = pool(0)
    with pytest.raises(InvalidInput, match="at least"):
        allot(groups(predicted, sure), sure, 3)
