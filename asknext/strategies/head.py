"""Head: what strategies read of a linear head, checked: its logits, block by block."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.core.view import View
from asknext.strategies.kernels.reading import Vectors

NEEDS = frozenset({"features", "weight", "bias"})


class Head:
    """Hold ``weight`` (c, d) and ``bias`` (c,) of a view, and read its ``features`` (n, d).

    Raises:
        InvalidInput: shapes that do not fit, numbers that are not finite.
    """

    def __init__(self, view: View) -> None:
        self.weight = np.asarray(view.array("weight"), np.float32)
        self.bias = np.asarray(view.array("bias"), np.float32)
        self.features = Vectors(view.array("features"), "features")
        classes, columns = self.weight.shape if self.weight.ndim == 2 else (0, 0)
        if not classes or self.bias.shape != (classes,) or columns != self.features.columns:
            raise InvalidInput(
                f"weight has shape {self.weight.shape}, bias {self.bias.shape} and features "
                f"{self.features.columns} columns; they must be (classes, features), (classes,) "
                "and as many features"
            )
        if not (np.isfinite(self.weight).all() and np.isfinite(self.bias).all()):
            raise InvalidInput("weight or bias holds NaN or infinite numbers; fit the head again")

    def __len__(self) -> int:
        return len(self.features)

    @property
    def classes(self) -> int:
        """Return the number of classes."""
        return int(self.weight.shape[0])

    def blocks(self) -> Iterator[tuple[slice, FloatArray, FloatArray]]:
        """Walk through rows, their features (b, d) and their logits (b, c) in float64."""
        for block in self.features.blocks():
            yield block.part, block.vectors, self.logits(block.vectors)

    def logits(self, features: FloatArray) -> FloatArray:
        """Return the scores (b, c) of these features."""
        return np.asarray(features @ self.weight.T + self.bias, np.float64)

    def gram(self) -> FloatArray:
        """Return the inner products (c, c) of the rows of the weights, in float64."""
        weight = self.weight.astype(np.float64)
        return np.asarray(weight @ weight.T)


def softmax(logits: FloatArray) -> FloatArray:
    """Return exp(logit) / Σ exp(logit) of each row (n, c).

    >>> softmax(np.array([[0.0, 0.0]])).tolist()
    [[0.5, 0.5]]
    """
    found = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def first_two(logits: FloatArray) -> tuple[IntArray, IntArray]:
    """Return the classes (n,) of the largest and the second largest logit; the same of one class.

    >>> [x.tolist() for x in first_two(np.array([[0.0, 3.0, 1.0]]))]
    [[1], [2]]
    """
    first = logits.argmax(axis=1)
    if logits.shape[1] == 1:
        return first, first
    others = logits.copy()
    others[np.arange(len(others)), first] = -np.inf
    return first, others.argmax(axis=1)
