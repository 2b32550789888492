"""Numbers about two texts, as a network sees them that reads each by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from asknext.core.examples import Example
from asknext.encoders.rows import Rows, apart_rows
from asknext.models.deep.problems.base import APART
from asknext.models.deep.problems.regression import RegressionProblem


@dataclass(frozen=True)
class LikenessProblem(RegressionProblem):
    """Predict a number from how alike two texts are; see `asknext.models.deep.likeness`."""

    auto: ClassVar[str] = APART

    def rows(self, tokenizer: Any, examples: Sequence[Example], max_tokens: int) -> Rows:
        """Return a row of two texts for each example."""
        return apart_rows(tokenizer, examples, max_tokens)
