"""Picks: what a strategy wants asked next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Id: TypeAlias = str | int
"""An example id; row numbers serve where a caller holds arrays alone."""


@dataclass(frozen=True, slots=True)
class Pick:
    """Name one example to ask.

    `score` is the strategy's own (larger was preferred), `reason` a short sentence for the
    annotator, `probability` the chance in (0, 1] with which this example was drawn at this
    place, `arm` ``strategy`` or ``control``, `strategy` its name@version. `left` is how many
    examples it was drawn from there, itself included; the loop says so, 0 where nobody knows.
    """

    id: Id
    score: float
    reason: str
    probability: float = 1.0
    arm: str = "strategy"
    strategy: str = ""
    left: int = 0


@dataclass(frozen=True, slots=True)
class Picks:
    """Hold picks in the order in which they should be asked, and what the strategy remembers.

    >>> picks = Picks((Pick("a", 0.5, "close"), Pick("b", 0.25, "near")))
    >>> picks.ids, picks.scores, picks.probabilities, picks.reasons
    (['a', 'b'], [0.5, 0.25], [1.0, 1.0], ['close', 'near'])
    """

    picks: tuple[Pick, ...]
    state: Mapping[str, Any] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Pick]:
        return iter(self.picks)

    def __len__(self) -> int:
        return len(self.picks)

    @property
    def ids(self) -> list[Id]:
        """Return the ids in order."""
        return [pick.id for pick in self.picks]

    @property
    def scores(self) -> list[float]:
        """Return the scores in order."""
        return [pick.score for pick in self.picks]

    @property
    def probabilities(self) -> list[float]:
        """Return the chance of each pick, in order."""
        return [pick.probability for pick in self.picks]

    @property
    def reasons(self) -> list[str]:
        """Return in words why each was picked, in order."""
        return [pick.reason for pick in self.picks]
