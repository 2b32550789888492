"""Auto: get to know the pool first, then sharpen the model; for every kind of task."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from asknext.core.arrays import OPTIONAL, SUPPLIED
from asknext.core.errors import InvalidInput
from asknext.core.picks import Picks
from asknext.core.protocols import Strategy
from asknext.core.view import View
from asknext.strategies.build import build
from asknext.strategies.cold.typiclust import TypiClust
from asknext.strategies.coverage.herding import UncertaintyHerding
from asknext.strategies.generation.idds import Idds
from asknext.strategies.preference.d_optimal import DOptimal
from asknext.strategies.sequences.whole import Mnlp
from asknext.strategies.uncertainty.classes import Margin
from asknext.strategies.uncertainty.multi_label import MultiLabelMin
from asknext.strategies.uniform import Random
from asknext.strategies.wrappers.guard import NearDuplicateGuard
from asknext.strategies.wrappers.subpools import Shortlist

UNSURE = 2_000  # candidates of smallest margin whose doubt is covered: 0.2 s of one core
PATIENT = 10  # labels of one class alone after which the others are rare, so never typical
ONE = "one class seen so far"
FEW = 20  # labels after which a model of tags or preferences may choose


def herding() -> Strategy:
    """Return uncertainty herding among the candidates of smallest margin."""
    listed: Any = Shortlist(UncertaintyHerding(), Margin(), size=UNSURE)
    found: Strategy = listed
    return found


MAIN: Mapping[str, Callable[[], Strategy]] = {
    "proba": herding,
    "label_proba": MultiLabelMin,
    "token_proba": Mnlp,
    "variance": TypiClust,
    "reward_gap": DOptimal,
    "output": Idds,
}
"""What sharpens the model of each kind of task, by the array that only such a model provides."""

COVERING = frozenset({"variance", "output"})
"""Of these, those where what is typical is asked from the first label to the last."""


class Auto:
    """Ask typiclust until there is something to tell apart, then what sharpens the model.

    Typical-first while there is no model or fewer than two classes are known, at random once
    ten labels name the same one (a rare class is not typical); where there are no classes, for
    the first 20 labels. Then what suits the task: uncertainty_herding among the 2,000 of smallest
    margin (one label), multi_label_min, mnlp (tagging), d_optimal (preference). Typical texts to
    the end: typiclust (regression), idds (generation). Near-duplicates are never asked together.
    `docs/auto.md` says what it was chosen by.

    Args:
        start: the strategy to explore with, as text; one that reads no model.
        then: the strategy that sharpens the model, as text; empty for what suits the task.
            `later` are the arrays that it needs.

    Raises:
        InvalidInput: a `start` that needs a model.
    """

    name: ClassVar[str] = "auto"
    version: ClassVar[int] = 4
    needs: frozenset[str] = frozenset({"embedding"})
    tasks: ClassVar[frozenset[str]] = frozenset()
    drawn: ClassVar[str] = "what the strategy of its phase draws"
    cost: ClassVar[str] = "that of its phase"
    evidence: ClassVar[str] = (
        "Classes: above random on all our English sets, half of which had no part in choosing it. "
        "Numbers and tags: a little above; several labels: level with random, two sets each. "
        "Texts and preferences: what the literature recommends."
    )
    source: ClassVar[str] = "Hacohen et al. 2022; Bae et al. 2025"

    def __init__(self, *, start: str = "typiclust", then: str = "") -> None:
        self.start = build(start)
        self.needs = type(self).needs | self.start.needs
        if early := sorted(self.needs - SUPPLIED - OPTIONAL):
            raise InvalidInput(
                f"auto starts before there is a model, and start={start} needs "
                f"{', '.join(early)}; begin with one that reads none: typiclust, max_herding, "
                "k_means, label_names, random"
            )
        self.then = build(then) if then else None
        self.later = frozenset() if self.then is None else self.then.needs

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return up to min(k, n) picks; fewer only where the rest are near-duplicates."""
        strategy, phase = self._phase(view)
        found = NearDuplicateGuard(strategy).select(view, k, rng)
        picks = (
            replace(pick, reason=f"{phase}: {pick.reason}", strategy=f"{self.name}@{self.version}")
            for pick in found
        )
        return Picks(tuple(picks), found.state)

    def _phase(self, view: View) -> tuple[Strategy, str]:
        kind = next((name for name in MAIN if name in view.provides), None)
        if kind is None:
            return self.start, "exploring, there is no model yet"
        if kind in COVERING:
            return self.then or MAIN[kind](), "covering what is typical"
        if why := _exploring(kind, view.labels):
            rare = why == ONE and len(view.labels) >= PATIENT
            return Random() if rare else self.start, f"exploring, {why}"
        return self.then or MAIN[kind](), "sharpening the model"


def _exploring(kind: str, labels: Sequence[Any]) -> str:
    """Say why the pool should be explored first; empty where enough is known."""
    if kind not in ("proba", "label_proba"):
        return f"the first {FEW} labels" if len(labels) < FEW else ""
    seen = {name for label in labels for name in (label if isinstance(label, list) else [label])}
    return "" if len(seen) > 1 else ONE if seen else "no class seen yet"
