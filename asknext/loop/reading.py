"""Reading: arrays that only the encoder itself can make, when a strategy asks for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.examples import text_example
from asknext.core.protocols import Encoder
from asknext.loop.space import Space


def surprisal(space: Space, rows: IntArray) -> FloatArray:
    """Return how surprised the encoder is by the words of these pool rows (see core/arrays)."""
    assert space.caches.surprise is not None
    return np.asarray(space.caches.surprise(space.load(rows)))


def sample_vectors(encoder: Encoder, samples: Any) -> FloatArray:
    """Return the sentence vectors (n, samples, columns) of sampled texts (n, samples)."""
    texts = np.asarray(samples, object)
    found = encoder.encode([text_example(str(text)) for text in texts.ravel()])
    return found[:, : encoder.sentence_dim].reshape(*texts.shape, encoder.sentence_dim)
