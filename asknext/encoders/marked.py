"""Marked: from the words of texts and a vector each to the tokens that a model learns from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from asknext.core.batch import FloatArray, IntArray, Ragged, Tokens
from asknext.core.examples import Example
from asknext.core.seeds import generator
from asknext.encoders.shapes import WIDTH, shapes
from asknext.encoders.words import words

NEAR = 96  # columns for each neighbour of a word
NEIGHBOURLY = 0.7  # how long a neighbour's vector is beside the word's own
LOUD = np.float32(0.3)  # how long a mark of shape is beside a vector of unit length


def text_of(example: Example) -> str:
    """Return the text whose tokens are meant: the field ``text`` alone."""
    return str(example.fields.get("text", ""))


def places_of(examples: Sequence[Example]) -> list[IntArray]:
    """Return where the words of each text stand."""
    return [words(text_of(example)) for example in examples]


def beside(vectors: FloatArray) -> FloatArray:
    """Return what stands before and after each word (words, 2 × NEAR), zeros at the ends.

    The neighbours' vectors are projected at random, which keeps their distances well enough and
    the table small.

    Source: Johnson and Lindenstrauss 1984.
    """
    small = vectors @ _projection(vectors.shape[1])
    none = np.zeros((1, NEAR), np.float32)
    before = np.concatenate([none, small[:-1]]) if len(small) else small
    after = np.concatenate([small[1:], none]) if len(small) else small
    return np.concatenate([before, after], axis=1)


@cache
def _projection(columns: int) -> FloatArray:
    drawn = generator(0, "beside", columns).standard_normal((columns, NEAR))
    return np.asarray(drawn * (NEIGHBOURLY / NEAR**0.5), np.float32)


def width(columns: int) -> int:
    """Return the columns of a token whose word has a vector of so many."""
    return columns + WIDTH


def tokens_of(
    examples: Sequence[Example],
    places: Sequence[IntArray],
    vectors: Sequence[FloatArray],
    columns: int,
) -> Tokens:
    """Join vectors (words, columns) with how the words are written, in float16."""
    joined = [
        np.concatenate([block, LOUD * shapes(text_of(one), where)], axis=1, dtype=np.float16)
        for one, where, block in zip(examples, places, vectors, strict=True)
    ]
    return Tokens(_ragged(joined, width(columns), np.float16), _ragged(places, 2, np.int64))


def _ragged(runs: Sequence[FloatArray | IntArray], columns: int, kind: type) -> Ragged:
    offsets = np.concatenate([[0], np.cumsum([len(run) for run in runs])]).astype(np.int64)
    empty: FloatArray | IntArray = np.empty((0, columns), kind)
    return Ragged(np.concatenate([empty, *runs]).astype(kind, copy=False), offsets)
