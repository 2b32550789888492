"""BAL-PM: the picks of a plain greedy loop; each of its two parts alone."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest

from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.preference.bal_pm import BalPm, epistemic


def binary(p):
    return -sum(x * log(x) for x in (p, 1 - p) if x > 0)


def slow_epistemic(gaps):
    p = [1 / (1 + exp(-gap)) for gap in gaps]
    return binary(sum(p) / len(p)) - sum(map(binary, p)) / len(p)


def slow_greedy(dispute, prompts, asked, k, beta):
    prompts = [p / np.linalg.norm(p) for p in prompts]
    asked = [p / np.linalg.norm(p) for p in asked]
    picks, scores = [], []
    for _ in range(k):
        score = {}
        for i in range(len(prompts)):
            if i not in picks:
                gap = min((np.linalg.norm(prompts[i] - p) for p in asked), default=2.0)
                score[i] = dispute[i] + beta * log(min(max(gap, 1e-3), 2.0))
        best = max(score, key=lambda i: score[i])
        picks.append(best)
        scores.append(score[best])
        asked.append(prompts[best])
    return picks, scores


def make_view(gaps, prompts, known=(), **arrays):
    shown = {"committee_gap": gaps, "prompt_embedding": prompts}
    if len(known):
        shown["labelled_prompt_embedding"] = known
    return View(
        range(len(prompts)),
        arrays=shown | arrays,
        labelled=range(1000, 1000 + len(known)),
        labels=["A"] * len(known),
    )


def make_problem(seed, n=30, m=5):
    rng = generator(seed, "bal")
    draw = rng.standard_normal
    return 2 * draw((4, n)), draw((n, 5)).astype(np.float32), draw((m, 5)).astype(np.float32)


@pytest.mark.parametrize("front", [2, 1024])
@pytest.mark.parametrize(("m", "beta"), [(0, 0.1), (5, 0.1), (5, 2.0)])
def test_picks_are_those_of_a_plain_loop(m, beta, front, monkeypatch):
    monkeypatch.setattr("asknext.strategies.kernels.lazy.FRONT", front)
    for seed in range(4):
        gaps, prompts, known = make_problem(seed, m=m)
        dispute = [slow_epistemic(column) for column in gaps.T.tolist()]
        picks, scores = slow_greedy(dispute, prompts.astype(float), known.astype(float), 30, beta)
        found = BalPm(beta=beta).select(make_view(gaps, prompts, known), 30, generator(seed))
        assert found.ids == picks
        assert [pick.score for pick in found] == pytest.approx(scores, abs=1e-5)
        assert (
            BalPm(beta=beta).select(make_view(gaps, prompts, known), 4, generator(9)).ids
            == (picks[:4])
        )


def test_without_beta_it_is_the_dispute_alone():
    gaps, prompts, known = make_problem(3)
    found = BalPm(beta=0).select(make_view(gaps, prompts, known), 30, generator(0))
    assert found.ids == np.argsort(-epistemic(gaps)).tolist()


def test_a_second_pair_of_a_prompt_comes_last():
    gaps = np.array([[3.0, 3.0, 0.1], [-3.0, -3.0, 0.1]])
    prompts = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    found = BalPm(beta=0.5).select(make_view(gaps, prompts), 3, generator(0)).ids
    assert found[1] == 2
    out = make_view(gaps, prompts, pending_prompt_embedding=prompts[:1])
    assert BalPm(beta=0.5).select(out, 1, generator(0)).ids == [2]


def test_dispute_is_high_where_members_differ_and_zero_where_all_are_undecided():
    found = epistemic(np.array([[9.0, 0.0, 9.0], [-9.0, 0.0, 9.0]]))
    assert found.tolist() == pytest.approx([slow_epistemic([9, -9]), 0.0, 0.0], abs=1e-12)


def test_duplicates_are_left_to_the_generator():
    gaps, prompts, known = make_problem(4, n=3)
    view = make_view(gaps.repeat(4, axis=1), prompts.repeat(4, axis=0), known)
    firsts = {BalPm().select(view, 1, generator(seed)).ids[0] for seed in range(80)}
    assert len(firsts) == 4
    assert len({row // 4 for row in firsts}) == 1


def test_kind_of_number_and_block_do_not_change_the_picks(monkeypatch):
    gaps, prompts, known = make_problem(5, n=100)
    gaps, prompts = gaps.astype(np.float16), prompts.astype(np.float16)
    expected = BalPm().select(make_view(gaps, prompts, known), 30, generator(0)).ids
    for kind in (np.float32, np.float64):
        view = make_view(gaps.astype(kind), prompts.astype(kind), known)
        assert BalPm().select(view, 30, generator(0)).ids == expected
    monkeypatch.setattr("asknext.strategies.kernels.reading.BLOCK", 17)
    monkeypatch.setattr("asknext.strategies.preference.bal_pm.BLOCK", 17)
    assert BalPm().select(make_view(gaps, prompts, known), 30, generator(0)).ids == expected


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_refused(bad):
    gaps, prompts, _ = make_problem(6)
    gaps[1, 7] = bad
    with pytest.raises(InvalidInput, match="1 of 30 candidates, the first is 7"):
        BalPm().select(make_view(gaps, prompts), 1, generator(0))
    gaps[1, 7], prompts[8, 2] = 0.0, bad
    with pytest.raises(InvalidInput, match="prompt_embedding holds NaN or infinite"):
        BalPm().select(make_view(gaps, prompts), 1, generator(0))


def test_labels_without_prompts_are_refused():
    view = View(
        [1],
        arrays={"committee_gap": np.ones((2, 1)), "prompt_embedding": np.ones((1, 2))},
        labelled=[9],
        labels=["A"],
    )
    with pytest.raises(Unsupported, match="'labelled_prompt_embedding' is not available"):
        BalPm().select(view, 1, generator(0))


@pytest.mark.parametrize("beta", [-1, np.inf, True, "1"])
def test_beta_is_zero_or_more(beta):
    with pytest.raises(InvalidInput, match="beta is a number of 0 or more; given: "):
        BalPm(beta=beta)
