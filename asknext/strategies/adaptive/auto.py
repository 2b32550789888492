"""Auto: get to know the pool first, then sharpen the model; for every kind of task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from asknext.core.picks import Picks
from asknext.core.protocols import Strategy
from asknext.core.view import View
from asknext.strategies.cold.typiclust import TypiClust
from asknext.strategies.coverage.cluster_margin import ClusterMargin
from asknext.strategies.generation.idds import Idds
from asknext.strategies.preference.d_optimal import DOptimal
from asknext.strategies.regression.lcmd import LCMD
from asknext.strategies.sequences.whole import Mnlp
from asknext.strategies.uncertainty.multi_label import MultiLabelMean
from asknext.strategies.wrappers.guard import NearDuplicateGuard

UNSEEN = 0.25
FEW = 20  # labels after which a model of numbers, tags or preferences may choose

MAIN: Mapping[str, Callable[[], Strategy]] = {
    "proba": ClusterMargin,
    "label_proba": MultiLabelMean,
    "token_proba": Mnlp,
    "variance": LCMD,
    "reward_gap": DOptimal,
    "output": Idds,
}
"""What sharpens the model of each kind of task, by the array that only such a model provides."""


def unseen_mass(labels: Sequence[Any]) -> float:
    """Estimate the share of examples whose class has no label yet: classes seen once ÷ labels.

    1 without labels. Answers of several labels count each of them.

    Source: Good 1953 (Good–Turing).

    >>> unseen_mass(["a", "a", "b", "c"]), unseen_mass([["a"], ["a", "b"], []])
    (0.5, 0.3333333333333333)
    """
    seen = _times(labels)
    return sum(times == 1 for times in seen.values()) / seen.total() if seen else 1.0


def _times(labels: Sequence[Any]) -> Counter[str]:
    return Counter(
        name for label in labels for name in (label if isinstance(label, list) else [label])
    )


class Auto:
    """Ask typiclust until most classes are known, then cluster_margin, guarded in both.

    Typical-first while there is no model, fewer than two classes are known, or more than 25 % of
    the labels are the only one of their class; where there are no classes, for the first 20
    labels. Then what suits the task: multi_label_mean, mnlp (tagging), lcmd (regression),
    d_optimal (preference); idds (generation) from the start. `docs/decisions/0006-strategies.md`
    has the measurements of classification.
    """

    name: ClassVar[str] = "auto"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset({"embedding"})
    tasks: ClassVar[frozenset[str]] = frozenset()
    drawn: ClassVar[str] = "what the strategy of its phase draws"
    cost: ClassVar[str] = "that of its phase"
    evidence: ClassVar[str] = (
        "Classes: above random on our five sets, on one within noise; two had no part in tuning. "
        "Other tasks: what the literature recommends."
    )
    source: ClassVar[str] = "Hacohen et al. 2022; Citovsky et al. 2021; Good 1953"

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return up to min(k, n) picks; fewer only where the rest are near-duplicates."""
        strategy, phase = _phase(view)
        found = NearDuplicateGuard(strategy).select(view, k, rng)
        picks = (
            replace(pick, reason=f"{phase}: {pick.reason}", strategy=f"{self.name}@{self.version}")
            for pick in found
        )
        return Picks(tuple(picks), found.state)


def _phase(view: View) -> tuple[Strategy, str]:
    main = next((name for name in MAIN if name in view.provides), None)
    if main is None:
        return TypiClust(), "exploring, there is no model yet"
    if main == "output":
        return Idds(), "covering what is typical"
    if main in ("proba", "label_proba"):
        why = _exploring(view.labels)
    else:
        why = f"the first {FEW} labels" if len(view.labels) < FEW else ""
    if why:
        return TypiClust(), f"exploring, {why}"
    return MAIN[main](), "sharpening the model"


def _exploring(labels: Sequence[Any]) -> str:
    """Say why more classes should be found first; empty where enough are known."""
    seen, unseen = len(_times(labels)), unseen_mass(labels)
    if seen == 0:
        return "no class seen yet"
    if seen == 1:
        return "one class seen so far"
    return f"{unseen:.0%} of the labels are one of a kind" if unseen > UNSEEN else ""
