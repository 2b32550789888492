"""Preferences as a network sees them: one reward for each answer, and their difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.examples import Example
from asknext.core.imports import require
from asknext.core.tasks.preference import CHOICES
from asknext.encoders.rows import Rows, pair_rows
from asknext.models.calibration import temperature
from asknext.models.deep.problems.base import SEQUENCE, Fold, Scores, stacked, two_sided

SHARE = {"a": 1.0, "b": 0.0, "tie": 0.5, "bad": 0.5}  # how much of the label says "a is better"


@dataclass(frozen=True)
class PreferenceProblem:
    """Give each answer a reward; the better one is the more probable, the larger the gap.

    Ties, and pairs of which both are bad, count half for each side.

    Source: Bradley and Terry 1952; Ouyang et al. 2022, InstructGPT, equation 1.
    """

    classes: tuple[str, ...] = ("reward",)
    auto: ClassVar[str] = SEQUENCE
    kind: ClassVar[str | None] = "regression"
    cut: ClassVar[str] = "left"

    @classmethod
    def of(cls, task: Any, labels: Sequence[Any]) -> Self:
        """Return the problem; raises InvalidInput for anything but a, b, tie, bad."""
        unknown = sorted({str(label) for label in labels} - set(CHOICES))
        if unknown:
            raise InvalidInput(f"preferences are {', '.join(CHOICES)}; given: {unknown}")
        return cls()

    @classmethod
    def named(cls, classes: tuple[str, ...]) -> Self:
        """Return the problem of a saved model."""
        return cls()

    def rows(self, tokenizer: Any, examples: Sequence[Example], max_tokens: int) -> Rows:
        """Return a row of two texts for each example."""
        return pair_rows(tokenizer, examples, max_tokens)

    def targets(self, rows: Rows, labels: Sequence[Any], fold: Fold) -> list[Any]:
        """Return the shares of "a is better"."""
        return [np.float32(SHARE[label]) for label in labels]

    def fold(self, labels: Sequence[Any]) -> Fold:
        """Return no change."""
        return Fold()

    def balance(self, targets: Sequence[Any]) -> FloatArray:
        """Refuse: the sides are in no class of their own."""
        raise Unsupported('preferences have no classes; "class_weights" must be "equal"')

    def scores(self, logits: Any) -> Any:
        """Return the gap (rows, 1): the reward of the first texts less that of the second."""
        first, second = logits.reshape(2, -1, 1)
        return first - second

    def losses(self, scores: Any, target: Any, balance: Any) -> Any:
        """Return -log sigmoid(gap) of the side that was chosen."""
        functional = require("torch.nn.functional", extra="hf", purpose="a fine-tuned model")
        return functional.binary_cross_entropy_with_logits(scores[:, 0], target, reduction="none")

    def quality(self, scores: Scores, targets: Sequence[Any]) -> float:
        """Return the share of clear pairs that are put in the right order."""
        gap, share = stacked(scores, 1)[:, 0], np.asarray(targets)
        clear = share != SHARE["tie"]
        return float(((gap > 0) == (share > SHARE["tie"]))[clear].mean()) if clear.any() else 0.0

    def temperature(self, scores: Scores, targets: Sequence[Any]) -> float | None:
        """Return the temperature of the least log-loss over clear pairs."""
        gap, share = stacked(scores, 1)[:, 0], np.asarray(targets)
        clear = share != SHARE["tie"]
        if not clear.any():
            return None
        return temperature(two_sided(gap[clear]), share[clear].astype(np.int64))

    def arrays(self, scores: Scores, rows: Rows, size: int) -> dict[str, Any]:
        """Return ``reward_gap`` (n,)."""
        return {"reward_gap": stacked(scores, 1)[:, 0]}
