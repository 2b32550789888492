"""Frame: vectors moved and scaled to where the optimiser of a linear head has an easy task."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from asknext.core.batch import FloatArray
from asknext.models.lbfgs import Point


@dataclass(frozen=True)
class Frame:
    """Hold the vectors moved to mean 0 and scaled to mean square length 1.

    There, coefficients and intercepts are of one size, which the first steps of the optimiser
    take for granted. With C scaled along, the solution is the same.
    """

    vectors: FloatArray
    mean: Point
    scale: float

    @classmethod
    def of(cls, vectors: FloatArray) -> Frame:
        """Move and scale vectors (n, d) float32; what was given stays as it is."""
        mean = vectors.mean(axis=0, dtype=np.float64)
        centred = np.subtract(vectors, mean.astype(np.float32), dtype=np.float32, order="C")
        square = float(np.vdot(centred, centred)) / len(centred)
        scale = math.sqrt(square) if square > np.finfo(np.float32).tiny else 1.0
        centred /= np.float32(scale)
        return cls(centred, mean, scale)

    def inward(self, outside: Point) -> Point:
        """Express coefficients and, below them, intercepts (d + 1, c) in this frame."""
        return np.vstack([outside[:-1] * self.scale, outside[-1] + self.mean @ outside[:-1]])

    def outward(self, inside: Point) -> Point:
        """Return coefficients and intercepts (d + 1, c) for the vectors as they came."""
        coef = inside[:-1] / self.scale
        return np.vstack([coef, inside[-1] - self.mean @ coef])
