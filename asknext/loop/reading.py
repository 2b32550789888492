"""Reading: arrays that only the encoder itself can make, when a strategy asks for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from asknext.core import registry
from asknext.core.batch import FloatArray, IntArray
from asknext.core.examples import text_example
from asknext.core.protocols import Encoder
from asknext.loop.space import Space


def surprise(space: Space) -> Callable[[IntArray], FloatArray] | None:
    """Return what gives ``surprisal`` of pool rows, None where the encoder guesses no words."""
    if space.caches.encoder is None:
        return None
    read = registry.get("service", "model.surprise")(space.caches.encoder)
    return None if read is None else lambda rows: np.asarray(read(space.load(rows)))


def sample_vectors(encoder: Encoder, samples: Any) -> FloatArray:
    """Return the sentence vectors (n, samples, columns) of sampled texts (n, samples)."""
    texts = np.asarray(samples, object)
    found = encoder.encode([text_example(str(text)) for text in texts.ravel()])
    return found[:, : encoder.sentence_dim].reshape(*texts.shape, encoder.sentence_dim)
