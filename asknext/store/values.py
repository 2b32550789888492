"""Values: what may go into a store, checked once for every kind of store.

JSON values are copied to plain dictionaries and lists, so that what comes back is the same from
memory, SQLite and PostgreSQL, and nobody can change a stored fact through an object he kept.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from asknext.core.errors import InvalidInput
from asknext.core.examples import Example

LONGEST = 256  # characters; two of them and a project still fit one PostgreSQL index entry
_WRITER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_READ = json.JSONDecoder().raw_decode
_AS_IT_IS = frozenset({str, int, bool, type(None)})


def plain(value: Any, what: str) -> Any:
    """Copy a JSON value: tuples become lists, other mappings dictionaries.

    Raises:
        InvalidInput: NaN, infinity, a key that is not text, or a type that JSON does not have.

    >>> plain({"label": ("yes", 1, None)}, "data")
    {'label': ['yes', 1, None]}
    >>> plain(float("nan"), "data['seconds']")
    Traceback (most recent call last):
    asknext.core.errors.InvalidInput: data['seconds'] is nan, which JSON does not have; give None
    """
    if type(value) in _AS_IT_IS:
        return value
    if isinstance(value, Mapping):
        return {_json_key(k, what): plain(v, f"{what}[{k!r}]") for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v, f"{what}[{i}]") for i, v in enumerate(value)]
    return _scalar(value, what)


def _scalar(value: Any, what: str) -> Any:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InvalidInput(f"{what} is {float(value)}, which JSON does not have; give None")
        return float(value)
    kinds: tuple[Callable[[Any], Any], ...] = (str, int)
    for kind in kinds:
        if isinstance(value, kind):  # type: ignore[arg-type]  # str and int are types
            return kind(value)
    raise InvalidInput(
        f"{what} is a {type(value).__name__}, which JSON does not have; allowed: text, numbers, "
        "True, False, None, lists and dictionaries of them"
    )


def _json_key(key: Any, what: str) -> str:
    if not isinstance(key, str):
        raise InvalidInput(f"{what} has the key {key!r}; allowed: text keys")
    return str(key)


def fields(value: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Copy a mapping of JSON values; short work for the usual flat one."""
    for key, item in value.items():
        if type(key) is not str or type(item) not in _AS_IT_IS:
            copied: dict[str, Any] = plain(value, what)
            return copied
    return dict(value)


def name(value: str, what: str) -> str:
    """Check a text that things are found by: id, annotator, key, name of an artifact.

    Raises:
        InvalidInput: longer than 256 characters, or with characters no database keeps.

    >>> name("例 1", "id")
    '例 1'
    """
    if not isinstance(value, str):
        raise InvalidInput(f"{what} must be text; given: {value!r}")
    if len(value) > LONGEST:
        raise InvalidInput(f"{what} {value[:40]!r}… has {len(value)} characters; at most {LONGEST}")
    if not storable(value):
        raise InvalidInput(f"{what} {value!r} holds NUL or half a surrogate pair; remove it")
    return value


def storable(value: str) -> bool:
    """Tell whether a database can keep a text; one that it cannot is never found there."""
    return "\0" not in value and (value.isascii() or encodable(value))


def encodable(value: str) -> bool:
    """Tell whether a text is free of half surrogate pairs.

    >>> encodable("𝒜"), encodable(chr(0xD835))
    (True, False)
    """
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def moment(value: float, what: str) -> float:
    """Check a time in seconds: any number but NaN."""
    if math.isnan(value):
        raise InvalidInput(f"{what} is NaN; give seconds since 1970")
    return float(value)


def dumps(value: Any) -> str:
    """Write compact JSON that every database takes; half surrogates are escaped.

    >>> dumps({"text": "好"})
    '{"text":"好"}'
    """
    text = _WRITER.encode(value)
    return text if text.isascii() or encodable(text) else json.dumps(value, allow_nan=False)


def loads(text: str) -> Any:
    """Read what `dumps` wrote: nothing stands around it, so half the standard way is saved.

    >>> loads('{"text":"好"}')
    {'text': '好'}
    """
    return _READ(text)[0]


Parts = tuple[
    str, dict[str, Any], dict[str, Any], str, str | None, str | None, str, Any
]  # the arguments of Example, in order


def parts(given: Example) -> Parts:
    """Copy the parts of an example, checked; ``Example(*parts(x))`` equals x as JSON keeps it."""
    names = (given.id, given.key, given.split, given.copy_of or "", given.near or "")
    if not _harmless(names):
        for value, what in zip(names, ("the id", "key", "split", "copy_of", "near"), strict=True):
            name(value, what)
    return (
        given.id,
        fields(given.fields, "fields"),
        fields(given.meta, "meta"),
        given.key,
        given.copy_of,
        given.near,
        given.split,
        plain(given.gold, "gold"),
    )


def _harmless(names: tuple[str, ...]) -> bool:
    try:
        joined = "".join(names)
    except TypeError:
        return False
    return len(joined) <= LONGEST and joined.isascii() and "\0" not in joined
