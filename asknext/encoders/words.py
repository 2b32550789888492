"""Words: where the tokens of a text stand, in any script."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import numpy as np

from asknext.core.batch import IntArray

# Scripts written without spaces: each character is a token. Han, kana, Thai, Lao, Tibetan,
# Burmese, Khmer.
_DENSE = (
    "\u2e80-\u2fdf\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uff66-\uff9f\U00020000-\U000323af"
    "\u0e01-\u0e5b\u0e81-\u0edf\u0f00-\u0fff\u1000-\u109f\uaa60-\uaa7f\u1780-\u17ff"
)


def words(text: str) -> IntArray:
    r"""Return the places (words, 2) of the words of a text, in code points, rising.

    A word is a run of letters, digits and their marks; each character of a script without spaces
    and each sign is a word of its own; blanks belong to none. So every boundary that people see
    between words is one between tokens, and the places cover everything but blanks.

    >>> words("Bo's 3 cafés, 北京").tolist()
    [[0, 2], [2, 3], [3, 4], [5, 6], [7, 12], [12, 13], [14, 15], [15, 16]]
    """
    found = [match.span() for match in _pattern().finditer(text)]
    return np.array(found, np.int64).reshape(-1, 2)


@cache
def _pattern() -> re.Pattern[str]:
    marks = _marks()
    dense = f"[{_DENSE}][{marks}]*"
    letters = f"(?:[^\\W{_DENSE}][{marks}\u200c\u200d]*)+"
    return re.compile(f"{letters}|{dense}|[^\\s][{marks}]*")


@cache
def _marks() -> str:
    """Return all combining marks as ranges of a character class."""
    codes = [
        code for code in range(0x300, 0x1F000) if unicodedata.category(chr(code))[0] == "M"
    ] + list(range(0xE0100, 0xE01F0))
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
