"""Distances to the boundary of a linear head: against a search for the smallest step."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.build import build
from asknext.strategies.gradient.boundary import NORMS, head_distances


def make(n=40, classes=4, columns=5, seed=0):
    rng = generator(seed, "boundary")
    return {
        "features": rng.standard_normal((n, columns)).astype(np.float32),
        "weight": rng.standard_normal((classes, columns)).astype(np.float32),
        "bias": rng.standard_normal(classes).astype(np.float32),
    }


def slow_distance(arrays, row, norm):
    x, w, b = (arrays[n].astype(float) for n in ("features", "weight", "bias"))
    f = w @ x[row] + b
    y = int(f.argmax())
    return min(
        (f[y] - f[j]) / np.linalg.norm(w[y] - w[j], ord=norm) for j in range(len(b)) if j != y
    )


@pytest.mark.parametrize(("name", "norm"), [("deepfool", 2), ("fgsm", 1)])
@pytest.mark.parametrize("classes", [2, 3, 7])
def test_picks_are_those_of_the_slow_reference(name, norm, classes):
    arrays = make(classes=classes, seed=classes)
    picks = build(name).select(View(range(40), arrays=arrays), 40, generator(0))
    slow = [slow_distance(arrays, row, norm) for row in range(40)]
    assert picks.ids == sorted(range(40), key=slow.__getitem__)
    assert [1 / pick.score - 1 for pick in picks] == pytest.approx(sorted(slow), rel=1e-3)


def predict(arrays, x):
    return (arrays["weight"] @ x + arrays["bias"]).argmax()


def test_a_step_of_that_length_flips_and_a_shorter_one_cannot():
    arrays = make()
    view = View(range(40), arrays=arrays)
    for norm in (2, 1):
        distance, beyond = head_distances(view, norm)
        for row in range(40):
            x = arrays["features"][row].astype(float)
            own = predict(arrays, x)
            towards = arrays["weight"][beyond[row]] - arrays["weight"][own].astype(float)
            step = towards / np.linalg.norm(towards) if norm == 2 else np.sign(towards)
            assert predict(arrays, x + 1.001 * distance[row] * step) == beyond[row]
            rng = generator(row)
            for _ in range(20):
                other = rng.standard_normal(len(x))
                other /= np.linalg.norm(other) if norm == 2 else np.abs(other).max()
                assert predict(arrays, x + 0.999 * distance[row] * other) == own


def test_the_largest_change_of_a_feature_is_what_a_linear_program_finds():
    arrays = make(n=6)
    found = head_distances(View(range(6), arrays=arrays), NORMS["L∞"])[0]
    w, b = arrays["weight"].astype(float), arrays["bias"].astype(float)
    for row, x in enumerate(arrays["features"].astype(float)):
        own = (w @ x + b).argmax()
        best = []
        for j in set(range(len(b))) - {own}:
            gap = (w[own] - w[j]) @ x + b[own] - b[j]
            against = np.append(w[own] - w[j], 0.0)
            box = [np.append(sign * np.eye(len(x))[i], -1.0) for i in range(5) for sign in (1, -1)]
            solved = linprog(
                np.eye(6)[5],
                A_ub=np.array([against, *box]),
                b_ub=np.append(-gap, np.zeros(10)),
                bounds=[(None, None)] * 6,
            )
            best.append(solved.fun)
        assert found[row] == pytest.approx(min(best), rel=1e-4)


def test_with_two_classes_the_order_is_that_of_margin():
    arrays = make(classes=2)
    logits = arrays["features"] @ arrays["weight"].T + arrays["bias"]
    proba = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = build("margin").select(View(range(40), arrays={"proba": proba}), 40, generator(0))
    for name in ("deepfool", "fgsm"):
        found = build(name).select(View(range(40), arrays=arrays), 40, generator(0))
        assert found.ids == expected.ids


def test_classes_that_are_the_same_are_at_no_distance_and_none_beyond_is_the_last():
    weight = np.array([[1.0, 0], [1.0, 0]], np.float32)
    features = np.array([[1.0, 0], [2.0, 1]], np.float32)
    arrays = {"features": features, "weight": weight}
    even = head_distances(View("ab", arrays={**arrays, "bias": np.zeros(2)}), 2)[0]
    assert even.tolist() == [0.0, 0.0]
    never = head_distances(View("ab", arrays={**arrays, "bias": np.array([1.0, 0.0])}), 2)[0]
    assert never.tolist() == [np.inf, np.inf]
    picks = build("deepfool").select(
        View("ab", arrays={**arrays, "bias": np.array([1.0, 0.0])}), 2, generator(0)
    )
    assert [pick.score for pick in picks] == [0.0, 0.0]


def test_the_network_says_the_distance_itself():
    distance = np.array([0.5, 0.1, 3.0, 0.0])
    picks = build("deepfool_network").select(
        View("abcd", arrays={"boundary_distance": distance}), 4, generator(0)
    )
    assert picks.ids == ["d", "b", "a", "c"]
    assert picks.picks[2].reason == "a perturbation of 0.5 would make the model answer differently"


@pytest.mark.parametrize(("bad", "message"), [(-1.0, "below 0"), (np.inf, "1 of 2"), (np.nan, "1")])
def test_impossible_distances_are_refused(bad, message):
    view = View("ab", arrays={"boundary_distance": np.array([0.5, bad])})
    with pytest.raises(InvalidInput, match=message):
        build("deepfool_network").select(view, 1, generator(0))


@pytest.mark.parametrize(
    ("name", "shape"), [("weight", (4, 6)), ("weight", (5,)), ("bias", (3,)), ("weight", (0, 5))]
)
def test_shapes_that_do_not_fit_are_refused(name, shape):
    arrays = make() | {name: np.zeros(shape, np.float32)}
    with pytest.raises(InvalidInput, match=r"must be \(classes, features\)"):
        build("deepfool").select(View(range(40), arrays=arrays), 1, generator(0))


@pytest.mark.parametrize("name", ["deepfool", "fgsm", "vat"])
def test_block_size_and_kind_of_numbers_change_nothing(name, monkeypatch):
    arrays = {key: array.astype("f2") for key, array in make().items()}
    expected = build(name).select(View(range(40), arrays=arrays), 9, generator(0)).ids
    monkeypatch.setattr("asknext.strategies.kernels.reading.BLOCK", 7)
    for kind in ("f2", "f4", "f8"):
        cast = {key: array.astype(kind) for key, array in arrays.items()}
        assert build(name).select(View(range(40), arrays=cast), 9, generator(0)).ids == expected


def test_the_reason_names_the_answer_beyond():
    view = View(range(40), arrays=make(), classes=("退款", "b", "c", "d"))
    picks = build("deepfool").select(view, 40, generator(0))
    beyond = head_distances(view, 2)[1]
    for pick in picks:
        assert pick.reason.endswith(
            f"would make the model answer “{view.classes[beyond[pick.id]]}”"
        )
