"""Policy gradient: chances, the REINFORCE step against a plain one, what it comes to prefer."""

from __future__ import annotations

import json

import numpy as np
import pytest

from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.adaptive.policy_gradient import START, read_kinds
from asknext.strategies.build import build

CLASSES = ("a", "b", "c")


def make(n=40, *, state=None, labels=("a", "b"), known=None, pending=(), ids=None, seed=0):
    rng = generator(seed, "policy")
    return View(
        list(range(n)) if ids is None else ids,
        arrays={
            "proba": rng.dirichlet(np.ones(3), n),
            "embedding": rng.standard_normal((n, 5)).astype(np.float32),
            "labelled_embedding": rng.standard_normal((len(labels), 5)).astype(np.float32),
        },
        labelled=known or [f"l{i}" for i in range(len(labels))],
        labels=list(labels),
        classes=CLASSES,
        pending=pending,
        state=state,
    )


def test_chances_follow_the_policy():
    view = make()
    picks = build("policy_gradient").select(view, 40, generator(0))
    odds = np.exp(read_kinds(view) @ np.array(START))
    left = dict(enumerate(odds))
    for pick in picks:
        assert pick.probability == pytest.approx(left[pick.id] / sum(left.values()), rel=1e-6)
        del left[pick.id]


def test_kinds_are_ranks():
    view = make()
    kinds = read_kinds(view)
    ordered = np.sort(view.proba, axis=1)
    margin = ordered[:, -1] - ordered[:, -2]
    slow = [sum(other >= m for other in margin) / 40 for m in margin]
    assert kinds[:, 0] == pytest.approx(slow)
    central = np.linalg.norm(view.embedding - view.embedding.mean(axis=0), axis=1)
    slow = [sum(other >= c for other in central) / 40 for c in central]
    assert kinds[:, 2] == pytest.approx(slow)


def test_the_step_is_that_of_reinforce():
    strategy = build("policy_gradient(rate=0.3)")
    view = make()
    first = strategy.select(view, 3, generator(1))
    state = json.loads(json.dumps(dict(first.state)))
    policy = np.exp(read_kinds(view) @ np.array(START))
    policy /= policy.sum()
    weights, baseline = np.array(START), 0.5
    answers = []
    for pick, answer in zip(first, ("right", "wrong"), strict=False):
        p = view.proba[pick.id]
        guess = CLASSES[p.argmax()]
        label = guess if answer == "right" else next(c for c in CLASSES if c != guess)
        answers.append(label)
        reward = 1 - p.max() if answer == "right" else 1.0
        slope = read_kinds(view)[pick.id] - policy @ read_kinds(view)
        weights = weights + 0.3 * (reward - baseline) * slope
        baseline += 0.05 * (reward - baseline)
    later = make(
        state=state,
        labels=answers,
        known=first.ids[:2],
        ids=list(range(100, 140)),
        pending=[first.ids[2]],
    )
    second = strategy.select(later, 2, generator(2))
    assert second.state["weights"] == pytest.approx(weights, abs=1e-5)
    assert second.state["baseline"] == pytest.approx(baseline, abs=1e-5)
    assert [record["id"] for record in second.state["open"]] == [first.ids[2], *second.ids]


def test_it_comes_to_prefer_what_surprises():
    # Answers surprise where candidates are typical, which the first policy does not look for.
    strategy, state = build("policy_gradient(rate=1.0)"), {}
    known, labels = ["l0", "l1"], ["a", "b"]
    for step in range(40):
        view = make(
            state=state,
            labels=labels,
            known=known,
            seed=step,
            ids=list(range(1000 * step, 1000 * step + 40)),
        )
        typical = read_kinds(view)[:, 2]
        picks = strategy.select(view, 4, generator(step))
        state = json.loads(json.dumps(dict(picks.state)))
        for i in picks.ids:
            row = i - 1000 * step
            best, second = np.argsort(-view.proba[row])[:2]
            known.append(i)
            labels.append(CLASSES[second if typical[row] > 0.5 else best])
    assert state["weights"][2] > START[2] + 0.5


def test_a_rate_is_above_zero():
    with pytest.raises(InvalidInput, match="rate of policy_gradient is a number above 0"):
        build("policy_gradient(rate=0)")
