"""Columns: what kind of values each holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asknext.data.values import is_missing

TEXT, CATEGORY, NUMBER, ID, OTHER, EMPTY = "text", "category", "number", "id", "other", "empty"

_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*")
_ID_WORDS = (
    "id uid uuid guid identifier exampleid textid docid documentid messageid msgid tweetid "
    "reviewid commentid articleid questionid rowid recordid itemid sampleid idx index "
    "编号 序号 主键 标识 标识符 唯一标识 文档编号 样本编号 文本编号 记录编号"
)
_ID_NAMES = frozenset(_ID_WORDS.split())


@dataclass(frozen=True, slots=True)
class Column:
    """Describe a column by its first rows.

    `kind` is ``text``, ``category`` (few distinct short values), ``number``, ``id`` (distinct
    and named like one), ``other`` (lists, objects, yes or no beside text …) or ``empty``.
    `sample` holds up to three distinct values, `distinct` counts all seen.
    """

    name: str
    kind: str
    sample: tuple[Any, ...]
    distinct: int


def folded(name: str) -> str:
    """Fold a column name for comparison: no case, no separators.

    >>> folded("Example_ID")
    'exampleid'
    """
    return re.sub(r"[\s_\-.]+", "", name.casefold())


def columns_of(rows: Sequence[Mapping[str, Any]]) -> tuple[Column, ...]:
    """Describe the columns of some rows, in order of first appearance.

    >>> [column.kind for column in columns_of([{"a": "x", "b": 1.5}, {"a": "y", "b": 2}])]
    ['category', 'number']
    """
    names = dict.fromkeys(name for row in rows for name in row)
    return tuple(_column(name, [row.get(name) for row in rows]) for name in names)


def _column(name: str, values: Sequence[Any]) -> Column:
    given = [value for value in values if not is_missing(value)]
    distinct = list({str(value): value for value in given}.values())
    return Column(name, _kind(name, given, len(distinct)), tuple(distinct[:3]), len(distinct))


def _kind(name: str, values: Sequence[Any], distinct: int) -> str:
    if not values:
        return EMPTY
    if any(isinstance(value, list | dict) for value in values):
        return OTHER
    if folded(name) in _ID_NAMES and distinct == len(values):
        return ID
    if all(is_number(value) for value in values):
        whole = all(float(value).is_integer() for value in values)
        return CATEGORY if whole and _few(distinct, len(values)) else NUMBER
    return CATEGORY if _few(distinct, len(values)) and mean_length(values) <= 40 else TEXT


def is_number(value: Any) -> bool:
    """Tell whether a value is a number, or a text that is one; yes and no are not.

    >>> is_number("-1.5e3"), is_number("4 sheep"), is_number(True)
    (True, False, False)
    """
    if isinstance(value, str):
        return _NUMBER.fullmatch(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)


def mean_length(values: Sequence[Any]) -> float:
    """Return the mean number of characters; 0 for no values. A Chinese character counts two."""
    texts = [str(value) for value in values]
    wide = sum(1 for text in texts for letter in text if letter >= "\u2e80")
    return (sum(map(len, texts)) + wide) / max(1, len(texts))


def _few(distinct: int, total: int) -> bool:
    """Call values few where they repeat; of two or three rows nothing can be said but "few"."""
    return distinct <= max(2, total // 2)
