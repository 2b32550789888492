"""Token budget: fill a batch by tokens to read instead of by texts."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.errors import InvalidInput
from asknext.core.picks import Picks
from asknext.core.protocols import Strategy
from asknext.core.view import View
from asknext.strategies.ranking import wanted
from asknext.strategies.wrapping import Wrapper, rows_of, whole_number


class TokenBudget(Wrapper):
    """Keep the strategy's wishes, in order, until a budget of tokens is used up.

    The first that no longer fits ends the batch, so there may be fewer than min(k, n) picks. The
    first wish is always taken, however long, so a budget below every length asks one at a time.
    """

    wrapper: ClassVar[str] = "token_budget"
    reads: ClassVar[frozenset[str]] = frozenset({"sequence_length"})
    cost: ClassVar[str] = "the strategy inside"
    evidence: ClassVar[str] = (
        "Several rules prefer long texts, and long texts take longer: a fair comparison counts "
        "tokens, or better minutes."
    )
    source: ClassVar[str] = "Shen et al. 2017, section 4 (batches by words); ALToolbox"

    def __init__(self, strategy: Strategy, tokens: int = 1000) -> None:
        super().__init__(strategy)
        self.tokens = whole_number(self.wrapper, "tokens", tokens)

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return the first of up to k picks whose lengths add up to the budget at most."""
        k = wanted(view, k)
        lengths = np.asarray(view.array("sequence_length"), np.float64)
        if lengths.shape != (len(view),) or not (lengths >= 0).all():
            raise InvalidInput(
                f"sequence_length must be {len(view)} lengths of 0 or more; given: an array of "
                f"shape {lengths.shape} with the smallest number {lengths.min(initial=0):.4g}"
            )
        found = self.strategy.select(view, k, rng)
        used = np.cumsum(lengths[rows_of(view, found.ids)])
        fitting = int(np.searchsorted(used, self.tokens, "right"))
        return Picks(self.falling(found.picks[: max(fitting, 1)]), found.state)
