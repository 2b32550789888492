"""Windows: long texts cut into overlapping runs of tokens, and joined again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from asknext.core.batch import IntArray
from asknext.core.errors import Unsupported
from asknext.core.examples import Example
from asknext.encoders.forward import readable
from asknext.encoders.rows import NAMES, Row, Rows

OVERLAP = 4  # a window shares a quarter of its tokens with the one before


def window_rows(tokenizer: Any, examples: Sequence[Example], max_tokens: int) -> Rows:
    """Return the windows of each text's tokens, with the characters that each token stands for.

    Raises:
        Unsupported: the tokenizer cannot say where its tokens stand in the text.
    """
    if not tokenizer.is_fast:
        raise Unsupported(
            "tagging needs a tokenizer that tells where its tokens stand (a tokenizer.json); "
            "this base has none: choose another"
        )
    texts = [readable(str(e.fields.get("text", ""))) for e in examples]
    if not texts:
        return Rows([])
    found = tokenizer(
        texts,
        truncation=True,
        max_length=max_tokens,
        stride=overlap(max_tokens),
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
        return_special_tokens_mask=True,
    )
    owner = np.asarray(found["overflow_to_sample_mapping"], np.int64)
    rows = []
    first = 0
    for i, whose in enumerate(owner):
        special = np.asarray(found["special_tokens_mask"][i], bool)
        first = 0 if i == 0 or owner[i - 1] != whose else first
        places = _places(texts[whose], found["offset_mapping"][i], special)
        inputs = {name: list(found[name][i]) for name in NAMES if name in found}
        rows.append(Row(inputs, places=places, first=first, special=special))
        first += int((~special).sum()) - overlap(max_tokens)
    return Rows(rows, owner)


def overlap(max_tokens: int) -> int:
    """Return how many tokens two windows share."""
    return max_tokens // OVERLAP


def _places(text: str, offsets: Sequence[tuple[int, int]], special: Any) -> IntArray:
    """Return (tokens, 2) characters, blanks at the sides left out; [-1, -1] stands for none."""
    found = np.full((len(offsets), 2), -1, np.int64)
    for i, (start, end) in enumerate(offsets):
        while start < end and text[start].isspace():
            start += 1
        while start < end and text[end - 1].isspace():
            end -= 1
        if not special[i] and start < end:
            found[i] = start, end
    return found


def kept(rows: Sequence[Row]) -> list[IntArray]:
    """Return which tokens of each window of one text count, so that each token counts once.

    Where two windows overlap, the first half of what they share is the earlier one's: there it
    has more context on both sides.
    """
    chosen = []
    borders = [0]
    for left, right in pairwise(rows):
        end = left.first + len(left.content)
        borders.append((right.first + end + 1) // 2)
    borders.append(rows[-1].first + len(rows[-1].content))
    for row, (start, stop) in zip(rows, pairwise(borders), strict=True):
        chosen.append(row.content[start - row.first : stop - row.first])
    return chosen


def by_owner(rows: Rows, size: int) -> list[list[int]]:
    """Return the positions of the rows of each of the `size` examples."""
    found: list[list[int]] = [[] for _ in range(size)]
    for position, whose in enumerate(rows.owner):
        found[int(whose)].append(position)
    return found
