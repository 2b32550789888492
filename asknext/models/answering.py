"""Answering: what an encoder and a model say of new texts, as plain JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from asknext.core.batch import Batch
from asknext.core.errors import InvalidInput
from asknext.core.examples import Example, content_key, text_example
from asknext.core.predictions import Prediction
from asknext.core.protocols import Encoder, Model
from asknext.core.tasks import Task

TEXTS_AT_ONCE = 4096

Given = str | Mapping[str, Any]


def answers(
    task: Task,
    encoder: Encoder,
    model: Model,
    texts: Sequence[Given],
    *,
    shown: Callable[[Prediction], Prediction] | None = None,
) -> list[dict[str, Any]]:
    """Return, for each text, ``value`` and ``confidence``, of labels also ``proba``.

    A text is a string, or the fields of an example (``{"text": …, "a": …, "b": …}``). ``proba``
    maps each label to its probability. `shown` changes a prediction before it is read.

    Raises:
        InvalidInput: a single text, or something that is not a text.
    """
    if isinstance(texts, str) or any(not isinstance(text, str | Mapping) for text in texts):
        raise InvalidInput("predict takes a list of texts; wrap a single one in a list")
    found: list[dict[str, Any]] = []
    for start in range(0, len(texts), TEXTS_AT_ONCE):
        batch = batch_of(encoder, model, texts[start : start + TEXTS_AT_ONCE])
        prediction = model.predict(batch)
        found += _as_dicts(task, shown(prediction) if shown is not None else prediction)
    return found


def example_of(given: Given) -> Example:
    """Wrap a text, or the fields of an example."""
    if isinstance(given, str):
        return text_example(given)
    key = content_key(given)
    return Example(id=key, fields=given, key=key)


def batch_of(encoder: Encoder, model: Model, texts: Sequence[Given]) -> Batch:
    """Wrap new texts with what the model reads of them."""
    examples = [example_of(text) for text in texts]
    tokens = getattr(encoder, "encode_tokens", None)
    wanted = "vectors" in model.reads
    return Batch(
        len(examples),
        vectors=np.asarray(encoder.encode(examples), np.float32) if wanted else None,
        load=lambda: examples,
        load_tokens=None if tokens is None else lambda: tokens(examples),
    )


def _as_dicts(task: Task, prediction: Prediction) -> list[dict[str, Any]]:
    pairs = zip(task.values(prediction), task.confidence(prediction), strict=True)
    found = [{"value": value, "confidence": float(sure)} for value, sure in pairs]
    name = next((name for name in ("proba", "label_proba") if name in prediction.arrays), None)
    if name is not None:
        for row, shares in zip(found, prediction.array(name).tolist(), strict=True):
            row["proba"] = dict(zip(prediction.classes, shares, strict=True))
    return found
