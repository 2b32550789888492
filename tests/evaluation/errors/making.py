"""Evidence made up for tests."""

from __future__ import annotations

from typing import Any

import numpy as np

from asknext.core.tasks import Classification
from asknext.evaluation.errors.evidence import Evidence

TWO = Classification(("a", "b"))


def evidence(score: Any, **parts: Any) -> Evidence:
    """Make evidence of n examples labelled a; those with a score below 1 were taken for b."""
    scores = np.asarray(score, float)
    n = len(scores)
    given: dict[str, Any] = {
        "task": TWO,
        "ids": [f"e{i}" for i in range(n)],
        "texts": ["text"] * n,
        "actual": ["a"] * n,
        "predicted": ["a" if one == 1.0 else "b" for one in scores],
        "source": ["out_of_fold"] * n,
        "score": scores,
    }
    return Evidence(**{**given, **parts})
