"""Uniform draws say the chance of each place, as weighted estimates need it."""

from __future__ import annotations

import numpy as np

from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.uniform import Random


def test_the_chance_is_that_of_the_place() -> None:
    found = Random().select(View(tuple("abcde")), 3, generator(0, "draw"))
    np.testing.assert_allclose(found.probabilities, [1 / 5, 1 / 4, 1 / 3])
