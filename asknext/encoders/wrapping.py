"""Wrapping: encoders that encode the parts of an example with another encoder."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from asknext.core import registry
from asknext.core.batch import FloatArray
from asknext.core.examples import Example, text_example
from asknext.core.protocols import Encoder, Progress
from asknext.encoders.saved import read_settings, write_settings

INNER = "inner"
CHUNK = 1024  # examples taken apart together


class Wrapping:
    """Encode each example by its parts; a subclass says which there are and how they join.

    `inner` does the work and may be any encoder; the name, the revision and the columns follow
    from it.
    """

    kind: ClassVar[str]
    version: ClassVar[str]

    def __init__(self, inner: Encoder) -> None:
        self.inner = inner
        self.name = f"{self.kind}:{inner.name}"
        self.revision = f"{self.version}-{inner.revision}"
        self.sentence_dim = inner.sentence_dim
        self.dim = self.width(inner)

    @classmethod
    @abstractmethod
    def width(cls, inner: Encoder) -> int:
        """Return the number of columns that parts of this encoder join to."""

    @classmethod
    @abstractmethod
    def parts(cls, example: Example) -> tuple[str, ...]:
        """Return the texts that an example is made of, always as many."""

    @abstractmethod
    def join(self, parts: Sequence[FloatArray]) -> FloatArray:
        """Return the columns (n, dim) of n examples, given the vectors (n, D) of each part."""

    def encode(self, examples: Sequence[Example], progress: Progress | None = None) -> FloatArray:
        """Return (n, dim) float32 in the order given."""
        found = np.zeros((len(examples), self.dim), np.float32)
        for start in range(0, len(examples), CHUNK):
            stop = min(start + CHUNK, len(examples))
            found[start:stop] = self._joined(examples[start:stop])
            if progress is not None:
                progress(stop, len(examples))
        return found

    def _joined(self, examples: Sequence[Example]) -> FloatArray:
        texts = [self.parts(example) for example in examples]
        # A prompt often comes with many answers, and is encoded once.
        place = {text: i for i, text in enumerate(dict.fromkeys(t for ts in texts for t in ts))}
        vectors = self.inner.encode([text_example(text) for text in place])
        rows = np.array([[place[text] for text in ts] for ts in texts], np.int64)
        return self.join([vectors[column] for column in rows.T])

    def save(self, folder: Path) -> None:
        """Write ``encoder.json`` and, in a folder beside it, the inner encoder."""
        self.inner.save(folder / INNER)
        write_settings(folder, {"encoder": self.kind, "revision": self.revision})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        name = str(read_settings(folder / INNER)["encoder"])
        return cls(registry.get("encoder", name).load(folder / INNER))


def unit(block: FloatArray) -> FloatArray:
    """Return rows scaled to unit length; a row of zeros becomes the first unit vector."""
    length = np.linalg.norm(block, axis=1, keepdims=True)
    none = length[:, 0] < 1e-9
    found = np.asarray(block / np.where(length < 1e-9, 1.0, length), np.float32)
    found[none] = np.eye(1, block.shape[1], dtype=np.float32)
    return found
