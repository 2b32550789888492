"""TAILOR: a bandit that learns which of several strategies finds rare classes."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.errors import InvalidInput
from asknext.core.picks import Pick, Picks
from asknext.core.protocols import Strategy
from asknext.core.view import View
from asknext.strategies.adaptive.credit import balance_rewards, own_state, settle
from asknext.strategies.ranking import wanted
from asknext.strategies.wrappers.mixture import Queues
from asknext.strategies.wrapping import Wrapper


class Tailor(Wrapper):
    """Draw at each place which strategy picks, by Thompson sampling on class balance.

    An answer rewards the strategy that asked it by how rare its class was: the labels of the
    rarest class ÷ those of its own. A strategy's rewards and what they lack of 1 add up to a beta
    distribution; at each place one number is drawn from each, and the largest picks. With every
    reward older ones count `memory` times as much.

    Source: Zhang et al. 2023 (TAILOR), sections 3 and 4. We reward each answer as it
    comes, not each batch, and put class-balance rewards in (0, 1].
    """

    wrapper: ClassVar[str] = "tailor"
    serves: ClassVar[frozenset[str]] = frozenset({"classification"})
    draws: ClassVar[str] = "which strategy picks at each place"
    least: ClassVar[int] = 2
    cost: ClassVar[str] = "the sum of those inside"
    evidence: ClassVar[str] = (
        "Its authors: comparable to or better than the best of the strategies inside, on image "
        "sets with rare classes. Where classes are balanced the reward says nothing."
    )
    source: ClassVar[str] = "Zhang et al. 2023 (TAILOR), sections 3 and 4"

    def __init__(self, *strategies: Strategy, memory: float = 0.98) -> None:
        super().__init__(*strategies)
        if isinstance(memory, bool) or not 0.0 < memory <= 1.0:
            raise InvalidInput(f"memory of tailor is above 0 and at most 1; given: {memory!r}")
        self.memory = float(memory)

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks, having learnt from the answers since the last ones."""
        k = wanted(view, k)
        if k == 0:
            return Picks((), view.state)
        gains, losses, waiting = self._learn(view)
        queues = Queues(self.strategies, view, k, rng)
        picks, records = list[Pick](), list[dict[str, Any]]()
        while len(picks) < k and (heads := queues.heads()):
            drawn = rng.beta(1.0 + gains, 1.0 + losses)
            arm = max(heads, key=drawn.__getitem__)
            queues.take(heads[arm])
            reason = f"{self.strategies[arm].name}: {heads[arm].reason}"
            picks.append(self.named(heads[arm], reason=reason, score=-float(len(picks))))
            records.append({"id": heads[arm].id, "arm": arm})
        state = {
            "of": self.name,
            "gains": gains.tolist(),
            "losses": losses.tolist(),
            "open": waiting + records,
            "inner": queues.states,
        }
        return Picks(tuple(picks), state)

    def _learn(self, view: View) -> tuple[FloatArray, FloatArray, list[Any]]:
        """Return what each strategy gained and what it lacked, and what is still out."""
        arms = len(self.strategies)
        kept = own_state(view, self.name)
        gains = np.array(kept.get("gains", np.zeros(arms)), float)
        losses = np.array(kept.get("losses", np.zeros(arms)), float)
        settled, waiting = settle(view, kept.get("open", []))
        for one, reward in zip(settled, balance_rewards(view, settled), strict=True):
            gains, losses = self.memory * gains, self.memory * losses
            gains[one.record["arm"]] += reward
            losses[one.record["arm"]] += 1.0 - reward
        return gains, losses, waiting
