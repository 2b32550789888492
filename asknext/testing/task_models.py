"""What a model of any task but single-label classification must do.

    from asknext.testing.task_models import check_task_model
    check_task_model(MyModel, "regression")

For models that learn from vectors or tokens; those of single labels have `asknext.testing.models`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from asknext.core.batch import Ragged
from asknext.core.errors import AsknextError
from asknext.core.predictions import Prediction
from asknext.core.protocols import Model
from asknext.testing.model_kits import KITS, Kit, chosen

ModelClass = type[Model]
CLOSE = 0.05  # how far warm and cold predictions of a converged model may lie apart


def _fitted(model: ModelClass, kit: Kit, features: Any, labels: Any, **more: Any) -> Model:
    make: Any = model
    made: Model = make(kit.task).fit(kit.batch(features), labels, seed=0, **more)
    return made


def _flat(array: Any) -> Any:
    return array.values if isinstance(array, Ragged) else np.asarray(array)


def _same(kit: Kit, one: Prediction, other: Prediction, within: float, what: str) -> None:
    assert one.classes == other.classes, f"{what}: classes {one.classes} and {other.classes}"
    for name in kit.arrays:
        a, b = _flat(one.array(name)), _flat(other.array(name))
        assert a.shape == b.shape, f"{what}: {name} has the shapes {a.shape} and {b.shape}"
        if a.dtype == object:
            assert a.tolist() == b.tolist(), f"{what}: {name} differs"
            continue
        apart = float(np.abs(a.astype(float) - b).max(initial=0.0))
        scale = max(1.0, float(np.abs(b).max(initial=0.0)))
        assert apart <= within * scale, f"{what}: {name} differs by {apart}"


def says_what_it_provides(model: ModelClass, kit: Kit) -> None:
    """Offer the names of the protocol, and predict many, one and none with finite numbers."""
    features, labels = kit.make(60, 0)
    made = _fitted(model, kit, features, labels)
    assert isinstance(made, Model), "it lacks something of the Model protocol"
    for rows in (60, 1, 0):
        found = made.predict(kit.batch(features[:rows]))
        assert model.provides <= set(found.arrays), "an array of `provides` is missing"
        for name in sorted(model.provides):
            array = found.array(name)
            assert len(array) == rows, f"{name} has {len(array)} rows for {rows} examples"
            flat = _flat(array)
            assert flat.dtype == object or np.isfinite(flat).all(), f"{name} is not finite"
        values = kit.task.values(found)
        assert [kit.task.validate(v) for v in values] == values, "values must be valid answers"
        sure = kit.task.confidence(found)
        assert sure.shape == (rows,)
        assert ((sure >= 0) & (sure <= 1 + 1e-6)).all(), "confidences must lie in [0, 1]"


def learns(model: ModelClass, kit: Kit) -> None:
    """Answer new examples right, most of them."""
    made = _fitted(model, kit, *kit.make(120, 0))
    features, labels = kit.make(60, 1)
    values = kit.task.values(made.predict(kit.batch(features)))
    right = np.mean([kit.near(a, b) for a, b in zip(values, labels, strict=True)])
    assert right > 0.6, f"easy data, but only {right:.0%} right"


def is_the_same_twice(model: ModelClass, kit: Kit) -> None:
    """Learn the very same from the same, also from shuffled examples nearly so."""
    features, labels = kit.make(60, 0)
    one, other = (_fitted(model, kit, features, labels) for _ in range(2))
    batch = kit.batch(features)
    _same(kit, one.predict(batch), other.predict(batch), 0.0, "a second time")
    turned = _fitted(model, kit, features[::-1], labels[::-1])
    _same(kit, one.predict(batch), turned.predict(batch), CLOSE, "in another order")


def starts_warm_as_cold(model: ModelClass, kit: Kit) -> None:
    """End near the same place from a warm start."""
    features, labels = kit.make(90, 0)
    batch = kit.batch(features)
    few = _fitted(model, kit, *chosen(range(30), features, labels))
    before = _flat(few.predict(batch).array(kit.arrays[0])).copy()
    cold = _fitted(model, kit, features, labels)
    warm = _fitted(model, kit, features, labels, init=few)
    _same(kit, cold.predict(batch), warm.predict(batch), CLOSE, "warm start")
    after = _flat(few.predict(batch).array(kit.arrays[0]))
    assert (after == before).all(), "fit must not change init"


def learns_from_one(model: ModelClass, kit: Kit) -> None:
    """Predict finite numbers after a single label."""
    features, labels = kit.make(30, 0)
    found = _fitted(model, kit, features[:1], labels[:1]).predict(kit.batch(features))
    for name in kit.arrays:
        flat = _flat(found.array(name))
        assert flat.dtype == object or np.isfinite(flat).all(), f"{name} is not finite"


def obeys_weights(model: ModelClass, kit: Kit) -> None:
    """Treat a weight of 2 as two copies, and 0 as absence."""
    features, labels = kit.make(60, 0)
    weights = np.where(np.arange(60) < 30, 2.0, 0.0)
    weighed = _fitted(model, kit, features, labels, weights=weights)
    copied = _fitted(model, kit, np.concatenate([features[:30]] * 2), labels[:30] * 2)
    batch = kit.batch(features)
    _same(kit, weighed.predict(batch), copied.predict(batch), CLOSE, "weights against copies")
    assert (weights == np.where(np.arange(60) < 30, 2.0, 0.0)).all(), "weights were changed"


def survives_saving(model: ModelClass, kit: Kit) -> None:
    """Predict the same after saving and loading, and go on learning from there."""
    features, labels = kit.make(60, 0)
    made = _fitted(model, kit, features, labels)
    with tempfile.TemporaryDirectory() as folder:
        made.save(Path(folder) / "model")
        loaded = model.load(Path(folder) / "model", kit.task)
        names = [path.name for path in Path(folder).rglob("*")]
    assert not [name for name in names if name.endswith((".pkl", ".pickle", ".joblib"))]
    batch = kit.batch(features)
    _same(kit, made.predict(batch), loaded.predict(batch), 1e-6, "after loading")
    _fitted(model, kit, features, labels, init=loaded)


def refuses_nonsense(model: ModelClass, kit: Kit) -> None:
    """Raise an error of ours for what cannot be learnt from, and for predicting too early."""
    features, labels = kit.make(30, 0)
    broken = features.copy()
    broken[3] = np.nan
    make: Any = model
    attempts: dict[str, Callable[[], Any]] = {
        "no labels": lambda: _fitted(model, kit, features[:0], []),
        "too few labels": lambda: _fitted(model, kit, features, labels[:-1]),
        "a foreign answer": lambda: _fitted(model, kit, features[:2], [labels[0], kit.wrong]),
        "NaN": lambda: _fitted(model, kit, broken, labels),
        "negative weights": lambda: _fitted(model, kit, features, labels, weights=-np.ones(30)),
        "no weight at all": lambda: _fitted(model, kit, features, labels, weights=np.zeros(30)),
        "predict before fit": lambda: _read(make(kit.task).predict(kit.batch(features)), kit),
    }
    for what, attempt in attempts.items():
        try:
            attempt()
        except AsknextError:
            continue
        raise AssertionError(f"{what} must be refused with an AsknextError")


def _read(prediction: Prediction, kit: Kit) -> None:
    for name in kit.arrays:
        prediction.array(name)


CHECKS: tuple[Callable[[ModelClass, Kit], None], ...] = (
    says_what_it_provides,
    learns,
    is_the_same_twice,
    starts_warm_as_cold,
    learns_from_one,
    obeys_weights,
    survives_saving,
    refuses_nonsense,
)


def check_task_model(model: ModelClass, kind: str) -> None:
    """Run every check on a model class for one kind of task."""
    for check in CHECKS:
        check(model, KITS[kind])
