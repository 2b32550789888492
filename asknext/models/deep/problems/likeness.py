"""Numbers about two texts, as a network sees them that reads each by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from asknext.core.examples import Example
from asknext.encoders.classifier import HEADLESS
from asknext.encoders.rows import Row, Rows, apart_rows
from asknext.models.deep.problems.regression import RegressionProblem

MOST_AIMED = 500  # pairs that a straight line is drawn through


@dataclass(frozen=True)
class LikenessProblem(RegressionProblem):
    """Predict a number from how alike two texts are; see `asknext.models.deep.likeness`."""

    auto: ClassVar[str] = HEADLESS

    def rows(self, tokenizer: Any, examples: Sequence[Example], max_tokens: int) -> Rows:
        """Return a row of two texts for each example."""
        return apart_rows(tokenizer, examples, max_tokens)

    def on(self, body: Any, folder: Path) -> Any:
        """Return the module on a body; its configuration says how a cosine becomes the number."""
        from asknext.models.deep.likeness import Likeness

        return Likeness(body)

    def aim(self, module: Any, rows: Sequence[Row], targets: Sequence[Any], padding: int) -> None:
        """Let the number of a pair start from what its cosine says before the training."""
        from asknext.models.deep.likeness import aim

        aim(module, rows[:MOST_AIMED], np.asarray(targets[:MOST_AIMED], np.float64), padding)
