"""Committees: several models that all fit the labels, to see where they disagree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from asknext.core.batch import Batch, FloatArray, Table, blocks
from asknext.core.curvature import Curvature, with_one
from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.predictions import Prediction
from asknext.core.protocols import Model
from asknext.core.seeds import generator
from asknext.models.linear import LinearHead
from asknext.models.logistic import softmax
from asknext.models.threads import one_blas_thread

STRENGTHS = (0.1, 1.0, 10.0)  # what C is multiplied by, member after member
SINGLE = ("proba", "label_proba", "mean", "reward_gap")  # what members may say of an example
COLUMNS = 0.5  # share of the columns that a member of ``kinds`` sees


def committee(
    model: Model,
    labelled_batch: Batch,
    labels: Sequence[Any],
    batch: Batch,
    *,
    members: int = 10,
    seed: int = 0,
    kind: str = "auto",
) -> FloatArray:
    """Return what the members say of a batch, float32, in the shape that the kind of task has.

    ``committee_proba`` (t, n, c) for classification, columns as ``model.classes``;
    ``committee_mean`` (t, n) for regression; ``committee_gap`` (t, n) for preference; for
    multi-label the probabilities of the labels (t, n, labels).

    `kind` is one of `KINDS`: ``bootstrap`` (labels drawn with replacement), ``seeds`` (other
    seeds), ``laplace`` (samples around the fitted model) or ``kinds`` (other penalties and
    columns; classification only); ``auto`` is ``laplace`` for a model that knows its posterior,
    else ``bootstrap``. A class that a member has not seen has probability 0. The same seed gives
    the same members, and more of them begin with these.

    Raises:
        InvalidInput: a kind that there is not for the model, fewer than one member, counts that
            differ.
        Unsupported: a task that has no committee.

    >>> from asknext.core.tasks import Classification
    >>> batch = Batch(4, vectors=np.array([[0.0, 1], [0.1, 1], [1, 0], [1, 0.1]], np.float32))
    >>> labels = ["b", "b", "a", "a"]
    >>> head = LinearHead(Classification(("a", "b"))).fit(batch, labels, seed=0)
    >>> committee(head, batch, labels, batch, members=3).shape
    (3, 4, 2)
    """
    made = _maker(model, kind)
    if members < 1:
        raise InvalidInput(f"members is a number of models, 1 or more; given: {members}")
    if len(labels) != len(labelled_batch):
        raise InvalidInput(f"{len(labelled_batch)} examples came with {len(labels)} labels")
    said = made(model, labelled_batch, labels, batch, members, seed)
    return np.stack([np.asarray(one, np.float32) for one in said])


def _maker(model: Model, kind: str) -> Maker:
    """Return what makes members of this kind for this model."""
    own = hasattr(model, "draws")
    there = dict(KINDS)
    if own:
        there["laplace"] = drawn
    elif not isinstance(model, LinearHead):
        del there["laplace"]
    if not isinstance(model, LinearHead):
        del there["kinds"]
    wanted = ("laplace" if own else "bootstrap") if kind == "auto" else kind
    if wanted not in there:
        raise InvalidInput(f"no committee of kind {kind!r}; there is: {', '.join(sorted(there))}")
    return there[wanted]


def drawn(
    model: Any, labelled: Batch, labels: Sequence[Any], batch: Batch, members: int, seed: int
) -> Iterator[FloatArray]:
    """Yield what models say that are drawn from the model's own posterior."""
    yield from model.draws(batch, members, seed)


def bootstrap(
    model: Any,
    labelled: Batch,
    labels: Sequence[Any],
    batch: Batch,
    members: int,
    seed: int,
) -> Iterator[FloatArray]:
    """Yield what models say that are refitted to labels drawn with replacement.

    Source: Breiman 1996; Abe and Mamitsuka 1998 (query by bagging).
    """
    count = len(labels)
    for member in range(members):
        drawn = generator(seed, "bootstrap", member).integers(0, count, count)
        weights = np.bincount(drawn, minlength=count).astype(np.float64)
        fitted = model.fit(labelled, labels, seed=seed + member, init=model, weights=weights)
        yield _said(fitted.predict(batch), model)


def seeds(
    model: Any,
    labelled: Batch,
    labels: Sequence[Any],
    batch: Batch,
    members: int,
    seed: int,
) -> Iterator[FloatArray]:
    """Yield what models say that are fitted to all labels from other seeds.

    The linear head's problem has one solution, so its members agree; this is for models that
    draw at random when they are fitted.
    """
    for member in range(members):
        own = int(generator(seed, "seeds", member).integers(2**31))
        fitted = model.fit(labelled, labels, seed=own)
        yield _said(fitted.predict(batch), model)


