"""What a trained model says about examples, as the arrays that strategies and screens read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from asknext.core.batch import FloatArray, Ragged
from asknext.core.examples import Example
from asknext.core.predictions import Prediction
from asknext.encoders.wrapping import unit
from asknext.models.deep.fitted import Fitted
from asknext.models.deep.lazy import LazyArrays
from asknext.models.deep.network import Reading
from asknext.models.deep.problems.tagging import allowed
from asknext.models.deep.uncertainty import Makers, doubts, dropped_out

PLACES = "token_places"  # the one array that is the same for all members
COMMITTEES = {"proba": "committee_proba", "mean": "committee_mean", "reward_gap": "committee_gap"}


def predicted(fitted: Fitted, examples: Sequence[Example], samples: int = 0) -> Prediction:
    """Return the task's arrays, averaged over the members, and vectors of the first member.

    `samples` passes with dropout make the committee of a model that is no ensemble.
    """
    problem, size = fitted.problem, len(examples)
    rows = problem.rows(fitted.tokenizer, examples, fitted.max_tokens)
    readings = [member.network.read(problem, rows) for member in fitted.members]
    each = [problem.arrays(reading.scores, rows, size) for reading in readings]
    found = {name: _mean([arrays[name] for arrays in each], name) for name in each[0]}
    found |= _committee(each)
    if "token_logit" in found:
        found["token_tags"] = allowed(found["token_logit"], problem.classes)
    if "mean" in found:
        found["variance"] = _variance(fitted, each)
    if problem.kind is not None:
        found |= _vectors(readings[0], size)
    makers: Makers = {}
    if problem.kind == "single_label_classification":
        makers |= doubts(fitted, rows)
    names = [name for short, name in COMMITTEES.items() if short in each[0]]
    if samples and len(fitted.members) == 1:
        makers |= {
            (name,): lambda: _committee(dropped_out(fitted, rows, size, samples, seed=0))
            for name in names
        }
    return Prediction(_columns(fitted), LazyArrays(found, makers))


def _columns(fitted: Fitted) -> tuple[str, ...]:
    """Return what columns stand for; numbers and rewards have none."""
    return () if fitted.problem.kind == "regression" else fitted.problem.classes


def _mean(arrays: Sequence[Any], name: str) -> Any:
    if len(arrays) == 1 or name == PLACES:
        return arrays[0]
    if isinstance(arrays[0], Ragged):
        mean = np.mean([array.values for array in arrays], axis=0)
        return Ragged(mean, arrays[0].offsets)
    return np.mean(arrays, axis=0)


def _committee(each: Sequence[dict[str, Any]]) -> dict[str, Any]:
    if len(each) < 2:
        return {}
    return {
        committee: np.stack([arrays[name] for arrays in each])
        for name, committee in COMMITTEES.items()
        if name in each[0]
    }


def _variance(fitted: Fitted, each: Sequence[dict[str, Any]]) -> FloatArray:
    """Return noise measured on what was held back, plus how far the members lie apart."""
    spread = np.var([arrays["mean"] for arrays in each], axis=0)
    return np.asarray(spread + float(fitted.facts["residual_variance"]))


def _vectors(reading: Reading, size: int) -> dict[str, Any]:
    if len(reading.features) == 2 * size and size:
        first, second = reading.features[:size], reading.features[size:]
        return {"pair_difference": first - second}
    embedding = reading.embedding
    if len(embedding) == 2 * size and size:  # as the encoder "siamese" joins them
        embedding = unit(embedding[:size] + embedding[size:])
    return {"embedding": embedding, "features": reading.features}
