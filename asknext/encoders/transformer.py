"""Transformer: what MiniLM and any other Hugging Face encoder have in common."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from asknext.core.batch import FloatArray, Tokens
from asknext.core.errors import InvalidInput
from asknext.core.examples import Example
from asknext.core.protocols import Progress
from asknext.encoders import marked
from asknext.encoders.files import Facts, checked_layers
from asknext.encoders.precision import checked_precision
from asknext.encoders.saved import read_settings, write_settings

if TYPE_CHECKING:
    from asknext.encoders.forward import Forward

CHUNK = 2048  # texts sorted by length together
TOKEN_CHUNK = 256  # the same for tokens, whose vectors take more memory


class Transformer:
    """Encode texts with a transformer: sentence vector first, inner layers beside it.

    Neither torch nor the weights are loaded before the first `encode`; `dim` and `revision` come
    from the files. Every block of columns (the sentence vector, each inner layer) has unit
    length; inner layers are mean-pooled.

    Args:
        folder: the model's files.
        facts: what `read_facts` found there.
        identity: what stands for the weights in the revision.
        layers: inner layers, None for the default; () for the sentence vector alone.
        prefix: put before every text, as some models want ("query: ").
        precision: ``bf16``, ``fp32``, or None for the fastest here.
    """

    name = "transformer"

    def __init__(
        self,
        folder: Path,
        facts: Facts,
        *,
        identity: str,
        layers: Sequence[int] | None = None,
        prefix: str = "",
        precision: str | None = None,
    ) -> None:
        self.folder = folder
        self.facts = facts
        self.layers = checked_layers(layers, facts)
        self.prefix = prefix
        self.precision = checked_precision(precision)
        self.sentence_dim = facts.hidden
        self.dim = facts.hidden * (1 + len(self.layers))
        self.revision = f"{identity}-{self._digest()}"
        self._forward: Forward | None = None
        self._lock = Lock()

    def _digest(self) -> str:
        facts = self.facts
        parts = ["1", self.layers, self.prefix, self.precision, facts.pooling, facts.max_tokens]
        return blake2b(json.dumps(parts).encode(), digest_size=4).hexdigest()

    def encode(self, examples: Sequence[Example], progress: Progress | None = None) -> FloatArray:
        """Return (n, dim) float32 in the order given; empty and over-long texts are allowed."""
        found = np.zeros((len(examples), self.dim), np.float32)
        for start in range(0, len(examples), CHUNK):
            stop = min(start + CHUNK, len(examples))
            texts = [self.prefix + example.text for example in examples[start:stop]]
            report = _from(progress, start, len(examples))
            found[start:stop] = self._loaded().vectors(texts, report)
        return found

    @property
    def token_dim(self) -> int:
        """Return the columns of a token: the word, its neighbours, and how it is written."""
        return marked.width(self._word_dim)

    @property
    def _word_dim(self) -> int:
        return self.facts.hidden + 2 * marked.NEAR

    def encode_tokens(
        self, examples: Sequence[Example], progress: Progress | None = None
    ) -> Tokens:
        """Return the words of n texts with vectors (words, token_dim) float16.

        A word is what `words` says, in any script. It has the middle layer, which knows more of
        words than the last one, and beside it the words before and after, projected (figures:
        docs/decisions/0015-instant-models.md). Over-long texts are read in windows.

        Raises:
            Unsupported: the tokenizer cannot say where its tokens stand in the text.
        """
        from asknext.encoders.token_forward import word_vectors

        places = marked.places_of(examples)
        vectors: list[FloatArray] = []
        for start in range(0, len(examples), TOKEN_CHUNK):
            part = slice(start, start + TOKEN_CHUNK)
            report = _from(progress, start, len(examples))
            inner = (max(1, self.facts.depth // 2),)
            found = word_vectors(self._loaded(), examples[part], places[part], inner, report)
            vectors += [
                np.concatenate([block, marked.beside(block)], axis=1, dtype=np.float16)
                for block in found
            ]
        return marked.tokens_of(examples, places, vectors, self._word_dim)

    def _loaded(self) -> Forward:
        with self._lock:
            if self._forward is None:
                from asknext.encoders.forward import Forward

                self._forward = Forward(
                    self.folder,
                    layers=self.layers,
                    pooling=self.facts.pooling,
                    max_tokens=self.facts.max_tokens,
                    precision=self.precision,
                )
            return self._forward

    def settings(self) -> dict[str, Any]:
        """Return what the constructor needs to make this encoder again, as JSON."""
        return {"layers": list(self.layers), "prefix": self.prefix, "precision": self.precision}

    def save(self, folder: Path) -> None:
        """Write ``encoder.json``: name, settings, revision; the weights stay where they are."""
        write_settings(folder, {"encoder": self.name, "revision": self.revision, **self.settings()})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Make the encoder again; raises InvalidInput where its weights are others by now."""
        settings = read_settings(folder)
        saved = settings.pop("revision", None)
        settings.pop("encoder")
        encoder = cls(**settings)
        if saved is not None and saved != encoder.revision:
            raise InvalidInput(
                f"the encoder saved in {folder} had revision {saved}, the installed one has "
                f"{encoder.revision}: its vectors would differ. Install the version it was saved "
                f"with, or remove {folder} to encode again."
            )
        return encoder


def _from(progress: Progress | None, start: int, total: int) -> Callable[[int], None] | None:
    return None if progress is None else lambda done: progress(start + done, total)
