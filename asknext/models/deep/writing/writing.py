"""Writing: the settings of a model that writes, beyond those of every fine-tuning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from asknext.core.errors import InvalidInput

LONGEST_ANSWER = 256


@dataclass(frozen=True, slots=True)
class Writing:
    """Hold how answers are written.

    Args:
        beams: alternatives that are followed; 1 takes the likeliest token each time.
        max_new_tokens: most tokens of an answer; None for half as many again as the longest
            answer learnt from has, at most 256.
        samples: texts drawn for each example where a strategy wants them.
        sample_temperature: by what scores are divided before drawing.
    """

    beams: int = 1
    max_new_tokens: int | None = None
    samples: int = 5
    sample_temperature: float = 1.0

    def __post_init__(self) -> None:
        for name in ("beams", "max_new_tokens", "samples"):
            given = getattr(self, name)
            if given is not None and not (isinstance(given, int) and given >= 1):
                raise InvalidInput(f"{name} must be a whole number from 1 on; given: {given!r}")
        if not self.sample_temperature > 0:
            raise InvalidInput(
                f"sample_temperature must be above 0; given: {self.sample_temperature!r}"
            )

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self)

    @classmethod
    def taken(cls, settings: Mapping[str, Any]) -> tuple[Writing, dict[str, Any]]:
        """Return what of these settings is for writing, and the rest."""
        names = {field.name for field in fields(cls)}
        own = {name: value for name, value in settings.items() if name in names}
        return cls(**own), {n: value for n, value in settings.items() if n not in names}
