"""Mapping: which column is what."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from asknext.core.errors import InvalidInput

_ALWAYS = ("text", "label", "id", "text_pair")


@dataclass(frozen=True, slots=True)
class Mapping:
    """Name the columns of a file; None where there is none.

    Every file has `text`, or `tokens`, of which the text is made. `label` holds the answers,
    `tags` those about the tokens. `text_pair` is a second text, `draft` one to correct. Of two
    answers to compare, `a` and `b` are in a fixed order and `label` names the better one, or
    `chosen` is the better one and `rejected` the other.

    >>> Mapping.from_json({"text": "body", "label": "topic"}).to_json()
    {'text': 'body', 'label': 'topic', 'id': None, 'text_pair': None}
    >>> Mapping(tokens="words", tags="ner").columns
    ('words', 'ner')
    """

    text: str | None = None
    label: str | None = None
    id: str | None = None
    text_pair: str | None = None
    tokens: str | None = None
    tags: str | None = None
    a: str | None = None
    b: str | None = None
    chosen: str | None = None
    rejected: str | None = None
    draft: str | None = None

    def __post_init__(self) -> None:
        used = self.columns
        if len(set(used)) != len(used):
            raise InvalidInput(f"each part needs a column of its own; given: {self._given()}")
        if problem := self._problem():
            raise InvalidInput(f"{problem}; given: {self._given()}")

    def _problem(self) -> str:
        if not (self.text or self.tokens):
            return "a mapping names the column of the text, or of its tokens"
        if self.tags and not self.tokens:
            return "tags belong to tokens; map the column of the tokens, too"
        if bool(self.a) != bool(self.b) or bool(self.chosen) != bool(self.rejected):
            return "answers to compare are two columns: a and b, or chosen and rejected"
        labels = [name for name in ("label", "tags", "chosen") if getattr(self, name)]
        if len(labels) > 1 or (self.chosen and self.a):
            return f"the answers come from one place, not from {' and '.join(labels or ['a'])}"
        return ""

    def _given(self) -> dict[str, str]:
        return {name: column for name, column in asdict(self).items() if column}

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that are named."""
        return tuple(self._given().values())

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the fields that examples get, but a draft that may be missing."""
        sources = {
            "text": self.text or self.tokens,
            "text_pair": self.text_pair,
            "a": self.a or self.chosen,
            "b": self.b or self.rejected,
        }
        return tuple(name for name, column in sources.items() if column)

    @property
    def answers(self) -> str | None:
        """Return the column that bad answers are reported under."""
        return self.label or self.tags or self.chosen

    def to_json(self) -> dict[str, str | None]:
        """Return plain JSON: text, label, id and text_pair, and what else is named."""
        return {name: column for name, column in asdict(self).items() if column or name in _ALWAYS}

    @classmethod
    def from_json(cls, data: AnyMapping[str, Any]) -> Mapping:
        """Read what `to_json` wrote; empty texts mean None.

        Raises:
            InvalidInput: an unknown key, no text, or parts that do not go together.
        """
        allowed = [field.name for field in fields(cls)]
        unknown = sorted(set(data) - set(allowed))
        if unknown:
            raise InvalidInput(
                f"a mapping names the columns {allowed}, text or tokens at least; given: "
                f"{dict(data)}"
            )
        values: dict[str, Any] = {name: column or None for name, column in data.items()}
        return cls(**values)
