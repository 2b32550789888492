"""DAL: against the same loop with scikit-learn; regions without labels first."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.build import build


def view_of(embedding, known, **more):
    return View(
        range(len(embedding)),
        arrays={"embedding": embedding, "labelled_embedding": known, **more},
        labelled=[f"l{i}" for i in range(len(known))],
        labels=["a"] * len(known),
    )


def slow_chances(embedding, known, picks):
    """Return p(unlabelled) of what is left, by a regression solved to the end."""
    rest = [row for row in range(len(embedding)) if row not in picks]
    x = np.concatenate([known, embedding[picks], embedding[rest]]).astype(float)
    y = [0] * (len(known) + len(picks)) + [1] * len(rest)
    scale = np.sqrt(np.mean(np.sum(x * x, axis=1)))
    model = LogisticRegression(C=10.0, class_weight="balanced", tol=1e-8, max_iter=5000)
    model.fit(x / scale, y)
    return dict(zip(rest, model.predict_proba(embedding[rest] / scale)[:, 1], strict=True))


@pytest.mark.parametrize("seed", range(5))
def test_each_part_is_what_the_slow_reference_wants_most_after_the_parts_before(seed):
    rng = generator(seed, "dal")
    embedding = rng.standard_normal((90, 4)).astype(np.float32)
    known = embedding[:12] + 0.1
    found = build("dal").select(view_of(embedding, known), 90, generator(0)).ids
    for before, after in ((0, 20), (20, 50)):
        chances = slow_chances(embedding, known, found[:before])
        part = found[before:after]
        bar = sorted(chances.values(), reverse=True)[after - before - 1]
        # One solver stops a little earlier: those within 0.001 of the bar may be swapped.
        assert min(chances[row] for row in part) > bar - 1e-3
        assert {row for row, chance in chances.items() if chance > bar + 1e-3} <= set(part)
        ordered = [chances[row] for row in part]
        assert (np.diff(ordered) < 1e-3).all()


def test_groups_without_a_label_or_a_pending_one_go_first(make_groups):
    embedding, group = make_groups([20, 20, 20], columns=8)
    known = embedding[group == 0][:5]
    pending = {"pending_embedding": embedding[group == 1][:5]}
    ids = build("dal").select(view_of(embedding, known, **pending), 20, generator(0)).ids
    assert set(group[ids]) == {2}
    both = build("dal").select(view_of(embedding, known), 20, generator(0)).ids
    assert 0 not in group[both]


def test_a_later_part_sees_what_was_picked_before(make_groups):
    embedding, group = make_groups([10, 80, 80], columns=8)
    embedding[group == 1] -= 2 * embedding[group == 0][0]  # opposite to what is labelled
    known = embedding[group == 0][:5]
    ids = build("dal").select(view_of(embedding, known), 50, generator(0)).ids
    assert set(group[ids[:20]]) == {1}
    assert set(group[ids[20:]]) == {2}


def test_a_sample_of_the_unlabelled_is_enough(make_groups):
    embedding, group = make_groups([900, 900, 300], columns=8)
    known = np.concatenate([embedding[group == 0][:5], embedding[group == 1][:5]])
    ids = build("dal(sample=50)").select(view_of(embedding, known), 20, generator(0)).ids
    assert set(group[ids]) == {2}


def test_without_labels_and_with_bad_settings_it_says_so():
    embedding = np.eye(4, dtype=np.float32)
    with pytest.raises(Unsupported, match="dal compares candidates with labelled examples"):
        build("dal").select(view_of(embedding, embedding[:0]), 1, generator(0))
    with pytest.raises(InvalidInput, match="sample of dal is a whole number"):
        build("dal(sample=0)")
    with pytest.raises(InvalidInput, match="strength of dal is a number above 0"):
        build("dal(strength=0)")
