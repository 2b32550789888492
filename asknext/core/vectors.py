"""Vectors: what several rooms do with rows of numbers."""

from __future__ import annotations

import numpy as np

from asknext.core.batch import FloatArray


def unit_rows(vectors: FloatArray) -> FloatArray:
    """Return vectors (n, d) scaled to length 1, in float32; those of length 0 stay.

    >>> unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]])).round(1).tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0), np.float32)
