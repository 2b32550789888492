"""Rows: texts as numbers of tokens, and how some of them become one padded batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from asknext.core.batch import IntArray
from asknext.core.examples import Example
from asknext.core.imports import require
from asknext.encoders.forward import readable

PURPOSE = "a fine-tuned model"
NAMES = ("input_ids", "token_type_ids")


@dataclass(frozen=True)
class Row:
    """Hold what the model reads at once: one text, or (``second``) the other one of a pair.

    For tagging, `places` (tokens, 2) are the characters of each token (``[-1, -1]`` where it
    has none), `special` (tokens,) says which are not of the text, and `first` counts the tokens
    of the text before this row.
    """

    inputs: dict[str, list[int]]
    second: dict[str, list[int]] | None = None
    places: IntArray | None = None
    special: npt.NDArray[np.bool_] | None = None
    first: int = 0

    @property
    def spots(self) -> IntArray:
        """Return `places`, which a row of windows always has."""
        assert self.places is not None
        return self.places

    @property
    def content(self) -> IntArray:
        """Return the positions of the tokens that are of the text."""
        assert self.special is not None
        return np.flatnonzero(~self.special)

    @property
    def length(self) -> int:
        """Return the tokens of the longer text."""
        other = len(self.second["input_ids"]) if self.second else 0
        return max(len(self.inputs["input_ids"]), other)


@dataclass(frozen=True)
class Rows:
    """Hold all rows of n examples; `owner` (rows,) says whose each is."""

    rows: list[Row]
    owner: IntArray = field(default_factory=lambda: np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self.rows)

    def of(self, examples: IntArray) -> IntArray:
        """Return the positions of the rows that belong to these examples."""
        return np.flatnonzero(np.isin(self.owner, examples))


def text_rows(tokenizer: Any, examples: Sequence[Example], max_tokens: int) -> Rows:
    """Return one row for each example, cut at `max_tokens`; a second text is its second part."""
    texts = [readable(str(e.fields.get("text", ""))) for e in examples]
    pairs = [e.fields.get("text_pair") for e in examples]
    if any(pair is not None for pair in pairs):
        second = [readable(str(pair or "")) for pair in pairs]
        found = tokenizer(texts, second, truncation=True, max_length=max_tokens)
    else:
        found = tokenizer(texts, truncation=True, max_length=max_tokens) if texts else {}
    return Rows(_rows(found, len(texts), tokenizer), np.arange(len(texts)))


def pair_rows(tokenizer: Any, examples: Sequence[Example], max_tokens: int) -> Rows:
    """Return one row for each example: the prompt with answer a and, as `second`, with b.

    Prompt and answer are joined as the encoder wrapper ``paired`` joins them. Of what is too
    long the beginning is cut off where the tokenizer's ``truncation_side`` is ``left``.
    """
    sides = [
        [f"{e.fields.get('text', '')}\n{e.fields.get(name, '')}" for e in examples]
        for name in ("a", "b")
    ]
    return _both(tokenizer, sides, max_tokens)


def apart_rows(tokenizer: Any, examples: Sequence[Example], max_tokens: int) -> Rows:
    """Return one row for each example: ``text``, and as `second` the text it is compared with.

    These are the parts that the encoder wrapper ``siamese`` reads.
    """
    texts = [str(e.fields.get("text", "")) for e in examples]
    pairs = [e.fields.get("text_pair") for e in examples]
    second = [one if pair is None else str(pair) for one, pair in zip(texts, pairs, strict=True)]
    return _both(tokenizer, [texts, second], max_tokens)


def _both(tokenizer: Any, sides: Sequence[Sequence[str]], max_tokens: int) -> Rows:
    rows = []
    for texts in sides:
        said = [readable(text) for text in texts]
        found = tokenizer(said, truncation=True, max_length=max_tokens) if said else {}
        rows.append(_rows(found, len(said), tokenizer))
    joined = [Row(a.inputs, b.inputs) for a, b in zip(*rows, strict=True)]
    return Rows(joined, np.arange(len(joined)))


def _rows(found: Any, count: int, tokenizer: Any) -> list[Row]:
    names = [name for name in NAMES if name in found]
    blank = [tokenizer.pad_token_id or 0]  # a text that the tokenizer makes nothing of
    made = []
    for i in range(count):
        inputs = {name: list(found[name][i]) for name in names}
        if not inputs["input_ids"]:
            inputs = {name: blank if name == "input_ids" else [0] for name in names}
        made.append(Row(inputs))
    return made


def pad(rows: Sequence[dict[str, list[int]]], padding: int) -> dict[str, Any]:
    """Return tensors (rows, longest) of each input and the ``attention_mask``."""
    torch = require("torch", extra="hf", purpose=PURPOSE)
    lengths = [len(row["input_ids"]) for row in rows]
    width = max(lengths)
    found = {}
    for name in rows[0]:
        fill = padding if name == "input_ids" else 0
        table = [row[name] + [fill] * (width - len(row[name])) for row in rows]
        found[name] = torch.tensor(table)
    mask = [[1] * length + [0] * (width - length) for length in lengths]
    found["attention_mask"] = torch.tensor(mask)
    return found


def inputs_of(rows: Sequence[Row], padding: int) -> dict[str, Any]:
    """Return the tensors of these rows: the first texts, then, where there are any, the second."""
    texts = [row.inputs for row in rows]
    texts += [row.second for row in rows if row.second is not None]
    return pad(texts, padding)
