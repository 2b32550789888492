"""The optimiser of the heads on functions whose lowest point is known."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.models.lbfgs import descend


@pytest.mark.parametrize("far", [0.5, 50.0, 5000.0])
def test_a_function_that_is_straight_at_first(far: float) -> None:
    found = descend(lambda x: np.clip(x - far, -1.0, 1.0), np.zeros(1), tol=1e-9, most=200)
    assert np.allclose(found, far, atol=1e-3)


def test_steep_and_flat_directions_together() -> None:
    scale = 10.0 ** np.arange(-3, 4)
    found = descend(lambda x: scale * (x - 1), np.zeros(7), tol=1e-12, most=500)
    assert np.allclose(found, 1.0, atol=1e-3)
