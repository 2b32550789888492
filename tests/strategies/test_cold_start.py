"""ALPS and label names: groups, the best of each, propagation against loops."""

from __future__ import annotations

import math

import numpy as np
import pytest

from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.build import build
from asknext.strategies.cold.label_names import LabelNames

SIZES = [30, 28, 26, 24, 22, *[9] * 15]


def test_alps_asks_the_centre_of_each_group_whatever_the_lengths(make_groups):
    vectors, group = make_groups(SIZES)
    lengths = 1 + generator(0).random((len(vectors), 1))
    view = View(range(len(vectors)), arrays={"surprisal": vectors * lengths})
    rows = build("alps").select(view, 20, generator(0)).ids
    assert sorted(group[rows]) == list(range(20))
    for row in rows:
        members = np.flatnonzero(group == group[row])
        gaps = np.linalg.norm(vectors[members] - vectors[members].mean(axis=0), axis=1)
        assert row == members[gaps.argmin()]


def test_alps_refuses_nan_in_float32_and_float64():
    surprisal = np.ones((5, 3))
    surprisal[3, 1] = np.nan
    for kind in ("f4", "f8"):
        with pytest.raises(InvalidInput, match="surprisal holds NaN"):
            build("alps").select(
                View(range(5), arrays={"surprisal": surprisal.astype(kind)}), 1, generator(0)
            )


def slow_doubt(points, names, *, temperature=0.05, neighbours=20, rho=1.0):
    entropy = []
    for x in points:
        logits = [float(x @ name) / temperature for name in names]
        top = max(logits)
        odds = [math.exp(logit - top) for logit in logits]
        p = [odd / sum(odds) for odd in odds]
        entropy.append(-sum(q * math.log(q) for q in p if q > 0))
    found = []
    for i, x in enumerate(points):
        gaps = sorted((math.dist(x, y) ** 2, j) for j, y in enumerate(points) if j != i)
        near = gaps[:neighbours]
        shares = [math.exp(-rho * gap) * entropy[j] for gap, j in near]
        found.append(entropy[i] + sum(shares) / len(near))
    return found


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("neighbours", [1, 5, 99])
def test_doubt_is_that_of_the_slow_reference(neighbours):
    rng = generator(neighbours)
    points, names = unit(rng.standard_normal((40, 6))), unit(rng.standard_normal((3, 6)))
    strategy = LabelNames(neighbours=neighbours)
    view = View(range(40), arrays={"embedding": points, "label_embedding": names})
    proba = strategy.pseudo(points, view)
    entropy = -(proba * np.log(np.maximum(proba, 1e-300))).sum(axis=1)
    slow = slow_doubt(points.astype(float), names.astype(float), neighbours=neighbours)
    assert strategy.propagated(points, entropy) == pytest.approx(slow, rel=1e-4)


def test_each_group_is_asked_its_doubtful_centre(make_groups):
    vectors, group = make_groups(SIZES)
    names = unit(generator(1).standard_normal((3, vectors.shape[1])))
    arrays = {"embedding": vectors, "label_embedding": names}
    rows = (
        build("label_names(beta=0.5)")
        .select(View(range(len(group)), arrays=arrays), 20, generator(0))
        .ids
    )
    assert sorted(group[rows]) == list(range(20))
    doubt = np.array(slow_doubt(vectors.astype(float), names.astype(float)))
    for row in rows:
        members = np.flatnonzero(group == group[row])
        gaps = np.square(vectors[members] - vectors[members].mean(axis=0)).sum(axis=1)
        assert row == members[(doubt[members] - 0.5 * gaps).argmax()]


def test_groups_with_a_label_go_last(make_groups):
    vectors, group = make_groups([*SIZES, *[9] * 4])
    known = np.stack([vectors[group == g][0] for g in range(4)])
    view = View(
        range(len(group)),
        arrays={
            "embedding": vectors,
            "label_embedding": np.eye(2, vectors.shape[1], dtype=np.float32),
            "labelled_embedding": known,
        },
        labelled=list("abcd"),
        labels=["x"] * 4,
    )
    rows = build("label_names").select(view, 20, generator(0)).ids
    assert sorted(group[rows]) == list(range(4, 24))


def test_reasons_name_the_two_labels():
    arrays = {
        "embedding": np.array([[0.6, 0.8, 0.0]], np.float32),
        "label_embedding": np.eye(3, dtype=np.float32),
    }
    view = View("a", arrays=arrays, classes=("退款", "billing", "other"))
    reason = build("label_names").select(view, 1, generator(0)).picks[0].reason
    assert reason == "by the names of the labels it could be “billing” or “退款”"


def test_names_of_another_encoder_and_bad_settings_are_refused():
    arrays = {"embedding": np.eye(3, dtype=np.float32), "label_embedding": np.eye(2)}
    with pytest.raises(InvalidInput, match=r"label_embedding has shape \(2, 2\); it must be"):
        build("label_names").select(View(range(3), arrays=arrays), 1, generator(0))
    for setting in ("temperature=0", "neighbours=0", "rho=-1", "beta=-1"):
        with pytest.raises(InvalidInput, match=f"{setting.split('=')[0]} of label_names is a"):
            build(f"label_names({setting})")
