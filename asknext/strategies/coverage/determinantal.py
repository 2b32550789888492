"""Determinantal: ask vectors that span the largest volume together."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.errors import InvalidInput
from asknext.core.picks import Picks
from asknext.core.view import View
from asknext.strategies.kernels.falling import Volume
from asknext.strategies.kernels.lazy import lazy_greedy
from asknext.strategies.kernels.reading import UnitVectors, unit
from asknext.strategies.ranking import picks_of, wanted
from asknext.strategies.vectors import known_vectors


class Determinantal:
    """Pick greedily what raises log det(I + cosines / noise) of labelled, pending and picked most.

    That is the mode of a determinantal point process with the cosine kernel, regularised by
    `noise` so that more picks than columns are possible. A score is the increase.

    Source: Chen, Zhang and Zhou 2018 (fast greedy MAP for DPP). We work in the columns of the
    vectors instead of n × n kernels, and bring up to date only what can still win.

    >>> vectors = np.array([[1.0, 0.0], [0.98, 0.199], [0.0, 1.0]])
    >>> view = View("abc", arrays={"embedding": vectors})
    >>> sorted(Determinantal().select(view, 3, np.random.default_rng(0)).ids[:2])
    ['b', 'c']
    """

    name: ClassVar[str] = "determinantal"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset({"embedding"})
    tasks: ClassVar[frozenset[str]] = frozenset()
    cost: ClassVar[str] = "n × columns², then little for each pick"
    evidence: ClassVar[str] = (
        "diversity alone, like k_center: no independent gain over random on texts is known"
    )
    source: ClassVar[str] = "Chen, Zhang and Zhou 2018; Bıyık et al. 2019"

    def __init__(self, *, noise: float = 0.1) -> None:
        if not 1e-6 <= noise <= 1e6:
            raise InvalidInput(f"noise is a number in [1e-6, 1e6]; given: {noise}")
        self.noise = noise

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks; needs ``labelled_embedding`` once there are labels."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        worth = Volume(unit(known_vectors(view)), self.noise)
        rows, gains = lazy_greedy(UnitVectors(view.embedding), worth, k, rng)
        scores = np.minimum.accumulate(np.log1p(np.maximum(gains, 0.0)))
        reasons = ["says something that the other questions do not"] * k
        return picks_of(self, view, rows, scores=scores, reasons=reasons)
