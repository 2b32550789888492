"""LAL tasks: small made-up tasks, and what labelling each candidate gains in them."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.seeds import generator
from asknext.strategies.adaptive.traits import traits_of
from asknext.strategies.head import softmax
from asknext.strategies.kernels.reading import squared_distances

TASKS = 200  # made-up tasks
TRIED = 12  # candidates labelled in each of them
POOL, TEST = 120, 200  # candidates and test examples of each
NEWTON = 6  # steps to fit a head
PENALTY = 0.3  # on points of length 3 or so as strong as 1 / 30 on vectors of length 1


class Task(NamedTuple):
    """Hold one made-up task: points with one more column of ones, and their classes."""

    pool: FloatArray
    pool_class: IntArray
    test: FloatArray
    test_class: IntArray
    classes: int
    labelled: IntArray


def made_up(rng: np.random.Generator) -> Task:
    """Make a task of 2 to 4 classes, each one or two clouds of points in 2 to 8 dimensions."""
    classes, columns = int(rng.integers(2, 5)), int(rng.integers(2, 9))
    clouds = int(rng.integers(1, 3))
    centres = rng.standard_normal((classes, clouds, columns)) * rng.uniform(0.5, 2.0)
    shares = rng.dirichlet(np.full(classes, 3.0))
    made = rng.choice(classes, POOL + TEST, p=shares)
    points = centres[made, rng.integers(clouds, size=len(made))]
    points = points + rng.standard_normal(points.shape)
    points = np.column_stack([points, np.ones(len(points))])
    labelled = rng.permutation(POOL)[: int(rng.integers(classes, 40))]
    return Task(points[:POOL], made[:POOL], points[POOL:], made[POOL:], classes, labelled)


def fitted(points: FloatArray, labels: IntArray, classes: int) -> FloatArray:
    """Return softmax heads (b, c, d) of b sets of points (b, m, d) and labels (b, m), by Newton."""
    sets, _, columns = points.shape
    target = np.eye(classes)[labels]
    weight = np.zeros((sets, classes, columns))
    size = classes * columns
    for _ in range(NEWTON):
        proba = _softmax(np.einsum("bmd,bcd->bmc", points, weight))
        slope = np.einsum("bmc,bmd->bcd", proba - target, points) + PENALTY * weight
        bend = proba[..., :, None] * np.eye(classes) - proba[..., :, None] * proba[..., None, :]
        outer = (points[..., :, None] * points[..., None, :]).reshape(sets, -1, columns**2)
        flat = bend.reshape(sets, -1, classes**2).swapaxes(1, 2) @ outer
        curve = flat.reshape(sets, classes, classes, columns, columns).swapaxes(2, 3)
        curve = curve.reshape(sets, size, size) + PENALTY * np.eye(size)
        step = np.linalg.solve(curve, slope.reshape(sets, size, 1)).reshape(weight.shape)
        # Far from the solution a whole Newton step may overshoot.
        longest = np.abs(step).max(axis=(1, 2), keepdims=True)
        weight = weight - step / np.maximum(1.0, longest / 3.0)
    return np.asarray(weight)


def _softmax(logits: FloatArray) -> FloatArray:
    return softmax(logits.reshape(-1, logits.shape[-1])).reshape(logits.shape)


def gains(task: Task, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Return traits (t, 7) of some candidates, and what part of the loss labelling each removes.

    The loss is the mean log loss on the test examples, before and after the head is fitted anew
    with the candidate's true label.
    """
    known, classes = task.labelled, task.classes
    rest = np.setdiff1d(np.arange(len(task.pool)), known)
    tried = rng.permutation(rest)[:TRIED]
    base = fitted(task.pool[None, known], task.pool_class[None, known], classes)
    before = _losses(base, task)[0]
    sets = np.column_stack([np.tile(known, (len(tried), 1)), tried])
    after = _losses(fitted(task.pool[sets], task.pool_class[sets], classes), task)
    proba = softmax(task.pool @ base[0].T)
    points = task.pool[:, :-1]
    nearest = np.sqrt(squared_distances(points, points[known]).min(axis=1))
    central = np.linalg.norm(points - points.mean(axis=0), axis=1)
    counts = np.bincount(task.pool_class[known], minlength=classes).astype(float)
    return traits_of(proba, nearest, central, counts)[tried], (before - after) / before


def _losses(heads: FloatArray, task: Task) -> FloatArray:
    logits = np.einsum("td,bcd->btc", task.test, heads)
    own = _softmax(logits)[:, np.arange(len(task.test)), task.test_class]
    return np.asarray(-np.log(np.maximum(own, 1e-12)).mean(axis=1))


@cache
def regressor() -> Any:
    """Return a forest that guesses the gain from the traits; learnt once in each process."""
    from sklearn.ensemble import RandomForestRegressor

    rng = generator(0, "lal")
    rounds = [gains(made_up(rng), rng) for _ in range(TASKS)]
    traits = np.concatenate([found for found, _ in rounds])
    gained = np.clip(np.concatenate([found for _, found in rounds]), -1.0, 1.0)
    forest = RandomForestRegressor(60, min_samples_leaf=10, max_features=3, random_state=0)
    return forest.fit(traits, gained)
