"""Fit a linear-chain conditional random field to the tags of tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.core.spans import FORBIDDEN, OUTSIDE, steps_of
from asknext.models.chain import Chain, Walk
from asknext.models.frame import Frame
from asknext.models.lbfgs import Gradient, Point, descend

KINSHIP = 3.0  # how much of what B-X and I-X weigh is common to both, beside what is each one's own


class Weights(NamedTuple):
    """Be the weights (columns, tags), the bias (tags,), and the scores of steps (tags, tags)."""

    weight: Point
    bias: Point
    steps: Point


@dataclass(frozen=True)
class Judged:
    """Hold runs of tokens that people judged: vectors (t, d), tag numbers (t,), their `offsets`.

    `weights` (runs,) say how often each run counts; `opening` (runs,) marks those that begin a
    text. `lean` says by how many nats O has to be likelier than it is: above 0 it makes the field
    mark more.
    """

    vectors: FloatArray
    numbers: IntArray
    offsets: IntArray
    weights: FloatArray
    opening: npt.NDArray[np.bool_]
    tags: Sequence[str]
    C: float
    lean: float = 0.0

    @cached_property
    def walk(self) -> Walk:
        """Return how the runs are walked."""
        return Walk.of(self.offsets)

    @cached_property
    def fixed(self) -> tuple[FloatArray, FloatArray]:
        """Return what scores (t, tags) and steps hold beside what is learnt."""
        scores = np.zeros((len(self.numbers), len(self.tags)))
        scores += [self.lean if tag == OUTSIDE else 0.0 for tag in self.tags]
        scores[self.offsets[:-1][self.opening]] += starts(self.tags)
        return scores, steps_of(self.tags)

    @cached_property
    def taken(self) -> FloatArray:
        """Return how often each step (from, to) was taken, runs counting by their weights."""
        found = np.zeros((len(self.tags), len(self.tags)))
        inner = np.ones(len(self.numbers), bool)
        inner[self.offsets[:-1]] = False
        after = np.flatnonzero(inner)
        heavy = np.repeat(self.weights, np.diff(self.offsets))[after]
        np.add.at(found, (self.numbers[after - 1], self.numbers[after]), heavy)
        return found


def starts(tags: Sequence[str]) -> FloatArray:
    """Return what the first token of a text adds to the scores (tags,): no ``I`` begins one."""
    return np.array([FORBIDDEN if tag.startswith("I-") else 0.0 for tag in tags])


def minimise(judged: Judged, start: Weights, *, tol: float, most: int) -> Weights:
    """Return the weights of the least loss: −log p(the tags that people gave), and ``|W|² / 2C``.

    The penalty sees B-X and I-X as kin: what both have in common costs less than what tells them
    apart, so either learns from the other's examples.

    Source: Lafferty et al. 2001; Gimpel and Smith 2010 (softmax-margin) for `lean`; the kinship
    is a prior covariance between tags, ours.

    Raises:
        InvalidInput: numbers so large that nothing comes out.
    """
    frame = Frame.of(judged.vectors)
    kin = _kin(judged.tags)
    enough = tol * float(judged.weights.mean()) * max(1.0, len(judged.numbers) / 1000)
    inside = frame.inward(np.vstack([start.weight, start.bias]))
    inside[:-1] = np.linalg.solve(kin, inside[:-1].T).T
    found = descend(
        _gradient(judged, frame, kin), np.vstack([inside, start.steps]), tol=enough, most=most
    )
    columns = judged.vectors.shape[1]
    outside = frame.outward(np.vstack([found[:columns] @ kin.T, found[columns]]))
    if not np.isfinite(outside).all():
        raise InvalidInput("the tagger could not be fitted: vectors or weights are too large")
    bias = outside[-1] - outside[-1].mean()
    return Weights(outside[:-1], bias, np.where(judged.fixed[1] == 0, found[columns + 1 :], 0.0))


def _kin(tags: Sequence[str]) -> Point:
    """Return a root of the covariance (tags, tags) of the tags' weights."""
    labels = [tag.partition("-")[2] or tag for tag in tags]
    same = np.array([[one == other for other in labels] for one in labels], float)
    return np.asarray(np.linalg.cholesky(np.eye(len(tags)) + KINSHIP * same))


def _gradient(judged: Judged, frame: Frame, kin: Point) -> Gradient:
    vectors, columns = frame.vectors, frame.vectors.shape[1]
    across = np.ascontiguousarray(vectors.T)
    narrow = kin.astype(np.float32)
    scores, steps = judged.fixed
    rows = np.arange(len(judged.numbers))
    heavy = np.repeat(judged.weights, np.diff(judged.offsets))[:, None]
    ridge = np.full((columns + 1 + len(steps), 1), 1.0 / judged.C)
    ridge[:columns] /= frame.scale**2
    ridge[columns] = 0.0

    def gradient(both: Point) -> Point:
        said = vectors @ (both[:columns].astype(np.float32) @ narrow.T)
        chain = Chain(said + both[columns] + scores, both[columns + 1 :] + steps, judged.walk)
        pull = chain.marginals.copy()
        pull[rows, judged.numbers] -= 1.0
        pull *= heavy
        found = both * ridge
        found[:columns] += (across @ pull.astype(np.float32)) @ narrow
        found[columns] += pull.sum(axis=0)
        found[columns + 1 :] += chain.expected_steps(judged.weights) - judged.taken
        return found

    return gradient
