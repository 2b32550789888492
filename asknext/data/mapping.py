"""Mapping: which column is what."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from asknext.core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Mapping:
    """Name the columns of text, label, id and second text; None where there is none.

    >>> Mapping.from_json({"text": "body", "label": "topic"}).to_json()
    {'text': 'body', 'label': 'topic', 'id': None, 'text_pair': None}
    """

    text: str
    label: str | None = None
    id: str | None = None
    text_pair: str | None = None

    def __post_init__(self) -> None:
        used = self.columns
        if not self.text or len(set(used)) != len(used):
            raise InvalidInput(
                f"each of text, label, id and text_pair needs a column of its own; given: {used}"
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the columns that are named."""
        named = (self.text, self.label, self.id, self.text_pair)
        return tuple(column for column in named if column)

    def to_json(self) -> dict[str, str | None]:
        """Return plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: AnyMapping[str, Any]) -> Mapping:
        """Read what `to_json` wrote; empty texts mean None.

        Raises:
            InvalidInput: an unknown key, or no text column.
        """
        allowed = [field.name for field in fields(cls)]
        unknown = sorted(set(data) - set(allowed))
        if unknown or not data.get("text"):
            raise InvalidInput(
                f"a mapping names the columns {allowed}, text at least; given: {dict(data)}"
            )
        values: dict[str, Any] = {name: column or None for name, column in data.items()}
        return cls(**values)
