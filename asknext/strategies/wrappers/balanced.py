"""Balanced: ask about as many examples of each class, going by what the model predicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.core.picks import Pick, Picks
from asknext.core.protocols import Strategy
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.probabilities import read_proba
from asknext.strategies.ranking import wanted
from asknext.strategies.wrapping import Wrapper


def predicted(view: View) -> IntArray:
    """Return the likeliest class (n,) of each candidate; raises InvalidInput for NaN."""
    proba = read_proba(view)
    bad = np.flatnonzero(~np.isfinite(proba.sum(axis=1)))
    if len(bad):
        raise InvalidInput(
            f"proba holds NaN or infinite numbers for {len(bad)} candidates, the first is "
            f"{view.candidates[bad[0]]!r}; mend the model that made them"
        )
    return np.asarray(proba.argmax(axis=1), np.int64)


def label_counts(view: View, classes: int) -> FloatArray:
    """Return how many labels each column of proba (classes,) has; 0 where its name is unknown."""
    if len(view.classes) != classes:
        return np.zeros(classes)
    counted = Counter(label for label in view.labels if isinstance(label, str))
    return np.array([counted[name] for name in view.classes], float)


class Balanced(Wrapper):
    """At each place ask the class with the fewest labels and picks; the strategy says which.

    The class of a candidate is the one the model predicts. A class of which no candidate is
    left is passed over; ties between classes are broken by chance.
    """

    wrapper: ClassVar[str] = "balanced"
    serves: ClassVar[frozenset[str]] = frozenset({"classification"})
    reads: ClassVar[frozenset[str]] = frozenset({"proba"})
    draws: ClassVar[str] = "which of the classes with equally few labels goes first"
    cost: ClassVar[str] = "that of the strategy inside on the candidates of each class"
    evidence: ClassVar[str] = (
        "Helps rare classes as far as the model can tell them already; where classes are "
        "balanced it costs little and gains little."
    )
    source: ClassVar[str] = "small-text's class balancer; Bengar et al. 2022 (class-balanced)"

    def __init__(self, strategy: Strategy) -> None:
        super().__init__(strategy)

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        classes = read_proba(view).shape[1]
        counts = label_counts(view, classes) + rng.random(classes) / 2  # the half breaks ties
        queues, state = self._queues(view, predicted(view), k, rng)
        return Picks(self.falling(in_turns(queues, counts, k)), state)

    def _queues(
        self, view: View, of_class: IntArray, k: int, rng: np.random.Generator
    ) -> tuple[list[Sequence[Pick]], dict[str, Any]]:
        """Return what the strategy wants of each class, and the states by class number."""
        seed = int(rng.integers(2**63))
        queues, states = list[Sequence[Pick]](), dict[str, Any]()
        for number in range(int(read_proba(view).shape[1])):
            rows = np.flatnonzero(of_class == number)
            kept = view.state.get(str(number), {})
            part = view.take(rows).showing({}, kept)
            found = self.strategy.select(part, k, generator(seed, number))
            queues.append(found.picks)
            if found.state:
                states[str(number)] = dict(found.state)
        return queues, states


def in_turns(queues: Sequence[Sequence[Pick]], counts: FloatArray, k: int) -> list[Pick]:
    """Take k picks, each the next from the queue of smallest count, which then grows by one."""
    counts = counts.copy()
    places = [0] * len(queues)
    taken = list[Pick]()
    for number, queue in enumerate(queues):
        if not queue:
            counts[number] = np.inf
    while len(taken) < k and np.isfinite(counts).any():
        number = int(counts.argmin())
        taken.append(queues[number][places[number]])
        places[number] += 1
        left = places[number] < len(queues[number])
        counts[number] = counts[number] + 1 if left else np.inf
    return taken
