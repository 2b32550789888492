"""Word hashing: vectors of words from their letters and their neighbours, without any model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np

from asknext.core.batch import FloatArray, IntArray

OWN, NEAR = 384, 96  # columns for the word itself and for each of its neighbours
SIDES = (-2, -1, 1, 2)
COLUMNS = OWN + NEAR * len(SIDES)
LONGEST = 40  # letters of a word that are looked at


def hashed_words(text: str, places: IntArray) -> FloatArray:
    """Return vectors (words, COLUMNS) float32: the word, its beginnings and ends, and those near.

    Features are hashed with signs, so that two that meet in a column cancel on average; each
    block has unit length at most.

    Source: Weinberger et al. 2009, Feature Hashing (ICML); the features are the usual ones of
    taggers before neural networks.
    """
    said = [text[start:end][:LONGEST] for start, end in places.tolist()]
    found = np.zeros((len(said), COLUMNS), np.float32)
    _fill(found[:, :OWN], [_own(word) for word in said])
    for block, side in enumerate(SIDES):
        near = [said[i + side] if 0 <= i + side < len(said) else "" for i in range(len(said))]
        start = OWN + block * NEAR
        _fill(found[:, start : start + NEAR], [_beside(word) for word in near])
    return found


def hashed_letters(text: str, places: IntArray) -> FloatArray:
    """Return vectors (words, OWN) float32 of the words alone, of unit length."""
    found = np.zeros((len(places), OWN), np.float32)
    _fill(found, [_own(text[start:end][:LONGEST]) for start, end in places.tolist()])
    return found


@lru_cache(maxsize=1 << 16)
def _own(word: str) -> tuple[int, ...]:
    return tuple(map(_code, _features(word)))


@lru_cache(maxsize=1 << 16)
def _beside(word: str) -> tuple[int, ...]:
    low = word.lower()
    return tuple(_code(f"{kind}{part}") for kind, part in (("w", low), ("e", low[-3:])))


def _features(word: str) -> Iterator[str]:
    low = word.lower()
    yield f"w{low}"
    yield f"s{_pattern(word)}"
    edged = f"<{low}>"
    for size in (2, 3, 4):
        yield f"b{edged[:size]}"
        yield f"e{edged[-size:]}"
    yield from (f"g{edged[i : i + 3]}" for i in range(len(edged) - 2))


def _pattern(word: str) -> str:
    """Write X for capitals, x for letters, 9 for digits; runs of one kind become one."""
    kinds = [
        "X" if c.isupper() else "9" if c.isdigit() else "x" if c.isalpha() else c for c in word
    ]
    return "".join(c for i, c in enumerate(kinds) if i == 0 or c != kinds[i - 1])


def _code(feature: str) -> int:
    data = feature.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(data, digest_size=4).digest(), "little")


def _fill(block: FloatArray, codes: Sequence[tuple[int, ...]]) -> None:
    rows = np.repeat(np.arange(len(codes)), [len(one) for one in codes])
    flat = np.array([code for one in codes for code in one], np.int64)
    signs = np.where(flat >> 31, 1.0, -1.0).astype(np.float32)
    np.add.at(block, (rows, (flat & 0x7FFFFFFF) % block.shape[1]), signs)
    length = np.linalg.norm(block, axis=1, keepdims=True)
    block /= np.where(length > 0, length, 1.0)
