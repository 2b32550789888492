"""Mixture: picks of several strategies in one batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from asknext.core.errors import InvalidInput
from asknext.core.picks import Id, Pick, Picks
from asknext.core.protocols import Strategy
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.ranking import wanted
from asknext.strategies.wrapping import Wrapper


class Queues:
    """Hold what each of several strategies wants, most wanted first, and what they remember.

    Each is asked for k with its own generator and its own state, on the same view.
    """

    def __init__(
        self, strategies: Sequence[Strategy], view: View, k: int, rng: np.random.Generator
    ) -> None:
        seed = int(rng.integers(2**63))
        kept = view.state.get("inner", {})
        self._picks = list[tuple[Pick, ...]]()
        self.states = dict[str, dict[str, object]]()
        for number, inner in enumerate(strategies):
            shown = view.showing({}, kept.get(str(number), {}))
            found = inner.select(shown, k, generator(seed, number))
            self._picks.append(found.picks)
            if found.state:
                self.states[str(number)] = dict(found.state)
        self._places = [0] * len(strategies)
        self._taken = set[Id]()

    def head(self, number: int) -> Pick | None:
        """Return what this strategy wants next of what nobody took, None where nothing is left."""
        picks = self._picks[number]
        while self._places[number] < len(picks):
            pick = picks[self._places[number]]
            if pick.id not in self._taken:
                return pick
            self._places[number] += 1
        return None

    def take(self, pick: Pick) -> None:
        """Remember that this one is taken."""
        self._taken.add(pick.id)

    def heads(self) -> dict[int, Pick]:
        """Return what each strategy wants next, by its number, where it wants something still."""
        found = ((number, self.head(number)) for number in range(len(self._picks)))
        return {number: pick for number, pick in found if pick is not None}


class Mixture(Wrapper):
    """Interleave the picks of several strategies, in the proportions of `weights`.

    Each place goes to the strategy that is furthest behind its share; what another took already
    is replaced by its next wish. A score is minus the place, as scores of different strategies
    cannot be compared.
    """

    wrapper: ClassVar[str] = "mixture"
    least: ClassVar[int] = 2
    cost: ClassVar[str] = "the sum of those inside"
    evidence: ClassVar[str] = (
        "A hedge: rarely the best, rarely the worst of its parts; a share of random keeps "
        "estimates honest."
    )
    source: ClassVar[str] = "common practice; Bouneffouf et al. 2014 (mixing in random)"

    def __init__(self, *strategies: Strategy, weights: Sequence[float] = ()) -> None:
        super().__init__(*strategies)
        self.weights = _shares(weights, len(strategies))

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        queues = Queues(self.strategies, view, k, rng)
        given = np.zeros(len(self.strategies))
        picks = list[Pick]()
        while len(picks) < k and (heads := queues.heads()):
            behind = self.weights * (len(picks) + 1) - given
            number = max(heads, key=behind.__getitem__)
            queues.take(heads[number])
            given[number] += 1
            picks.append(self.named(heads[number], score=-float(len(picks))))
        return Picks(tuple(picks), {"inner": queues.states} if queues.states else {})


def _shares(weights: Sequence[float], count: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    found = np.array(weights if len(weights) else [1.0] * count, float)
    if found.shape != (count,) or not np.isfinite(found).all() or (found <= 0).any():
        raise InvalidInput(
            f"weights of mixture are {count} numbers above 0, one for each strategy; "
            f"given: {tuple(weights)}"
        )
    return np.asarray(found / found.sum())
