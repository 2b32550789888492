"""Preferences as an encoder sees them whose layers are read, and which has no head of its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from asknext.core.imports import require
from asknext.encoders.classifier import HEADLESS
from asknext.encoders.rows import Row
from asknext.models.deep.problems.preference import SHARE, PreferenceProblem

MOST_AIMED = 1000  # pairs that the start is learnt from


@dataclass(frozen=True)
class RewardProblem(PreferenceProblem):
    """Give each answer a reward that the middle and the last layer speak of."""

    auto: ClassVar[str] = HEADLESS
    epochs: ClassVar[int] = 3  # it starts where the head on frozen vectors ends; more forget that

    def on(self, body: Any, folder: Path) -> Any:
        """Return the module on a body, with the weights on top that the folder has."""
        from asknext.models.deep.reward import Reward

        module = Reward(body)
        module.read(folder)
        return module

    def aim(self, module: Any, rows: Sequence[Row], targets: Sequence[Any], padding: int) -> None:
        """Let a reward that knows nothing start from what can be learnt from frozen layers."""
        from asknext.models.deep.reward import aim

        if module.known:
            return
        said = {share: label for label, share in reversed(SHARE.items())}
        labels = [said[float(target)] for target in targets]
        aim(module, rows[:MOST_AIMED], labels[:MOST_AIMED], padding)


def reads_layers(folder: Path) -> bool:
    """Say whether a model is an encoder without a head, whose layers can be read.

    A model that has a reward of its own, one that writes, and one of two halves are not.
    """
    mapping = require("transformers.models.auto.modeling_auto", extra="hf", purpose="a model")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    masked = config.get("model_type") in mapping.MODEL_FOR_MASKED_LM_MAPPING_NAMES
    headed = any("SequenceClassification" in str(n) for n in config.get("architectures") or ())
    return masked and not headed and not config.get("is_encoder_decoder")
