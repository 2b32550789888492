"""What the part held back says about the scores: by what to divide them, how far they are off."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from asknext.core.batch import FloatArray
from asknext.core.imports import require
from asknext.models.deep.lesson import held_losses
from asknext.models.deep.problems import Problem
from asknext.models.deep.problems.base import Fold

MIN_ROWS = 50  # below, one temperature fits the noise


def calibration(
    problem: Problem, scores: Sequence[FloatArray], targets: Sequence[Any]
) -> dict[str, Any]:
    """Return the temperature and what showed that it helps, as JSON.

    It is used only where the mean log-loss on the part held back falls by more than one
    standard error.

    Source: Guo et al. 2017, On Calibration of Modern Neural Networks, section 4.2.
    """
    told = {"temperature": 1.0, "calibrated": False, "labels": len(targets)}
    if len(targets) < MIN_ROWS:
        return {**told, "reason": f"not calibrated: fewer than {MIN_ROWS} labels were held back"}
    found = problem.temperature(scores, targets)
    if found is None:
        return {**told, "reason": "not calibrated: this task has no probabilities to calibrate"}
    before, after = (held_losses(problem, scores, targets, at) for at in (1.0, found))
    gain = before - after
    told |= {"before": float(before.mean()), "after": float(after.mean())}
    if not gain.mean() > gain.std(ddof=1) / math.sqrt(len(gain)):
        return {**told, "reason": "not calibrated: held-back log-loss did not clearly fall"}
    reason = f"probabilities were softened by a temperature of {found:.2f}"
    return {**told, "temperature": found, "calibrated": True, "reason": reason}


def folded(classifier: Any, fold: Fold) -> None:
    """Work the step x · scale + shift into the last layer, in place."""
    torch = require("torch", extra="hf", purpose="a fine-tuned model")
    with torch.no_grad():
        classifier.weight.mul_(fold.scale)
        if classifier.bias is not None:
            classifier.bias.mul_(fold.scale).add_(fold.shift)


def unfolded(classifier: Any, fold: Fold) -> None:
    """Take the step out of the last layer again, in place."""
    folded(classifier, Fold(1.0 / fold.scale, -fold.shift / fold.scale))
