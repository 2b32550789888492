"""Strategies that reckon with the linear head, compared with real refits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression

from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.change import lookahead
from asknext.strategies.change.error_reduction import (
    ExpectedErrorReduction,
    ExpectedLogLossReduction,
    log_loss,
    zero_one,
)
from asknext.strategies.change.error_reduction_exact import (
    ExpectedErrorReductionExact,
    SoftmaxFit,
    _softmax,
)
from asknext.strategies.change.influence import shares
from asknext.strategies.change.lookahead import likeliest, shortlist
from asknext.strategies.change.model_change import ExpectedGradientLength, ExpectedModelChange
from asknext.strategies.change.output_change import OutputChange

PENALTY = 1 / 30  # that of the instant head


class Head:
    """Overlapping groups of unit vectors: m labelled, n candidates, r references."""

    def __init__(self, classes=3, *, m=40, n=30, r=60, columns=24, seed=0):
        rng = generator(seed, "head")
        which = np.arange(m + n + r) % classes
        centres = 0.5 * rng.standard_normal((classes, columns))
        points = centres[which] + rng.standard_normal((len(which), columns))
        self.features = (points / np.linalg.norm(points, axis=1)[:, None]).astype(np.float32)
        self.wide = np.column_stack([self.features, np.ones(len(which))]).astype(float)
        self.numbers, self.classes = which[:m], classes
        self.labelled, self.rows, self.others = np.split(np.arange(m + n + r), [m, m + n])
        self.fits = SoftmaxFit.of(self.wide[:m], PENALTY)
        start = np.zeros((columns + 1, classes))
        self.weight = self.fits.fit(self.wide[:m], self.numbers, start)
        self.proba = self.proba_of(self.weight)

    def proba_of(self, weight, rows=slice(None)):
        return _softmax(self.wide[rows] @ weight)[1]

    def refit(self, candidate, label):
        x = self.wide[self.rows[candidate]]
        return self.fits.with_label(self.numbers, x, label, self.weight)

    def expected(self, measure):
        """The mean over labels of `measure(refitted weights)`, for each candidate."""
        proba = self.proba[self.rows]
        return np.array(
            [
                sum(p[y] * measure(self.refit(i, y)) for y in range(self.classes))
                for i, p in enumerate(proba)
            ]
        )

    def view(self, **more):
        arrays = {
            "proba": self.proba[self.rows],
            "features": self.features[self.rows],
            "labelled_proba": self.proba[self.labelled],
            "labelled_features": self.features[self.labelled],
            "penalty": np.array(PENALTY),
            "reference_proba": self.proba[self.others],
            "reference_features": self.features[self.others],
        }
        return View(
            range(len(self.rows)),
            arrays=arrays | more,
            labelled=[f"labelled-{i}" for i in self.labelled],
            labels=[f"class-{y:02}" for y in self.numbers],
        )


def by_row(picks):
    """The scores (n,) of all candidates, in the order of the view."""
    scores = {pick.id: pick.score for pick in picks}
    return np.array([scores[row] for row in range(len(scores))])


def agreement(found, expected):
    return spearmanr(found, expected)[0]


def test_the_exact_mode_fits_what_scikit_learn_fits():
    head = Head(classes=3)
    model = LogisticRegression(C=1 / PENALTY, tol=1e-8, max_iter=2000)
    model.fit(head.features[head.labelled], head.numbers)
    expected = model.predict_proba(head.features)
    np.testing.assert_allclose(head.proba, expected, atol=1e-3)


@pytest.mark.parametrize("odds", [-6.0, -1.0, 0.0, 3.0])
@pytest.mark.parametrize("stiffness", [1e-3, 0.3, 5.0, 400.0])
def test_shares_solve_their_equation(odds, stiffness):
    p = 1 / (1 + np.exp(-odds))
    found = float(shares(np.array([[p]]), np.array([[stiffness]]))[0, 0])
    left = found * (1 - p)
    assert left == pytest.approx(1 / (1 + np.exp(odds + left * stiffness)), rel=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("m", [10, 80])
def test_model_change_agrees_with_refits(classes, m):
    head = Head(classes, m=m, n=25)
    expected = head.expected(lambda weight: np.square(weight - head.weight).sum())
    found = ExpectedModelChange().score(head.view())
    assert agreement(found, expected) > 0.95
    assert 0.6 < np.median(found / expected) < 1.4


@pytest.mark.slow
@pytest.mark.parametrize("classes", [2, 3])
def test_output_change_agrees_with_refits(classes):
    head = Head(classes)
    before = head.proba[head.others]

    def moved(weight):
        return np.linalg.norm(head.proba_of(weight, head.others) - before, axis=1).mean()

    found = by_row(OutputChange().select(head.view(), 30, generator(0)))
    expected = head.expected(moved)
    assert agreement(found, expected) > 0.95
    assert 0.8 < np.median(found / expected) < 1.25


@pytest.mark.slow
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("m", [12, 40])
def test_error_reduction_agrees_with_the_exact_mode(classes, m):
    head = Head(classes, m=m)
    fast, exact = (
        by_row(strategy.select(head.view(), 30, generator(0)))
        for strategy in (ExpectedErrorReduction(), ExpectedErrorReductionExact())
    )
    assert agreement(fast, exact) > 0.8


@pytest.mark.parametrize("classes", [2, 3])
def test_log_loss_reduction_agrees_with_refits(classes):
    head = Head(classes, m=12)

    def loss(weight):
        logs, proba = _softmax(head.wide[head.others] @ weight)
        return -(proba * logs).sum(axis=1).mean()

    expected = loss(head.weight) - head.expected(loss)
    found = by_row(ExpectedLogLossReduction().select(head.view(), 30, generator(0)))
    assert agreement(found, expected) > 0.85


def test_the_exact_mode_scores_what_its_definition_says():
    head = Head(3, m=15, n=8)

    def error(weight):
        return 1 - head.proba_of(weight, head.others).max(axis=1).mean()

    expected = error(head.weight) - head.expected(error)
    picks = ExpectedErrorReductionExact().select(head.view(), 8, generator(0))
    assert picks.ids == np.argsort(-expected).tolist()
    np.testing.assert_allclose(by_row(picks), expected, atol=1e-5)


def test_losses_are_means_over_the_references():
    proba = generator(0).dirichlet(np.ones(4), (2, 9)).transpose(0, 2, 1)  # (l, c, r)
    logits = np.log(proba) + 3.0
    np.testing.assert_allclose(zero_one(logits), 1 - proba.max(axis=1).mean(axis=1))
    entropy = -(proba * np.log(proba)).sum(axis=1).mean(axis=1)
    np.testing.assert_allclose(log_loss(logits), entropy)


def test_gradient_length_is_the_mean_over_labels():
    head = Head(3)
    view = head.view()
    expected = [
        sum(p[y] * np.linalg.norm(np.outer(p - np.eye(3)[y], x)) for y in range(3))
        for p, x in zip(head.proba[head.rows], head.wide[head.rows], strict=True)
    ]
    picks = ExpectedGradientLength().select(view, 30, generator(0))
    assert picks.ids == np.argsort([-value for value in expected]).tolist()
    np.testing.assert_allclose(by_row(picks), expected, rtol=1e-5)
    norms = generator(1).random((30, 3))
    given = ExpectedGradientLength().score(head.view(class_gradient_norm=norms))
    np.testing.assert_allclose(given, (norms * head.proba[head.rows]).sum(axis=1))
    with pytest.raises(InvalidInput, match="class_gradient_norm has shape"):
        ExpectedGradientLength().score(head.view(class_gradient_norm=norms[:, :2]))


EACH = (ExpectedErrorReduction, ExpectedLogLossReduction, OutputChange)


@pytest.mark.parametrize("strategy", [*EACH, ExpectedModelChange], ids=lambda s: s.name)
def test_blocks_and_floats_do_not_change_the_picks(strategy, monkeypatch):
    head = Head(3)
    features = head.features[head.rows].astype("f2")
    found = [
        strategy().select(head.view(features=features.astype(kind)), 10, generator(0)).ids
        for kind in ("f2", "f4", "f8")
    ]
    monkeypatch.setattr(lookahead, "AT_ONCE", 200)
    monkeypatch.setattr("asknext.core.batch.BLOCK", 7)
    found.append(strategy().select(head.view(features=features), 10, generator(0)).ids)
    assert found[1:] == found[:-1]


@pytest.mark.parametrize("strategy", EACH, ids=lambda s: s.name)
def test_what_lies_beyond_the_shortlist_follows_by_margin(strategy):
    head = Head(2, n=30)
    picks = strategy(candidates=10).select(head.view(), 30, generator(0))
    assert sorted(picks.ids) == list(range(30))
    margin = np.abs(head.proba[head.rows] @ [1, -1])
    assert set(np.argsort(margin)[:5]) <= set(picks.ids[:10])
    rest = margin[picks.ids[10:]]
    assert (np.diff(rest) >= 0).all()
    smaller = strategy(candidates=10).select(head.view(), 12, generator(0)).ids
    assert smaller == picks.ids[:12]


def test_a_shortlist_is_half_the_smallest_margins():
    margin = generator(0).random(50)
    rows = shortlist(margin, 10, generator(1))
    assert len(set(rows.tolist())) == 10
    assert set(np.argsort(margin)[:5]) <= set(rows.tolist())
    assert shortlist(margin, 50, generator(1)).tolist() == list(range(50))


def test_only_the_likeliest_labels_are_tried():
    labels, chance = likeliest(np.array([[0.1, 0.6, 0.3]]), 2)
    assert labels.tolist() == [[1, 2]]
    np.testing.assert_allclose(chance, [[2 / 3, 1 / 3]])


def test_twenty_classes_work_with_the_likeliest_ten():
    head = Head(20, m=60, n=12)
    picks = ExpectedErrorReduction().select(head.view(), 12, generator(0))
    exact = ExpectedErrorReductionExact().select(head.view(), 12, generator(0))
    assert agreement(by_row(picks), by_row(exact)) > 0.5


@pytest.mark.parametrize("strategy", [*EACH, ExpectedErrorReductionExact], ids=lambda s: s.name)
def test_wrong_settings_say_what_is_allowed(strategy):
    with pytest.raises(InvalidInput, match="1 or more; given: 0, 5"):
        strategy(candidates=0, references=5)


def test_arrays_that_do_not_fit_are_refused():
    head = Head(3)
    with pytest.raises(InvalidInput, match="proba has 3 classes and labelled_proba 2"):
        ExpectedModelChange().score(head.view(labelled_proba=np.full((40, 2), 0.5)))
    with pytest.raises(InvalidInput, match="features has shape"):
        ExpectedModelChange().score(head.view(features=head.features[:30, :4]))
    bare = View(
        range(4), arrays={"features": np.ones((4, 2)), "labelled_features": np.ones((0, 2))}
    )
    with pytest.raises(Unsupported, match="refits on labels"):
        ExpectedErrorReductionExact().select(bare, 1, generator(0))


def test_one_class_so_far_is_all_ties():
    head = Head(2, n=6, r=10)
    view = head.view()
    view.labels = ["class-00"] * 40
    firsts = {
        ExpectedErrorReductionExact().select(view, 1, generator(seed)).ids[0] for seed in range(60)
    }
    assert firsts == set(range(6))
