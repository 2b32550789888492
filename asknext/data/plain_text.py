"""Plain text: a line is an example."""

from __future__ import annotations

from pathlib import Path

from asknext.data.encodings import open_text
from asknext.data.formats import OnBad, Rows


def read_text(path: Path, on_bad: OnBad) -> Rows:
    """Read the lines that are not blank as the column ``text``; no line can be bad."""
    number = 0
    with open_text(path) as file:
        for line in file:
            if line.strip():
                number += 1
                yield number, {"text": line.rstrip("\n")}
