"""A strategy, as a plug-in brings one, that fails while it is told to."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.picks import Pick, Picks
from asknext.core.view import View


class Moody:
    name: ClassVar[str] = "moody"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset()
    tasks: ClassVar[frozenset[str]] = frozenset()
    failing: ClassVar[bool] = False

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        if Moody.failing:
            raise ValueError("moody today")
        return Picks(tuple(Pick(id, 1.0, "in order") for id in list(view.candidates)[:k]))
