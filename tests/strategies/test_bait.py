"""BAIT and variance reduction: greedy steps against matrices inverted anew each time."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.change import design
from asknext.strategies.change.bait import Bait, ExpectedVarianceReduction, fisher_trace

PENALTY = 0.2


def wide(features):
    return np.column_stack([features, np.ones(len(features))]).astype(float)


def slow_greedy(x, weights, known, moment, k):
    """Take what lowers tr(A⁻¹ M) most, by inverting A anew for every candidate."""
    rows, gains = [], []
    for _ in range(k):
        before = np.trace(np.linalg.inv(known) @ moment)
        gain = {
            i: before - np.trace(np.linalg.inv(known + w * np.outer(v, v)) @ moment)
            for i, (v, w) in enumerate(zip(x, weights, strict=True))
            if i not in rows
        }
        rows.append(max(gain, key=gain.__getitem__))
        gains.append(gain[rows[-1]])
        known = known + weights[rows[-1]] * np.outer(x[rows[-1]], x[rows[-1]])
    return rows, np.minimum.accumulate(gains)


def ridge(columns):
    return np.eye(columns + 1) * PENALTY


def made(seed=0, n=40, m=6, columns=5):
    rng = generator(seed, "bait")
    features = rng.standard_normal((n, columns)).astype("f4")
    labelled = rng.standard_normal((m, columns)).astype("f4")
    return features, labelled, rng.dirichlet(np.ones(3), n), rng.dirichlet(np.ones(3), m)


@pytest.mark.parametrize("seed", range(6))
def test_variance_reduction_is_the_exact_greedy_one(seed):
    features, labelled, _, _ = made(seed)
    arrays = {"features": features, "labelled_features": labelled, "penalty": np.array(PENALTY)}
    view = View(range(40), arrays=arrays, labelled=range(100, 106), labels=[0.5] * 6)
    picks = ExpectedVarianceReduction().select(view, 12, generator(0))
    x, known = wide(features), wide(labelled)
    start = ridge(5) + known.T @ known
    rows, gains = slow_greedy(x, np.ones(40), start, x.T @ x / 40, 12)
    assert picks.ids == rows
    np.testing.assert_allclose([pick.score for pick in picks], gains, rtol=1e-3)


def test_long_batches_under_a_weak_penalty_stay_exact():
    features = generator(8).standard_normal((300, 5)).astype("f4") + 3.0
    penalty = 1e-4
    arrays = {"features": features, "penalty": np.array(penalty)}
    picks = ExpectedVarianceReduction().select(View(range(300), arrays=arrays), 40, generator(0))
    x = wide(features)
    rows, gains = slow_greedy(x, np.ones(300), np.eye(6) * penalty, x.T @ x / 300, 40)
    assert picks.ids == rows
    np.testing.assert_allclose([pick.score for pick in picks], gains, rtol=1e-3)


@pytest.mark.parametrize("seed", range(6))
def test_bait_is_the_exact_greedy_one_for_its_fisher_matrices(seed):
    features, labelled, proba, known_proba = made(seed)
    arrays = {
        "features": features,
        "proba": proba,
        "labelled_features": labelled,
        "labelled_proba": known_proba,
        "penalty": np.array(PENALTY),
    }
    view = View(range(40), arrays=arrays, labelled=range(100, 106), labels=["a"] * 6)
    picks = Bait().select(view, 12, generator(0))
    x, known = wide(features), wide(labelled)
    weights = [sum(p * (1 - p)) for p in proba]
    learnt = [sum(p * (1 - p)) for p in known_proba]
    start = ridge(5) + (known * np.array(learnt)[:, None]).T @ known
    moment = (x * np.array(weights)[:, None]).T @ x / 40
    rows, gains = slow_greedy(x, weights, start, moment, 12)
    assert picks.ids == rows
    np.testing.assert_allclose([pick.score for pick in picks], gains, rtol=1e-3)


def test_what_the_model_is_sure_of_tells_bait_nothing():
    features, _, proba, _ = made()
    proba[10:] = np.eye(3)[np.arange(30) % 3]
    view = View(range(40), arrays={"features": features, "proba": proba})
    picks = Bait().select(view, 40, generator(0))
    assert set(picks.ids[:10]) == set(range(10))
    assert [pick.score for pick in picks.picks[10:]] == [0.0] * 30
    assert fisher_trace(proba)[10:].tolist() == [0.0] * 30


def test_references_decide_where_variance_matters():
    features = np.array([[1.0, 0.0], [0.0, 1.0]], "f4")
    for column in (0, 1):
        others = np.zeros((3, 2), "f4")
        others[:, column] = 2.0
        arrays = {"features": features, "reference_features": others}
        picks = ExpectedVarianceReduction().select(View(range(2), arrays=arrays), 1, generator(0))
        assert picks.ids == [column]


@pytest.mark.parametrize("strategy", [Bait, ExpectedVarianceReduction], ids=lambda s: s.name)
def test_copies_tie_and_a_taken_direction_is_worth_less(strategy):
    features, _, proba, _ = made(n=4)
    rows = np.arange(20) % 4
    arrays = {"features": features[rows], "proba": proba[rows]}
    view = View(range(20), arrays=arrays)
    picks = strategy().select(view, 20, generator(0))
    assert sorted(picks.ids) == list(range(20))
    firsts = {strategy().select(view, 1, generator(seed)).ids[0] for seed in range(60)}
    assert len({row % 4 for row in firsts}) == 1
    assert len(firsts) == 5


@pytest.mark.parametrize("strategy", [Bait, ExpectedVarianceReduction], ids=lambda s: s.name)
def test_blocks_and_floats_do_not_change_the_picks(strategy, monkeypatch):
    features, _, proba, _ = made(n=300, seed=3)
    features = features.astype("f2")

    def ids(kind):
        view = View(range(300), arrays={"features": features.astype(kind), "proba": proba})
        return strategy().select(view, 20, generator(0)).ids

    expected = ids("f2")
    assert ids("f4") == expected
    assert ids("f8") == expected
    plain = design.blocks
    monkeypatch.setattr(design, "blocks", lambda table: plain(table, 7))
    assert ids("f4") == expected


def test_labels_without_vectors_are_refused():
    features, labelled, proba, _ = made()
    arrays = {"features": features, "proba": proba}
    view = View(range(40), arrays=arrays, labelled=["x"], labels=["a"])
    with pytest.raises(Unsupported, match="'labelled_features' is not available; bait"):
        Bait().select(view, 1, generator(0))
    view = View(range(40), arrays=arrays | {"labelled_features": labelled})
    with pytest.raises(Unsupported, match="labelled_proba with labelled_features"):
        Bait().select(view, 1, generator(0))
    view = View(range(40), arrays=arrays | {"penalty": np.array(0.0)})
    with pytest.raises(InvalidInput, match="above 0; given: 0"):
        Bait().select(view, 1, generator(0))
