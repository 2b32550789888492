"""The linear head against scikit-learn, and what it promises on its own."""

from __future__ import annotations

import json
import threading

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_info

from asknext.core.batch import Batch, Rows
from asknext.core.errors import InvalidInput, NotReady, Unsupported
from asknext.core.seeds import generator
from asknext.core.tasks import Classification
from asknext.models import linear
from asknext.models.coefficients import Calibration
from asknext.models.lbfgs import descend
from asknext.models.linear import LinearHead
from asknext.models.threads import one_blas_thread

TASK = Classification(("news", "sport", "体育", "tech"))


def layers(n: int, classes: int, blocks: int = 2, width: int = 16, noise: float = 1.0):
    """Unit-length blocks side by side, as an encoder with inner layers gives them."""
    rng = generator(n, "layers", classes, blocks)
    centres = generator(0, "centres").standard_normal((classes, width)) + 2.0
    which = rng.integers(classes, size=n)
    parts = []
    for _ in range(blocks):
        part = centres[which] + noise * rng.standard_normal((n, width))
        parts.append(part / np.linalg.norm(part, axis=1, keepdims=True))
    return np.hstack(parts).astype(np.float32), [TASK.labels[i] for i in which]


def reference(vectors, labels, new, C, weights=None):
    """Fit with scikit-learn in float64, far beyond the accuracy asked for."""
    numbers = [TASK.labels.index(label) for label in labels]
    slow = LogisticRegression(C=C, tol=1e-10, max_iter=100_000)
    slow.fit(vectors.astype(np.float64), numbers, sample_weight=weights)
    return slow.predict_proba(new.astype(np.float64))


def head(vectors, labels, **settings):
    return LinearHead(TASK, **settings).fit(Batch(len(vectors), vectors=vectors), labels, seed=0)


@pytest.mark.parametrize("C", [0.1, 1.0, 30.0])
@pytest.mark.parametrize("n", [12, 40, 400])
def test_probabilities_are_those_of_scikit_learn(n, C):
    vectors, labels = layers(n, 4)
    new, _ = layers(50, 4)
    slow = reference(vectors, labels, new, C)
    fast = head(vectors, labels, C=C, tol=1e-7).predict(Batch(50, vectors=new)).proba
    np.testing.assert_allclose(fast, slow, atol=2e-4)
    quick = head(vectors, labels, C=C).predict(Batch(50, vectors=new)).proba
    np.testing.assert_allclose(quick, slow, atol=0.01)


def test_two_classes_are_a_softmax_whose_C_counts_double():
    vectors, labels = layers(100, 2)
    slow = reference(vectors, labels, vectors, C=20.0)
    fast = head(vectors, labels, C=10.0, tol=1e-7).predict(Batch(100, vectors=vectors))
    np.testing.assert_allclose(fast.proba, slow, atol=2e-4)


def test_weights_are_those_of_scikit_learn():
    vectors, labels = layers(120, 3)
    weights = generator(0, "weights").random(120) * 5 + 0.1
    slow = reference(vectors, labels, vectors, 30.0, weights)
    batch = Batch(120, vectors=vectors)
    fast = LinearHead(TASK, tol=1e-7).fit(batch, labels, seed=0, weights=weights).predict(batch)
    np.testing.assert_allclose(fast.proba, slow, atol=2e-4)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_scale_of_the_vectors_does_not_change_when_fitting_stops(scale):
    vectors, labels = layers(80, 3)
    C = 30.0 / scale**2
    slow = reference(vectors * scale, labels, vectors * scale, C)
    batch = Batch(80, vectors=(vectors * scale).astype(np.float32))
    fast = LinearHead(TASK, C=C).fit(batch, labels, seed=0).predict(batch)
    np.testing.assert_allclose(fast.proba, slow, atol=0.01)


