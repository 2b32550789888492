"""Sub-pools: let a strategy choose from a part of the candidates."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from asknext.core.errors import InvalidInput
from asknext.core.picks import Picks
from asknext.core.protocols import Strategy
from asknext.core.view import View
from asknext.strategies.build import build
from asknext.strategies.ranking import wanted
from asknext.strategies.wrapping import Wrapper, chunks, rows_of, staged, whole_number


class Subsample(Wrapper):
    """Let the strategy choose from a random part of the candidates, `size` of them.

    Once a part is used up, the next random part follows.
    """

    wrapper: ClassVar[str] = "subsample"
    draws: ClassVar[str] = "the part of the candidates"
    cost: ClassVar[str] = "a permutation of n numbers, and the strategy inside on `size`"
    evidence: ClassVar[str] = (
        "What most published runs on large pools do; it costs little where `size` is a few "
        "thousand, and much for rare classes (use anchored there)."
    )
    source: ClassVar[str] = "common practice; Ertekin et al. 2007 (small random pools)"

    def __init__(self, strategy: Strategy, size: int = 10_000) -> None:
        super().__init__(strategy)
        self.size = whole_number(self.wrapper, "size", size)

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        stages = chunks(rng.permutation(len(view)), self.size)
        picks, state = staged(self.strategy, view, k, rng, stages)
        return Picks(self.falling(picks), state)


class Shortlist(Wrapper):
    """Let the strategy choose from the `size` candidates that another one wants most.

    The other one is a second strategy in the brackets, or else named in `by`:
    ``shortlist(badge, margin, size=2000)``. Once a shortlist is used up, the next one follows.
    """

    wrapper: ClassVar[str] = "shortlist"
    cost: ClassVar[str] = "the strategy that lists on n, the one inside on `size`"
    evidence: ClassVar[str] = (
        "What cluster-margin is made of; lets costly strategies work on a million candidates."
    )
    source: ClassVar[str] = "Citovsky et al. 2021; Tsvigun et al. 2022 (UPS sub-sampling by scores)"

    def __init__(
        self,
        strategy: Strategy,
        lister: Strategy | None = None,
        *,
        by: str = "margin",
        size: int = 1_000,
    ) -> None:
        super().__init__(strategy, build(by) if lister is None else lister)
        self.size = whole_number(self.wrapper, "size", size)

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        listed = self.strategies[1].select(view, self.size * math.ceil(k / self.size), rng)
        stages = chunks(rows_of(view, listed.ids), self.size)
        picks, state = staged(self.strategy, view, k, rng, stages)
        return Picks(self.falling(picks), state)


class Containing(Wrapper):
    """Let the strategy choose from the candidates whose text contains `text`, in any case.

    There are fewer than min(k, n) picks where fewer texts contain it.
    """

    wrapper: ClassVar[str] = "containing"
    reads: ClassVar[frozenset[str]] = frozenset({"texts"})
    cost: ClassVar[str] = "a walk through n texts"
    evidence: ClassVar[str] = (
        "A person's knowledge of the rare class is often worth more than any score; what is "
        "learnt holds for these texts only."
    )
    source: ClassVar[str] = "guided search, Attenberg and Provost 2010"

    def __init__(self, strategy: Strategy, text: str) -> None:
        super().__init__(strategy)
        if not isinstance(text, str) or not text.strip():
            raise InvalidInput(
                f"text of containing is what the texts must contain; given: {text!r}; "
                'write containing(margin, text="refund")'
            )
        self.text = text

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return up to min(k, n) picks."""
        k = wanted(view, k)
        looked_for = self.text.casefold()
        texts = view.array("texts")
        rows = np.array([i for i, t in enumerate(texts) if looked_for in str(t).casefold()], int)
        picks, state = staged(self.strategy, view, min(k, len(rows)), rng, [rows])
        made = (self.named(p, reason=f"contains “{self.text}”: {p.reason}") for p in picks)
        return Picks(tuple(made), state)
