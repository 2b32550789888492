"""Words: the encoder for marking spans where no language model knows the language."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import numpy as np

from asknext.core.batch import FloatArray, IntArray, Tokens
from asknext.core.errors import InvalidInput, NotReady
from asknext.core.examples import Example
from asknext.core.protocols import Progress
from asknext.encoders import marked, word_vectors
from asknext.encoders.saved import read_settings, write_settings
from asknext.encoders.tfidf import SAMPLE, Tfidf
from asknext.encoders.word_hashing import OWN, hashed_letters
from asknext.encoders.word_vectors import WordVectors, learn, pairs, said_words

TEXTS = "texts"  # the folder of what encodes whole texts
VECTORS = "words.npz"
LOUD = 2.0  # how long the vector of a word is beside that of its letters
FARTHER = 1.4  # … that of a word two places away
WIDE = 7 * word_vectors.COLUMNS + OWN


class Words:
    """Encode the words of texts by the company that they keep in these very texts.

    Whole texts are encoded as `Tfidf` does. A word has the vectors of itself, of the two words
    before and after it, of the pairs that it makes with its neighbours, and its letters hashed.
    In Chinese the words are characters, and the pairs carry most. It has to be fitted first.

    Source: as in `asknext.encoders.word_vectors`; figures: docs/decisions/0015-instant-models.md.
    """

    name = "words"
    token_dim = marked.width(WIDE)

    def __init__(self) -> None:
        self._texts = Tfidf()
        self._learnt: WordVectors | None = None
        self.dim = self.sentence_dim = 0
        self.revision = "unfitted"

    def fit(self, examples: Iterable[Example]) -> Self:
        """Learn from a sample of at most 20,000 texts; the same set gives the same encoder.

        Raises:
            InvalidInput: no examples at all.
        """
        sample = heapq.nsmallest(SAMPLE, examples, key=lambda example: example.key)
        self._texts.fit(sample)
        return self._with(self._texts, learn(marked.text_of(example) for example in sample))

    def _with(self, texts: Tfidf, learnt: WordVectors) -> Self:
        self._texts, self._learnt = texts, learnt
        self.dim = self.sentence_dim = texts.dim
        self.revision = f"1-{texts.revision}-{learnt.digest}"
        return self

    def encode(self, examples: Sequence[Example], progress: Progress | None = None) -> FloatArray:
        """Return (n, dim) float32, rows of unit length; raises NotReady before `fit`."""
        return self._texts.encode(examples, progress)

    def encode_tokens(
        self, examples: Sequence[Example], progress: Progress | None = None
    ) -> Tokens:
        """Return the words of n texts with vectors (words, token_dim) float16.

        Raises:
            NotReady: it has not been fitted.
        """
        if self._learnt is None:
            raise NotReady("this encoder of words has not seen any texts; call fit first")
        places = marked.places_of(examples)
        vectors = [
            _vectors(self._learnt, marked.text_of(one), where)
            for one, where in zip(examples, places, strict=True)
        ]
        if progress is not None and examples:
            progress(len(examples), len(examples))
        return marked.tokens_of(examples, places, vectors, WIDE)

    def save(self, folder: Path) -> None:
        """Write ``encoder.json``, the encoder of texts and the vectors of words."""
        if self._learnt is None:
            raise NotReady("this encoder of words has not seen any texts; call fit first")
        folder.mkdir(parents=True, exist_ok=True)
        self._texts.save(folder / TEXTS)
        self._learnt.save(folder / VECTORS)
        write_settings(folder, {"encoder": self.name, "revision": self.revision})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote; raises InvalidInput where files do not belong together."""
        settings = read_settings(folder)
        made = cls()._with(Tfidf.load(folder / TEXTS), WordVectors.load(folder / VECTORS))
        if made.revision != settings["revision"]:
            raise InvalidInput(f"{folder} is damaged; remove it to fit again")
        return made


def _vectors(learnt: WordVectors, text: str, places: IntArray) -> FloatArray:
    said = said_words(text, places)
    if not said:
        return np.zeros((0, WIDE), np.float32)
    edge = np.zeros((2, word_vectors.COLUMNS), np.float32)
    own = np.concatenate([edge, LOUD * learnt.of(said), edge])
    both = np.concatenate([edge[:1], LOUD * learnt.of(pairs(said)), edge[:1]])
    far = np.float32(FARTHER / LOUD)
    blocks = [own[2:-2], own[1:-3], own[3:-1], both[:-1], both[1:], far * own[:-4], far * own[4:]]
    return np.concatenate([*blocks, hashed_letters(text, places)], axis=1)
