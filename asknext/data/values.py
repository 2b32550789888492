"""Values of all origins as plain JSON values."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(text: str) -> bool:
    r"""Tell whether every database and file can hold the text: no NUL, no lone surrogate.

    >>> storable("文本"), storable("a\0b")
    (True, False)
    """
    return "\0" not in text and (text.isascii() or _UNSTORABLE.search(text) is None)


def plain(value: Any) -> Any:
    """Return the value as JSON: dates as ISO text, library scalars as Python's, NaN as None.

    Bytes are not kept, only their length; characters no database holds become U+FFFD.

    >>> plain({"when": date(2024, 2, 29), "score": float("nan"), "tags": ("a", 1)})
    {'when': '2024-02-29', 'score': None, 'tags': ['a', 1]}
    """
    if isinstance(value, str):
        return value if storable(value) else _UNSTORABLE.sub("\ufffd", value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {plain(str(name)): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return _foreign(value)


def _foreign(value: Any) -> Any:
    if isinstance(value, datetime | date | time):
        return None if value != value else value.isoformat()  # pandas' NaT is not itself
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    for convert in ("as_py", "tolist", "item"):  # pyarrow scalars; numpy arrays and scalars
        if hasattr(value, convert):
            return plain(getattr(value, convert)())
    return plain(str(value))


def is_missing(value: Any) -> bool:
    """Tell whether there is no value: None, NaN or an empty text.

    >>> is_missing(""), is_missing(float("nan")), is_missing(0)
    (True, True, False)
    """
    return value is None or value == "" or bool(isinstance(value, float) and math.isnan(value))


def describe(value: Any) -> str:
    """Say briefly what a value is, for a message about a bad row.

    >>> describe(None), describe("  "), describe([1, 2])
    ('nothing', 'an empty text', 'a list: [1, 2]')
    """
    value = plain(value)
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f"the text {_short(value)!r}" if value.strip() else "an empty text"
    names = {bool: "a yes or no", int: "a number", float: "a number", list: "a list"}
    return f"{names.get(type(value), 'an object')}: {_short(str(value))}"


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
