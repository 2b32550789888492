"""Tfidf: words and characters counted, weighed and condensed; any language, no downloads."""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import Any, Self
from zipfile import BadZipFile

import numpy as np

from asknext.core.batch import FloatArray, IntArray, Tokens
from asknext.core.errors import InvalidInput, NotReady
from asknext.core.examples import Example
from asknext.core.protocols import Progress
from asknext.core.seeds import generator
from asknext.encoders import marked
from asknext.encoders.saved import read_settings, write_settings
from asknext.encoders.word_hashing import COLUMNS, hashed_words

SAMPLE = 20_000  # texts that are learnt from
LETTERS = 5_000  # characters of a text that are read
CHUNK = 2048
BUCKETS = 2**20  # n-grams are hashed, so no vocabulary has to be kept


@dataclass(frozen=True, slots=True)
class Grams:
    """Name one family of n-grams: what it is made of, how long, how many are kept."""

    analyzer: str
    lengths: tuple[int, int]
    kept: int


FAMILIES = (Grams("word", (1, 2), 15_000), Grams("char_wb", (1, 5), 25_000))


@dataclass(frozen=True, slots=True)
class _State:
    """Be what fitting found: for each family buckets and weights, and the condensing matrix."""

    columns: tuple[IntArray, ...]
    idf: tuple[FloatArray, ...]
    components: FloatArray

    def arrays(self) -> dict[str, Any]:
        named: dict[str, Any] = {"components": self.components}
        for i, (columns, idf) in enumerate(zip(self.columns, self.idf, strict=True)):
            named |= {f"columns{i}": columns, f"idf{i}": idf}
        return named

    def digest(self) -> str:
        digest = blake2b(digest_size=6)
        for name, array in sorted(self.arrays().items()):
            digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()


