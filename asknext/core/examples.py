"""Example: one thing that can be labelled."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple

POOL = "pool"
TEST = "test"

_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def _trimmed(value: Any) -> Any:
    return unicodedata.normalize("NFC", value).strip() if isinstance(value, str) else value


def content_key(fields: Mapping[str, Any]) -> str:
    """Digest fields to 32 hex digits; equal fields (after NFC and trimming) share it.

    >>> content_key({"text": "hello"}) == content_key({"text": " hello "})
    True
    >>> len(content_key({"text": "hello"}))
    32
    """
    # Text by text: the encoder has a fast path for a bare string, and imports call this per row.
    inner = ",".join([f"{_json(name)}:{_json(_trimmed(fields[name]))}" for name in sorted(fields)])
    text = f"{{{inner}}}"
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Example:
    """Hold one thing that can be labelled.

    `id` is stable and unique in its project, never a position. `fields` is what is shown and
    encoded (``text``, ``text_pair`` …), `meta` the other columns. `key` digests the fields: exact
    copies share it. `copy_of` is the id of the first exact copy (None on the first itself),
    `near` the id of the first example of its near-duplicate group (None where there is none).
    `split` is ``pool`` or ``test``. `gold` is a known answer that annotators never see: the
    oracle of a simulation, or the label of a test example.
    """

    id: str
    fields: Mapping[str, Any]
    meta: Mapping[str, Any] = field(default_factory=dict)
    key: str = ""
    copy_of: str | None = None
    near: str | None = None
    split: str = POOL
    gold: Any = None

    def __post_init__(self) -> None:
        if not self.key:
            object.__setattr__(self, "key", content_key(self.fields))

    @property
    def text(self) -> str:
        """Return the text to encode; a pair is joined by a line break."""
        pair = self.fields.get("text_pair")
        text = str(self.fields.get("text", ""))
        return text if pair is None else f"{text}\n{pair}"


def exact_key(example: Example) -> str:
    """Digest what is counted in characters: texts that differ by a blank have different ones.

    Where the text is as `content_key` reads it, it is the key of the example.

    >>> exact_key(text_example("hello")) == text_example("hello").key
    True
    >>> exact_key(text_example(" hello")) == exact_key(text_example("hello"))
    False
    """
    text = example.fields.get("text")
    if _trimmed(text) == text:
        return example.key
    whole = f"{example.key}{_json(text)}"
    return blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def text_example(text: str) -> Example:
    """Wrap a bare text; its id is its content key."""
    fields = {"text": text}
    key = content_key(fields)
    return Example(id=key, fields=fields, key=key)


class Outline(NamedTuple):
    """Be the small part of a stored example that the loop keeps in memory.

    `row` is its place in the project's order of arrival: 0, 1, 2 … without gaps.
    """

    row: int
    id: str
    key: str
    copy_of: str | None
    near: str | None
    split: str