def test_separable_examples_and_copies_with_two_labels_are_no_trouble():
    vectors = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [1, 0]], np.float32)
    labels = ["news", "news", "tech", "tech", "tech"]
    proba = head(vectors, labels).predict(Batch(5, vectors=vectors)).proba
    np.testing.assert_allclose(proba[0], proba[4], atol=1e-7)
    assert proba[0, 0] == pytest.approx(2 / 3, abs=0.02)


def test_identical_vectors_give_the_shares_of_the_labels():
    vectors = np.full((8, 3), 0.5, np.float32)
    labels = ["news"] * 5 + ["tech"] * 2 + ["sport"]
    prediction = head(vectors, labels).predict(Batch(1, vectors=vectors[:1]))
    assert prediction.classes == ("news", "sport", "tech")
    np.testing.assert_allclose(prediction.proba[0], [5 / 8, 1 / 8, 2 / 8], atol=0.005)


def test_a_new_answer_among_a_thousand_is_in_the_model():
    vectors, labels = layers(1000, 4, noise=2.0)
    before = head(vectors[1:], labels[1:])
    wrong = next(name for name in TASK.labels if name != labels[0])
    batch = Batch(1000, vectors=vectors)
    after = LinearHead(TASK).fit(batch, [wrong, *labels[1:]], seed=0, init=before)
    cold = head(vectors, [wrong, *labels[1:]])
    one = Batch(1, vectors=vectors[:1])
    column = TASK.labels.index(wrong)
    old, new, right = (float(m.predict(one).proba[0, column]) for m in (before, after, cold))
    assert new > old
    assert abs(new - right) < 0.2 * abs(right - old)


def test_blocks_do_not_change_predictions():
    vectors, labels = layers(300, 4)
    made = head(vectors, labels)
    many = np.tile(vectors, (31, 1))  # more than two blocks
    index = generator(0, "rows").permutation(len(many))
    whole = made.predict(Batch(len(many), vectors=Rows(many, index))).proba
    logits = many[index].astype(np.float64) @ made.coefficients.coef.T.astype(np.float64)
    logits += made.coefficients.intercept
    slow = np.exp(logits - logits.max(axis=1, keepdims=True))
    slow /= slow.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(whole, slow, atol=1e-5)
    assert whole.dtype == np.float32


def test_classes_come_and_go_by_name():
    vectors, labels = layers(200, 4)
    two = [i for i, label in enumerate(labels) if label in ("体育", "tech")]
    small = head(vectors[two], [labels[i] for i in two])
    assert small.classes == ("体育", "tech")
    batch = Batch(200, vectors=vectors)
    grown = LinearHead(TASK).fit(batch, labels, seed=0, init=small)
    assert grown.classes == TASK.labels
    np.testing.assert_allclose(
        grown.predict(batch).proba, head(vectors, labels).predict(batch).proba, atol=0.02
    )


def test_a_warm_start_from_other_vectors_is_a_cold_one():
    vectors, labels = layers(50, 3)
    narrow = head(vectors[:, :7], labels)
    batch = Batch(50, vectors=vectors)
    warm = LinearHead(TASK).fit(batch, labels, seed=0, init=narrow)
    assert linear.digest(warm) == linear.digest(head(vectors, labels))
    assert linear.digest(LinearHead(TASK).fit(batch, labels, seed=0, init=LinearHead(TASK))) == (
        linear.digest(warm)
    )


def test_bytes_folder_and_digest(tmp_path):
    vectors, labels = layers(60, 3)
    batch = Batch(60, vectors=vectors)
    made = head(vectors, labels, C=7.0).calibrated(Calibration(1.5, True, 60, 0.5, 0.4, "fell"))
    made.save(tmp_path / "model")
    for other in (
        LinearHead.load(tmp_path / "model", TASK),
        linear.restore(linear.dump(made), TASK),
    ):
        assert (other.predict(batch).proba == made.predict(batch).proba).all()
        assert other.calibration == made.calibration
        assert other.C == 7.0
        assert linear.digest(other) == linear.digest(made)
        assert linear.dump(other) == linear.dump(made)
    about = json.loads((tmp_path / "model" / "head.json").read_text(encoding="utf-8"))
    assert about["classes"] == ["news", "sport", "体育"]
    assert about["calibration"]["temperature"] == 1.5
    assert linear.digest(made.calibrated(Calibration(1.6))) != linear.digest(made)