def kinds(
    model: LinearHead,
    labelled: Batch,
    labels: Sequence[Any],
    batch: Batch,
    members: int,
    seed: int,
) -> Iterator[FloatArray]:
    """Yield what linear heads say with C × 0.1, 1, 10 in turn, each on half of the columns.

    Source: Ho 1998 (random subspaces).
    """
    known, table = np.asarray(labelled.need_vectors()), batch.need_vectors()
    width = known.shape[1]
    for member in range(members):
        drawn = generator(seed, "kinds", member).permutation(width)
        columns = np.sort(drawn[: max(1, round(COLUMNS * width))])
        blank = LinearHead(model.task, C=model.C * STRENGTHS[member % len(STRENGTHS)])
        fitted = blank.fit(Batch(len(known), vectors=known[:, columns]), labels, seed=seed)
        found = np.zeros((len(table), len(model.classes)), np.float32)
        for part, block in blocks(table):
            said = fitted.predict(Batch(len(block), vectors=block[:, columns]))
            found[part] = _columns(said, model.classes)
        yield found


def laplace(
    model: LinearHead,
    labelled: Batch,
    labels: Sequence[Any],
    batch: Batch,
    members: int,
    seed: int,
) -> Iterator[FloatArray]:
    """Yield what heads say that are drawn from the Laplace posterior of the fitted one.

    The posterior is N(θ, H⁻¹) with the factored Hessian of `asknext.core.curvature`: its
    eigenvalues in a Kronecker eigenbasis, the penalty alone where no label has been. The
    temperature in use divides the logits of each draw.

    Source: MacKay 1992; Daxberger et al. 2021 (last-layer Laplace).
    """
    known = labelled.need_vectors()
    head = model.coefficients
    if len(head.classes) == 1:
        yield from (np.ones((len(batch), 1), np.float32) for _ in range(members))
        return
    proba = softmax(model.logits(labelled).astype(np.float64))
    with one_blas_thread():
        curvature = Curvature.of(known, proba, 1.0 / model.C)
        for member in range(members):
            moved = draw(curvature, generator(seed, "laplace", member))
            moved[:-1] += head.coef.T
            moved[-1] += head.intercept
            moved /= np.float32(model.calibration.temperature)
            yield _linear(batch.need_vectors(), moved)


def draw(curvature: Curvature, rng: np.random.Generator) -> FloatArray:
    """Draw a step θ′ − θ (d + 1, c) float32 from N(0, H⁻¹)."""
    basis, values = curvature.basis, curvature.values
    inside = rng.standard_normal(values.shape) / np.sqrt(values)  # (k, r)
    free = rng.standard_normal((len(values), basis.shape[0]))
    free -= (free @ basis) @ basis.T
    free /= np.sqrt(curvature.penalty)
    step = inside @ basis.T
    if basis.shape[0] > basis.shape[1]:
        step += free
    return np.asarray((curvature.directions @ step).T, np.float32)


def _linear(table: Table, weight: FloatArray) -> FloatArray:
    found = np.empty((len(table), weight.shape[1]), np.float32)
    for part, block in blocks(table):
        found[part] = softmax(with_one(block) @ weight)
    return found


def _said(said: Prediction, model: Any) -> FloatArray:
    """Return the array of a prediction that a committee of this model is made of."""
    there = [name for name in SINGLE if name in said.arrays]
    if not there:
        raise Unsupported(
            f"there is no committee of the model {model.name!r}; it is for models that provide "
            f"one of: {', '.join(SINGLE)}"
        )
    if there[0] == "proba":
        return _columns(said, model.classes)
    return np.asarray(said.array(there[0]))


def _columns(said: Prediction, classes: tuple[str, ...]) -> FloatArray:
    """Return its probabilities (n, c) in the order of these classes, 0 for those it lacks."""
    found = np.zeros((len(said.proba), len(classes)), np.float32)
    place = {name: column for column, name in enumerate(classes)}
    found[:, [place[name] for name in said.classes]] = said.proba
    return found


Maker = Callable[[Any, Batch, Sequence[Any], Batch, int, int], Iterator[FloatArray]]

KINDS: dict[str, Maker] = {
    "bootstrap": bootstrap,
    "kinds": kinds,
    "laplace": laplace,
    "seeds": seeds,
}
