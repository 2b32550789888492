"""Siamese: two texts that are compared."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.examples import Example
from asknext.core.protocols import Encoder
from asknext.encoders.wrapping import Wrapping, unit

# The penalty should hardly bear on the one column that says most: with 20 labels the correlation
# on STS-B was 0.57 without cosines, 0.67 with them, and 0.82 with them at this size.
_LOUD = np.float32(4.0)


class Siamese(Wrapping):
    """Encode ``text`` and ``text_pair`` into what they share and where they differ.

    With u and v for all columns of the two: the mean of their sentence vectors, scaled to unit
    length; |u − v|; √d · u ∘ v for d sentence columns; and, four times each, the cosine of the
    sentence vectors and that of the further columns, if any. A linear model on these can compare,
    on the vector of a joint text it cannot. An example without a second text is compared with
    itself. docs/decisions/0015-instant-models.md has the figures.

    Source: Conneau et al. 2017, InferSent (EMNLP), section 3.1; Reimers & Gurevych 2019,
    Sentence-BERT (EMNLP), section 3.
    """

    kind: ClassVar[str] = "siamese"
    version: ClassVar[str] = "1"

    @classmethod
    def width(cls, inner: Encoder) -> int:
        """Return the sentence columns, twice all columns, and one or two cosines."""
        return inner.sentence_dim + 2 * inner.dim + len(_blocks(inner))

    @classmethod
    def parts(cls, example: Example) -> tuple[str, ...]:
        """Return the two texts."""
        text = str(example.fields.get("text", ""))
        pair = example.fields.get("text_pair")
        return (text, text if pair is None else str(pair))

    def join(self, parts: Sequence[FloatArray]) -> FloatArray:
        """Return mean, difference, product and cosines side by side."""
        first, second = parts
        wide = self.inner.sentence_dim
        mean = unit(first[:, :wide] + second[:, :wide])
        product = first * second * np.float32(sqrt(wide))
        cosines = [
            _LOUD * (unit(first[:, block]) * unit(second[:, block])).sum(axis=1, keepdims=True)
            for block in _blocks(self.inner)
        ]
        return np.concatenate([mean, np.abs(first - second), product, *cosines], axis=1)


def _blocks(inner: Encoder) -> list[slice]:
    wide = inner.sentence_dim
    return [slice(0, wide), *([slice(wide, inner.dim)] if inner.dim > wide else [])]