def test_what_was_not_written_here_is_refused(tmp_path):
    vectors, labels = layers(20, 3)
    made = head(vectors, labels)
    made.save(tmp_path)
    path = tmp_path / "head.json"
    about = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**about, "version": 99}), encoding="utf-8")
    with pytest.raises(InvalidInput, match="format version 99"):
        LinearHead.load(tmp_path, TASK)
    path.write_text(json.dumps({**about, "classes": about["classes"][:2]}), encoding="utf-8")
    with pytest.raises(InvalidInput, match="damaged"):
        LinearHead.load(tmp_path, TASK)
    with pytest.raises(InvalidInput, match="predicts sport"):
        linear.restore(linear.dump(made), Classification(("news", "体育")))


def test_messages_say_what_is_wrong():
    vectors, labels = layers(10, 3)
    batch = Batch(10, vectors=vectors)
    blank = LinearHead(TASK)
    with pytest.raises(NotReady, match="call fit first"):
        blank.predict(batch)
    with pytest.raises(InvalidInput, match="10 vectors came with 9 labels"):
        blank.fit(batch, labels[:9], seed=0)
    with pytest.raises(InvalidInput, match="does not have: pear"):
        blank.fit(batch, ["pear", *labels[1:]], seed=0)
    with pytest.raises(InvalidInput, match="at least one"):
        blank.fit(batch, labels, seed=0, weights=np.zeros(10))
    with pytest.raises(InvalidInput, match="5 columns"):
        blank.fit(batch, labels, seed=0).predict(Batch(10, vectors=vectors[:, :5]))
    with pytest.raises(InvalidInput, match="C must be a number above 0"):
        LinearHead(TASK, C=0)

    class Tagging:
        kind = "tagging"

    with pytest.raises(Unsupported, match="cannot learn 'tagging'"):
        LinearHead(Tagging())


def test_the_optimiser_solves_what_is_badly_scaled():
    scale = np.logspace(0, 4, 30)
    goal = np.linspace(-3, 3, 30)
    found = descend(lambda x: scale * (x - goal), np.zeros(30), tol=1e-10, most=500)
    np.testing.assert_allclose(found, goal, atol=1e-3)


def test_the_optimiser_stops_where_it_stands_on_the_lowest_point():
    calls = []

    def gradient(x):
        calls.append(1)
        return x * 2.0

    found = descend(gradient, np.zeros((3, 2)), tol=1e-6, most=100)
    assert (found == 0).all()
    assert len(calls) == 1


def test_the_optimiser_keeps_to_its_budget():
    calls = []

    def gradient(x):
        calls.append(1)
        return np.logspace(0, 8, 50) * (x - 1)

    descend(gradient, np.zeros(50), tol=1e-30, most=10)
    assert 10 <= len(calls) <= 30


def blas_threads() -> set[int]:
    return {lib["num_threads"] for lib in threadpool_info() if lib["user_api"] == "blas"}


def test_blas_threads_are_given_back_whoever_comes_and_goes():
    before = blas_threads()
    entered = threading.Event()
    seen: list[set[int]] = []

    def other():
        entered.set()
        for _ in range(50):
            with one_blas_thread(), one_blas_thread():
                seen.append(blas_threads())

    thread = threading.Thread(target=other)
    thread.start()
    assert entered.wait(10)
    for _ in range(50):
        with one_blas_thread():
            seen.append(blas_threads())
    thread.join(30)
    assert seen == [{1}] * 100
    assert blas_threads() == before
