"""The token vectors of an encoder on disk; the guarantees are those of encoders/cache.py.

One folder per encoder holds, for all tokens one after another, ``tokens.f16`` (vectors) and
``places.i32`` (first character and the one after the last), and for each text ``ends.i64`` (the
number of tokens up to its last) and ``keys.bin``, written in this order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from asknext.core.batch import FloatArray, IntArray, Ragged, Tokens
from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.examples import Example, exact_key
from asknext.core.protocols import Encoder, Progress, TokenEncoder
from asknext.encoders.keyed import CHUNK, VERSION, Keyed, cut, extend, make_folder, mapped, size
from asknext.encoders.keys import SIZE, KeyIndex


def open_tokens(root: Path, encoder: Encoder) -> FileTokens:
    """Open, or make, the cache of this encoder's tokens under `root`.

    Raises:
        Unsupported: the encoder knows texts only as a whole.
        InvalidInput: the folder belongs to another encoder, or a newer asknext wrote it.
    """
    if not hasattr(encoder, "encode_tokens"):
        raise Unsupported(
            f"the encoder {encoder.name!r} has no vectors of single words, which marking spans "
            "needs; take minilm, tfidf or a Hugging Face model"
        )
    words: Any = encoder
    parts = (encoder.name, encoder.revision, "tokens", words.token_dim)
    return FileTokens(make_folder(root, _meta(words), *parts), words.token_dim)


def _meta(encoder: TokenEncoder) -> dict[str, Any]:
    return {
        "version": VERSION,
        "name": encoder.name,
        "revision": encoder.revision,
        "token_dim": encoder.token_dim,
    }


@dataclass(frozen=True)
class _Seen:
    """Be one consistent picture of the files; `ends` begins with a 0."""

    index: KeyIndex
    ends: IntArray
    vectors: FloatArray
    places: IntArray


class FileTokens(Keyed[TokenEncoder, Tokens]):
    """Keep token vectors by exact key in one folder; see `TokenVectors` for the contract."""

    def __init__(self, folder: Path, token_dim: int, *, chunk: int = CHUNK // 4) -> None:
        super().__init__(folder, chunk=chunk)
        self.token_dim = token_dim
        self._tokens = folder / "tokens.f16"
        self._places = folder / "places.i32"
        self._ends = folder / "ends.i64"
        self._seen = self._picture(0)
        self.refresh()

    def __len__(self) -> int:
        return len(self._seen.index)

    def _key(self, example: Example) -> str:
        return exact_key(example)

    @property
    def _index(self) -> KeyIndex:
        return self._seen.index

    def tokens(self, rows: IntArray) -> Tokens:
        """Return the tokens of these rows, read from the disk now."""
        seen = self._seen
        vectors = Ragged(seen.vectors, seen.ends).take(rows)
        where: Any = seen.places
        places = Ragged(where, seen.ends).take(rows)
        return Tokens(vectors, Ragged(places.values.astype(np.int64), places.offsets))

    def refresh(self) -> int:
        """See what other processes have written; return the number of rows."""
        rows = self._complete()
        if rows > len(self):
            self._seen = self._picture(rows)
        return len(self)

    def _picture(self, rows: int) -> _Seen:
        index = KeyIndex(self._keys.read_bytes()[: rows * SIZE] if rows else b"")
        ends = np.zeros(rows + 1, np.int64)
        ends[1:] = mapped(self._ends, (rows,), "<i8")[1]
        total = int(ends[-1])
        vectors = mapped(self._tokens, (total, self.token_dim), "<f2")[1]
        return _Seen(index, ends, vectors, mapped(self._places, (total, 2), "<i4")[1])

    def _meta(self, encoder: TokenEncoder) -> dict[str, Any]:
        return _meta(encoder)

    def _encoded(
        self, encoder: TokenEncoder, examples: Sequence[Example], progress: Progress | None
    ) -> Tokens:
        found = encoder.encode_tokens(examples, progress)
        shape = (len(found), found.vectors.shape[1], len(found.places))
        if shape != (len(examples), self.token_dim, len(examples)):
            raise InvalidInput(
                f"the encoder gave tokens of {shape[0]} texts with {shape[1]} columns; wanted: "
                f"{len(examples)} texts, {self.token_dim} columns"
            )
        if not np.array_equal(found.vectors.offsets, found.places.offsets):
            raise InvalidInput("the encoder gave tokens without places, or places without tokens")
        sound = np.isfinite(found.vectors.values).all(axis=1)
        if not sound.all():
            bad = examples[int(found.vectors.owner[~sound][0])]
            raise InvalidInput(f"the encoder gave NaN or infinity for the example {bad.id!r}")
        return found

    def _write(self, made: Tokens, new: IntArray) -> None:
        vectors, places = made.vectors.take(new), made.places.take(new)
        extend(self._tokens, np.ascontiguousarray(vectors.values, "<f2").data.cast("B"))
        extend(self._places, np.ascontiguousarray(places.values, "<i4").data.cast("B"))
        before = int(self._seen.ends[-1])
        extend(self._ends, (before + vectors.offsets[1:]).astype("<i8").tobytes())

    def _complete(self) -> int:
        return min(size(self._keys) // SIZE, size(self._ends) // 8)

    def _cut_leftovers(self) -> None:
        rows = self._complete()
        total = int(self._picture(rows).ends[-1])
        for path, length in (
            (self._tokens, total * 2 * self.token_dim),
            (self._places, total * 8),
            (self._ends, rows * 8),
            (self._keys, rows * SIZE),
        ):
            cut(path, length)
