"""Shapes: how words are written, which encoders without capital letters cannot see."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from asknext.core.batch import FloatArray, IntArray

OWN = 12
WIDTH = 3 * OWN  # of the word itself, of the one before it, of the one after it


def shapes(text: str, places: IntArray) -> FloatArray:
    """Return how the words at `places` (w, 2) are written: 0 or 1 in (w, WIDTH) float32."""
    said = [text[start:end] for start, end in places.tolist()]
    own = np.array([_shape(word) for word in said], np.float32).reshape(-1, OWN)
    if len(own):
        own[0, 10] = 1.0
        own[1:, 11] = places[1:, 0] == places[:-1, 1]  # no blank before it
    found = np.zeros((len(own), WIDTH), np.float32)
    found[:, :OWN] = own
    found[1:, OWN : 2 * OWN] = own[:-1]
    found[:-1, 2 * OWN :] = own[1:]
    return found


def _shape(word: str) -> Sequence[bool]:
    first, letters = word[0], word.isalpha()
    return (
        first.isupper(),
        word.isupper() and len(word) > 1,
        word.islower(),
        any(c.isupper() for c in word[1:]) and not word.isupper(),
        word.isdigit(),
        not word.isalnum(),
        any(c.isdigit() for c in word) and not word.isdigit(),
        letters and len(word) <= 3,
        letters and len(word) > 8,
        first.isupper() and len(word) == 1,
        False,
        False,
    )