class Tfidf:
    """Encode texts by word 1–2-grams and character 1–5-grams, TF-IDF, condensed by an SVD.

    Character n-grams carry languages written without spaces (single characters matter most
    there) and forgive typing errors. A text without anything known gets a fixed vector. It has
    to be fitted to the texts first.

    Args:
        dims: most columns; fewer where there are fewer texts.

    Source: Deerwester et al. 1990, Indexing by Latent Semantic Analysis (JASIS); Halko,
    Martinsson & Tropp 2011, Finding Structure with Randomness (SIAM Review), for the SVD.

    >>> from asknext.core.examples import text_example
    >>> texts = [text_example(t) for t in ("red fox", "red foxes", "blue sky", "blue skies")]
    >>> encoder = Tfidf(dims=2).fit(texts)
    >>> near = encoder.encode(texts) @ encoder.encode([text_example("a red fox")])[0]
    >>> [int(i) for i in sorted((-near).argsort()[:2])]
    [0, 1]
    """

    name = "tfidf"

    def __init__(self, *, dims: int = 160) -> None:
        if dims < 1:
            raise InvalidInput(f"dims must be at least 1; given: {dims}")
        self.dims = dims
        self.dim = self.sentence_dim = 0
        self.revision = "unfitted"
        self._state: _State | None = None
        self._source: Path | None = None
        self._lock = Lock()

    def fit(self, examples: Iterable[Example]) -> Self:
        """Learn from a sample of at most 20,000 texts; the same set gives the same encoder.

        The sample takes the smallest content keys, which is random with regard to the texts and
        does not depend on their order.

        Raises:
            InvalidInput: no examples at all.
        """
        sample = heapq.nsmallest(SAMPLE, examples, key=lambda example: example.key)
        if not sample:
            raise InvalidInput("tfidf learns from the texts of the project, and there are none yet")
        self._adopt(_fit([_text(example) for example in sample], self.dims))
        return self

    def _adopt(self, state: _State) -> None:
        self._state = state
        self.dim = self.sentence_dim = state.components.shape[1]
        self.revision = f"1-{state.digest()}"

    def encode(self, examples: Sequence[Example], progress: Progress | None = None) -> FloatArray:
        """Return (n, dim) float32, rows of unit length; raises NotReady before `fit`."""
        state = self._fitted()
        found = np.zeros((len(examples), self.dim), np.float32)
        for start in range(0, len(examples), CHUNK):
            stop = min(start + CHUNK, len(examples))
            found[start:stop] = _vectors([_text(e) for e in examples[start:stop]], state)
            if progress is not None:
                progress(stop, len(examples))
        return found

    token_dim = marked.width(COLUMNS)

    def encode_tokens(
        self, examples: Sequence[Example], progress: Progress | None = None
    ) -> Tokens:
        """Return the words of n texts with vectors (words, token_dim) float16 of their letters.

        Nothing of them is learnt from the texts, so they need no fit.
        """
        places = marked.places_of(examples)
        vectors = [
            hashed_words(marked.text_of(one), where)
            for one, where in zip(examples, places, strict=True)
        ]
        if progress is not None and examples:
            progress(len(examples), len(examples))
        return marked.tokens_of(examples, places, vectors, COLUMNS)

    def _fitted(self) -> _State:
        with self._lock:
            if self._state is None and self._source is not None:
                self._state = _read(self._source, self.revision)
            if self._state is None:
                raise NotReady("this tfidf encoder has not seen any texts; call fit first")
            return self._state

    def save(self, folder: Path) -> None:
        """Write ``encoder.json`` and the arrays; each file appears whole or not at all."""
        folder.mkdir(parents=True, exist_ok=True)
        arrays = folder / _file(self.revision)
        if not arrays.exists():
            state = self._fitted()
            draft = arrays.with_suffix(".tmp.npz")
            with draft.open("wb") as file:
                np.savez(file, allow_pickle=False, **state.arrays())
            os.replace(draft, arrays)
        settings = {"revision": self.revision, "dim": self.dim, "dims": self.dims}
        write_settings(folder, {"encoder": self.name, **settings})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote; the arrays are read at the first `encode`."""
        settings = read_settings(folder)
        encoder = cls(dims=int(settings["dims"]))
        encoder.dim = encoder.sentence_dim = int(settings["dim"])
        encoder.revision = str(settings["revision"])
        encoder._source = folder
        return encoder


def _file(revision: str) -> str:
    return f"tfidf-{revision}.npz"


def _read(folder: Path, revision: str) -> _State:
    path = folder / _file(revision)
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
            count = sum(name.startswith("idf") for name in found.files)
            state = _State(
                tuple(found[f"columns{i}"] for i in range(count)),
                tuple(found[f"idf{i}"] for i in range(count)),
                found["components"],
            )
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise InvalidInput(
            f"{path} cannot be read ({error}); remove {folder} to fit again"
        ) from error
    if f"1-{state.digest()}" != revision:
        raise InvalidInput(f"{path} is damaged; remove {folder} to fit again")
    return state


def _text(example: Example) -> str:
    return example.text[:LETTERS].encode("utf-8", "replace").decode("utf-8")


def _counts(texts: Sequence[str], grams: Grams) -> Any:
    from sklearn.feature_extraction.text import HashingVectorizer

    counter = HashingVectorizer(
        analyzer=grams.analyzer,
        ngram_range=grams.lengths,
        n_features=BUCKETS,
        alternate_sign=False,
        norm=None,
        dtype=np.float32,
        token_pattern=r"(?u)\b\w+\b",
    )
    counts = counter.transform(texts)
    counts.data = 1 + np.log(counts.data)  # the tenth time says less than the first
    return counts


def _weighed(counts: Any, columns: IntArray, idf: FloatArray) -> Any:
    from sklearn.preprocessing import normalize

    weighed = counts[:, columns].multiply(idf).tocsr()
    return normalize(weighed) if len(columns) else weighed


def _fit(texts: Sequence[str], dims: int) -> _State:
    from scipy.sparse import hstack
    from sklearn.utils.extmath import randomized_svd

    counts = [_counts(texts, grams) for grams in FAMILIES]
    columns = tuple(_frequent(c, g.kept) for c, g in zip(counts, FAMILIES, strict=True))
    idf = tuple(_rarity(c, kept) for c, kept in zip(counts, columns, strict=True))
    table = hstack(list(map(_weighed, counts, columns, idf))).tocsr()
    rank = min(dims, *table.shape)
    if rank == 0:
        return _State(columns, idf, np.zeros((0, 1), np.float32))
    seed = int(generator(0, "tfidf").integers(2**31))
    right = randomized_svd(table, rank, n_iter=3, random_state=seed)[2]
    return _State(columns, idf, np.ascontiguousarray(right.T, dtype=np.float32))


def _frequent(counts: Any, kept: int) -> IntArray:
    seen = np.bincount(counts.indices, minlength=BUCKETS)
    order = np.argsort(-seen, kind="stable")[:kept]
    # What stands in one text alone links it to no other; without anything shared, take all.
    floor = 2 if seen.max(initial=0) > 1 else 1
    columns: IntArray = np.sort(order[seen[order] >= floor]).astype(np.int64)
    return columns


def _rarity(counts: Any, columns: IntArray) -> FloatArray:
    seen = np.bincount(counts.indices, minlength=BUCKETS)[columns]
    rarity = np.log((1 + counts.shape[0]) / (1 + seen)) + 1
    return np.asarray(rarity, np.float32)


def _vectors(texts: Sequence[str], state: _State) -> FloatArray:
    from scipy.sparse import hstack

    blocks = [
        _weighed(_counts(texts, grams), columns, idf)
        for grams, columns, idf in zip(FAMILIES, state.columns, state.idf, strict=True)
    ]
    found = np.asarray(hstack(blocks).tocsr() @ state.components, dtype=np.float32)
    length = np.linalg.norm(found, axis=1, keepdims=True)
    known = length[:, 0] > 1e-9
    found[known] /= length[known]
    found[~known] = np.eye(1, found.shape[1], dtype=np.float32)
    return found
