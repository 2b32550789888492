"""What every model must do; run it over your own with `check_model`.

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_my_model(check):
        check(MyModel)

The checks serve models of single-label classification that learn from vectors. Each makes its
own small data and raises AssertionError saying what was wrong.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from asknext.core.batch import Batch, FloatArray, Rows
from asknext.core.errors import AsknextError
from asknext.core.predictions import Prediction
from asknext.core.protocols import Model
from asknext.core.seeds import generator
from asknext.core.tasks import Classification

ModelClass = type[Model]
LABELS = ("zebra", "apple", "苹果", "never")
TASK = Classification(LABELS)
CLOSE = 0.05  # how far warm and cold probabilities of a converged model may lie apart


def blobs(n: int = 60, columns: int = 8, seed: int = 0) -> tuple[FloatArray, list[str]]:
    """Make unit-length vectors (n, columns) round three centres that overlap, and labels."""
    rng = generator(seed, "blobs", columns)
    centres = generator(0, "centres", columns).standard_normal((3, columns))
    which = np.arange(n) % 3
    vectors = centres[which] + 0.7 * rng.standard_normal((n, columns))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32), [LABELS[i] for i in which]


def batch(vectors: FloatArray) -> Batch:
    """Wrap vectors for a model."""
    return Batch(len(vectors), vectors=vectors)


def fitted(model: ModelClass, vectors: FloatArray, labels: Sequence[str], **more: Any) -> Model:
    """Fit a new model of the class."""
    return _new(model).fit(batch(vectors), labels, seed=0, **more)


def _new(model: ModelClass) -> Model:
    make: Any = model
    made: Model = make(TASK)
    return made


def _sound(prediction: Prediction, rows: int) -> None:
    proba = prediction.proba
    assert proba.shape == (rows, len(prediction.classes)), (
        f"proba must be (examples, classes); got {proba.shape} for {prediction.classes}"
    )
    assert np.isfinite(proba).all(), "probabilities must be finite"
    assert (proba >= 0).all(), "probabilities must not be negative"
    off = float(np.abs(proba.sum(axis=1) - 1.0).max(initial=0.0))
    assert off < 1e-5, f"rows of proba must sum to 1; one is off by {off}"


def _same(one: Prediction, other: Prediction, within: float, what: str) -> None:
    assert one.classes == other.classes, f"{what}: classes {one.classes} and {other.classes}"
    apart = float(np.abs(one.proba - other.proba).max(initial=0.0))
    assert apart <= within, f"{what}: probabilities differ by {apart}, allowed: {within}"


def fits_the_protocol(model: ModelClass) -> None:
    """Offer the names of the protocol and say what predictions hold."""
    assert isinstance(_new(model), Model), "it lacks something of the Model protocol"
    assert model.name, "name must not be empty"
    assert "proba" in model.provides, "a classifier provides 'proba'"


def learns(model: ModelClass) -> None:
    """Predict what it has learnt better than chance, on new examples too."""
    made = fitted(model, *blobs())
    vectors, labels = blobs(seed=1)
    values = TASK.values(made.predict(batch(vectors)))
    right = np.mean([a == b for a, b in zip(values, labels, strict=True)])
    assert right > 0.6, f"three well separated classes, but only {right:.0%} right"


def gives_probabilities(model: ModelClass) -> None:
    """Give rows that sum to 1; for one example and for none, too."""
    vectors, labels = blobs()
    made = fitted(model, vectors, labels)
    for rows in (60, 1, 0):
        _sound(made.predict(batch(vectors[:rows])), rows)


def keeps_the_order_of_labels(model: ModelClass) -> None:
    """List the classes seen, and no others, in the order of the task."""
    vectors, labels = blobs()
    for wanted in (("zebra", "苹果"), LABELS[:3]):
        keep = np.array([i for i, label in enumerate(labels) if label in wanted])[::-1]
        made = fitted(model, vectors[keep], [labels[i] for i in keep])
        classes = made.predict(batch(vectors)).classes
        assert classes == wanted, f"classes must be {wanted}; got {classes}"


def does_not_care_for_the_order_of_examples(model: ModelClass) -> None:
    """Learn the same from shuffled examples."""
    vectors, labels = blobs()
    order = generator(0, "shuffle").permutation(len(vectors))
    one = fitted(model, vectors, labels).predict(batch(vectors))
    other = fitted(model, vectors[order], [labels[i] for i in order]).predict(batch(vectors))
    _same(one, other, CLOSE, "shuffled examples")


def knows_one_class(model: ModelClass) -> None:
    """Give the only class seen a probability of 1."""
    vectors, _ = blobs()
    prediction = fitted(model, vectors[:2], ["苹果", "苹果"]).predict(batch(vectors))
    assert prediction.classes == ("苹果",), f"only one class was seen; got {prediction.classes}"
    assert (prediction.proba == 1.0).all(), "the only class must have probability 1"


def leaves_itself_alone(model: ModelClass) -> None:
    """Return a new object from `fit` and change neither itself, `init`, nor what was given."""
    vectors, labels = blobs()
    given, weights = vectors.copy(), np.ones(len(vectors))
    blank = _new(model)
    first = blank.fit(batch(given), labels, seed=0, weights=weights)
    before = first.predict(batch(given)).proba.copy()
    again = first.fit(batch(given[:9]), labels[:9], seed=0, init=first)
    assert first is not blank, "fit must return a new object"
    assert again is not first, "fit must return a new object"
    assert (given == vectors).all(), "fit must not change the vectors"
    assert (weights == 1).all(), "fit must not change the weights"
    assert (first.predict(batch(given)).proba == before).all(), "fit must not change init"
    try:
        blank.predict(batch(given))
    except AsknextError:
        return
    raise AssertionError("predict before fit must raise NotReady")


def starts_warm_as_cold(model: ModelClass) -> None:
    """End near the same place from a warm start, with new classes, lost ones and other labels."""
    vectors, labels = blobs(90)
    narrow = [i for i, label in enumerate(labels) if label != "apple"]
    other = ["apple" if i % 7 == 0 else label for i, label in enumerate(labels)]
    few = fitted(model, vectors[narrow], [labels[i] for i in narrow])
    for init, now in ((few, labels), (fitted(model, vectors, other), labels)):
        cold = fitted(model, vectors, now).predict(batch(vectors))
        warm = fitted(model, vectors, now, init=init).predict(batch(vectors))
        _same(cold, warm, CLOSE, "warm start")
    lost = [labels[i] for i in narrow]
    warm = fitted(model, vectors[narrow], lost, init=fitted(model, vectors, labels)).predict(
        batch(vectors)
    )
    _same(few.predict(batch(vectors)), warm, CLOSE, "warm start with a class gone")


def notices_one_answer(model: ModelClass) -> None:
    """Change its mind about an example once that is labelled, warm start or not."""
    vectors, labels = blobs(300)
    odd = vectors[:1]
    column = LABELS.index("苹果")
    before = fitted(model, vectors[1:], labels[1:])
    after = fitted(model, vectors, ["苹果", *labels[1:]], init=before)
    old, new = (float(m.predict(batch(odd)).proba[0, column]) for m in (before, after))
    assert new > old, f"a new label must raise its probability; {old} became {new}"


def obeys_weights(model: ModelClass) -> None:
    """Treat a weight of 2 as two copies, and 0 as absence."""
    vectors, labels = blobs()
    weights = np.where(np.arange(60) < 30, 2.0, 0.0)
    weighed = fitted(model, vectors, labels, weights=weights).predict(batch(vectors))
    twice = np.concatenate([vectors[:30], vectors[:30]])
    copied = fitted(model, twice, labels[:30] * 2).predict(batch(vectors))
    _same(weighed, copied, CLOSE, "weights against copies")
    only = np.array([float(label == "zebra") for label in labels])
    classes = fitted(model, vectors, labels, weights=only).predict(batch(vectors)).classes
    assert classes == ("zebra",), f"classes of weight 0 were not seen; got {classes}"


def reads_rows(model: ModelClass) -> None:
    """Learn and predict from rows of a larger table as from an array."""
    vectors, labels = blobs()
    table = np.concatenate([np.zeros((5, 8), np.float32), vectors])
    index = np.arange(5, 65)[::-1].copy()
    rows = Batch(60, vectors=Rows(table, index))
    made = _new(model).fit(rows, labels[::-1], seed=0)
    plain = fitted(model, vectors[::-1], labels[::-1])
    _same(made.predict(rows), plain.predict(batch(vectors[::-1])), 1e-6, "rows of a table")


def refuses_nonsense(model: ModelClass) -> None:
    """Raise an error of ours for no labels, too few, unknown ones, NaN, and foreign vectors."""
    vectors, labels = blobs()
    broken = vectors.copy()
    broken[3, 3] = np.nan
    made = fitted(model, vectors, labels)
    attempts: dict[str, Callable[[], Any]] = {
        "no labels": lambda: fitted(model, vectors[:0], []),
        "too few labels": lambda: fitted(model, vectors, labels[:-1]),
        "an unknown label": lambda: fitted(model, vectors[:2], ["apple", "pear"]),
        "vectors with NaN": lambda: fitted(model, broken, labels),
        "negative weights": lambda: fitted(model, vectors, labels, weights=-np.ones(60)),
        "other columns": lambda: made.predict(batch(vectors[:, :5])),
    }
    for what, attempt in attempts.items():
        try:
            attempt()
        except AsknextError:
            continue
        raise AssertionError(f"{what} must be refused with an AsknextError")


def survives_saving(model: ModelClass) -> None:
    """Predict the same after saving and loading; also with one class only."""
    vectors, labels = blobs()
    for said in (labels, ["apple"] * 60):
        made = fitted(model, vectors, said)
        with tempfile.TemporaryDirectory() as folder:
            made.save(Path(folder) / "model")
            loaded = model.load(Path(folder) / "model", TASK)
            names = [path.name for path in Path(folder).rglob("*")]
        assert not [name for name in names if name.endswith((".pkl", ".pickle", ".joblib"))]
        one, other = made.predict(batch(vectors)), loaded.predict(batch(vectors))
        _same(one, other, 1e-6, "after loading")
        warm = _new(model).fit(batch(vectors), labels, seed=0, init=loaded)
        _sound(warm.predict(batch(vectors)), 60)


_ELSEWHERE = """
import hashlib, importlib, operator, sys
from asknext.testing.models import batch, blobs, fitted
model = operator.attrgetter(sys.argv[2])(importlib.import_module(sys.argv[1]))
proba = fitted(model, *blobs()).predict(batch(blobs()[0])).proba
sys.stdout.write(hashlib.sha256(proba.tobytes()).hexdigest())
"""


def is_the_same_elsewhere(model: ModelClass) -> None:
    """Learn the very same, to the bit, a second time and in another process."""
    from hashlib import sha256

    vectors, labels = blobs()
    one, other = (fitted(model, vectors, labels).predict(batch(vectors)).proba for _ in range(2))
    assert (one == other).all(), "the same data and seed must give the same model"
    command = [sys.executable, "-c", _ELSEWHERE, model.__module__, model.__qualname__]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert told == sha256(one.tobytes()).hexdigest(), "another process learnt another model"


CHECKS: tuple[Callable[[ModelClass], None], ...] = (
    fits_the_protocol,
    learns,
    gives_probabilities,
    keeps_the_order_of_labels,
    does_not_care_for_the_order_of_examples,
    knows_one_class,
    leaves_itself_alone,
    starts_warm_as_cold,
    notices_one_answer,
    obeys_weights,
    reads_rows,
    refuses_nonsense,
    survives_saving,
    is_the_same_elsewhere,
)


def check_model(model: ModelClass) -> None:
    """Run every check on one model class."""
    for check in CHECKS:
        check(model)
