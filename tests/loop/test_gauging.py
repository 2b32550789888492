"""What stop rules read: measured by the loop, kept in the log, and the same after a reload."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest

from asknext.core.batch import Ragged
from asknext.core.events import MEASURED, Event
from asknext.core.predictions import Prediction
from asknext.core.seeds import generator
from asknext.core.settings import task_from_json
from asknext.core.tasks import Classification
from asknext.evaluation.classification import ClassificationMetrics
from asknext.loop.gauging import confidence, named, predicted_change, search, uncertainty, wants
from asknext.loop.reports import status
from asknext.loop.state import State

CLASSES = ("a", "b", "c")
TASK = Classification(CLASSES)
STOP = {
    "recall": {"label": "refund"},
    "uncertainty": {},
    "predicted_change": {},
    "budget": {"money": 5, "per_answer": 0.1},
}
EVEN = np.full((4, 2), 0.5)
SURE = np.array([[1.0, 0.0]] * 4)
OF_KIND = {
    "classification": ({"labels": ["a", "b"]}, "proba"),
    "multi_label": ({"labels": ["a", "b"]}, "label_proba"),
    "tagging": ({"labels": ["PER"]}, "token_proba"),
}


def saying(codes) -> Prediction:
    return Prediction(CLASSES, {"proba": np.eye(3)[codes]})


@pytest.mark.parametrize("kind", OF_KIND)
@pytest.mark.parametrize(("table", "expected"), [(EVEN, 1.0), (SURE, 0.0)])
def test_uncertainty_is_a_share_of_the_largest_entropy(kind, table, expected):
    more, name = OF_KIND[kind]
    task = task_from_json({"kind": kind, **more})
    given = Ragged.of([table[:1], table[1:]]) if name == "token_proba" else table
    found = uncertainty(task, Prediction(("a", "b"), {name: given}))
    assert found == pytest.approx(expected, abs=1e-9)


def test_uncertainty_of_what_else_has_a_confidence():
    numbers = task_from_json({"kind": "regression", "low": 0, "high": 1})
    sure = {"mean": np.array([0.5]), "variance": np.array([1e-9])}
    assert uncertainty(numbers, Prediction((), sure)) == pytest.approx(0.0)
    assert isnan(uncertainty(numbers, Prediction((), {"mean": np.array([0.5])})))
    pairs = task_from_json({"kind": "preference"})
    assert uncertainty(pairs, Prediction((), {"reward_gap": np.zeros(3)})) == pytest.approx(0.5)
    assert isnan(uncertainty(TASK, None))
    assert isnan(uncertainty(TASK, Prediction(("a",), {"proba": np.ones((3, 1))})))


def test_the_share_that_a_model_expects_to_be_right_about():
    classes = ("a", "b")
    assert confidence(TASK, Prediction(classes, {"proba": SURE})) == pytest.approx(1.0)
    assert confidence(TASK, Prediction(classes, {"proba": EVEN})) == pytest.approx(0.5)
    assert isnan(confidence(TASK, None))
    # A set of labels is graded by F1, and a probability is no F1.
    sets = task_from_json({"kind": "multi_label", "labels": ["a", "b"]})
    assert isnan(confidence(sets, Prediction(classes, {"label_proba": SURE})))


def test_predicted_change_of_two_classes_is_that_of_the_paper():
    task = Classification(("no", "yes"))
    old, new = np.array([1, 1, 1, 0, 0, 0]), np.array([1, 1, 0, 1, 0, 0])
    found = predicted_change(
        task, *(Prediction(("no", "yes"), {"proba": np.eye(2)[x]}) for x in (old, new))
    )
    # a = 2, b = c = 1 for either class: 1 - 4/6.
    assert found == pytest.approx(1 / 3)


def test_predicted_change_without_anything_found_is_none():
    task = task_from_json({"kind": "multi_label", "labels": ["a", "b"]})
    none = Prediction(("a", "b"), {"label_proba": np.zeros((5, 2))})
    assert predicted_change(task, none, none) == 0.0
    assert isnan(predicted_change(task, None, none))


def test_predicted_change_of_numbers_is_by_their_score():
    task = task_from_json({"kind": "regression", "low": 0, "high": 10})
    old, new = (Prediction((), {"mean": np.array(x)}) for x in ([1.0, 5.0], [2.0, 5.0]))
    assert predicted_change(task, old, new) == pytest.approx(0.05)


def test_the_real_change_stays_within_the_predicted_one():
    """Simulated pairs of models: how F1 really moves against what is predicted without labels."""
    metrics, within, ratios = ClassificationMetrics(TASK), 0, []
    for seed in range(200):
        rng = generator(seed, "models")
        truth = rng.choice(3, 600, p=[0.6, 0.3, 0.1])
        old = np.where(rng.random(600) < rng.uniform(0.1, 0.4), rng.integers(3, size=600), truth)
        mended = (rng.random(600) < rng.uniform(0.1, 0.5)) & (old != truth)
        broken = (rng.random(600) < rng.uniform(0.01, 0.08)) & (old == truth)
        new = np.where(mended, truth, np.where(broken, rng.integers(3, size=600), old))
        real = metrics_change(metrics, truth, old, new)
        predicted = predicted_change(TASK, saying(old), saying(new))
        within += abs(real) <= predicted
        ratios.append(abs(real) / predicted)
    assert within / 200 >= 0.98
    assert 0.3 < np.mean(ratios) < 0.95  # it leans high, but not to uselessness


def metrics_change(metrics, truth, old, new) -> float:
    actual = [CLASSES[i] for i in truth]
    scores = [metrics.summary([CLASSES[i] for i in x], actual)["macro_f1"] for x in (old, new)]
    return scores[1] - scores[0]


def test_the_loop_feeds_the_rules_and_a_reload_feeds_them_the_same(make_loop):
    loop = make_loop(stop=STOP, control=0.4)
    loop.label(40)
    history = loop.session.state.history()
    last = history[-1]
    assert [moment.answers for moment in history] == [10, 20, 30, 40]
    assert isnan(history[0].change)
    assert all(0 < moment.change < 1 for moment in history[1:])
    assert all(0 < moment.uncertainty < 1 for moment in history)
    assert last.given == 40
    assert last.found["refund"][0] == list(loop.session.state.labels.values()).count("refund")
    assert last.seen
    again = loop.again()
    # NaN is not itself, so compared as texts.
    assert repr(again.state.history()) == repr(history)
    assert repr(status(again)["stop"]) == repr(status(loop.session)["stop"])
    assert {v["rule"] for v in status(again)["stop"]} == set(STOP)


def test_before_anything_is_measured_rules_know_what_is_counted(make_loop):
    loop = make_loop(control=0.0)
    (example,) = loop.session.ask(1, "ana")
    loop.session.tell(example.example.id, "refund", who="ana", seconds=30.0)
    assert not loop.session.state.measured
    budget = next(v for v in status(loop.session)["stop"] if v["rule"] == "budget")
    assert budget["numbers"]["answers"] == 1


def test_the_sample_is_the_labelled_beginning_of_the_random_order(make_loop):
    loop = make_loop(control=0.0)
    pool, session = loop.session.pool, loop.session
    rows = np.flatnonzero(pool.askable)
    order = [pool.ids[row] for row in rows[np.argsort(pool.draw[rows])]]
    for example in (*order[:5], *order[6:9], order[200]):
        session.tell(example, loop.gold[example])
    found = search(session)
    first = [loop.gold[example] for example in order[:5]]
    assert (found["searched"], found["drawn"]) == (len(rows), 5)
    assert sum(every for every, _ in found["found"].values()) == 9
    assert {x: n for x, (_, n) in found["found"].items() if n} == {x: first.count(x) for x in first}
    session.tell(order[5], action="skip")  # nobody can say: it is no longer searched
    found = search(session)
    assert (found["searched"], found["drawn"]) == (len(rows) - 1, 8)
    session.tell(order[0], action="flag")
    assert search(session)["drawn"] == 7


def test_old_events_still_load():
    data = {"answers": 10, "estimate": 0.5, "low": 0.4, "high": 0.6, "n": 9, "agreement": None}
    state = State()
    state.fold([Event(kind=MEASURED, at=0.0, data=data, seq=1)])
    (moment,) = state.history()
    assert (moment.answers, moment.found, moment.seen) == (10, {}, {})
    assert all(isnan(x) for x in (moment.change, moment.uncertainty, moment.given, moment.drawn))


def test_a_rule_inside_another_is_found():
    inside = {"patience": {"rule": "recall", "arguments": {}}}
    assert wants(inside, "recall")
    assert wants({"all_of": {"rules": inside}}, "recall")
    assert not wants({"any_of": {"rules": {"stable": {}}}}, "recall")
    deep = {"patience": {"rule": "any_of", "arguments": {"rules": {"recall": {"recall": 0.8}}}}}
    assert wants(deep, "recall")
    assert list(named(deep))[-1] == ("recall", {"recall": 0.8})


def test_which_of_two_is_no_label_to_search_for(make_loop):
    session = make_loop(control=0.4).session
    for question in session.ask(5):
        session.tell(question.example.id, "refund")
    assert search(session)["pool"] == int(session.pool.askable.sum())
    session.task = task_from_json({"kind": "preference"})
    assert search(session) == {}
