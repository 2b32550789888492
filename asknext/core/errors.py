"""Every error that asknext raises on purpose.

AsknextError
├── InvalidInput        what the caller gave cannot be used
│   ├── InvalidAnswer   an answer the task does not allow
│   ├── BadRows         rows of a file that cannot be read
│   └── Unsupported     a combination of task, strategy, model … that cannot work
├── NotFound            a name or id that does not exist
├── AlreadyExists       a name that is taken
├── MissingExtra        an optional library is not installed; says what to type
├── NotReady            the thing exists but cannot answer yet
└── StoreError          the database refused

Each message says what was given, what is allowed and what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class AsknextError(Exception):
    """Be the root of every error raised on purpose; `code` is stable and machine-readable."""

    code = "error"


class InvalidInput(AsknextError, ValueError):
    """Reject what the caller gave."""

    code = "invalid_input"


class InvalidAnswer(InvalidInput):
    """Reject an answer that the task does not allow; `allowed` says what it allows."""

    code = "invalid_answer"

    def __init__(self, message: str, allowed: str = "") -> None:
        self.allowed = allowed
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class BadRow:
    """Say where a row is, what was found there and what is allowed (`row` counts from 1)."""

    file: str
    row: int
    column: str
    found: str
    allowed: str

    def __str__(self) -> str:
        return (
            f"{self.file}, row {self.row}, column {self.column!r}: "
            f"found {self.found}, allowed: {self.allowed}"
        )


class BadRows(InvalidInput):
    """Reject a file with unreadable rows; `rows` holds the first of them, `total` counts all."""

    code = "bad_rows"

    def __init__(self, rows: Sequence[BadRow], total: int | None = None) -> None:
        self.rows = tuple(rows)
        self.total = len(self.rows) if total is None else total
        shown = "\n".join(f"  {row}" for row in self.rows[:5])
        more = f"\n  … and {self.total - 5} more" if self.total > 5 else ""
        super().__init__(
            f"{self.total} unreadable row(s); nothing was imported:\n{shown}{more}\n"
            "Mend the file, or import the rest with --skip-bad."
        )


class Unsupported(InvalidInput):
    """Reject a combination that cannot work; the message names what can."""

    code = "unsupported"


class NotFound(AsknextError, LookupError):
    """Report a name or id that does not exist."""

    code = "not_found"

    @classmethod
    def among(cls, what: str, name: object, known: Sequence[str]) -> NotFound:
        """Build the message that lists what exists.

        >>> str(NotFound.among("strategy", "magic", ["margin", "random"]))
        "no strategy named 'magic'; there is: margin, random"
        """
        there = ", ".join(sorted(known)) or "none yet"
        return cls(f"no {what} named {str(name)!r}; there is: {there}")


class AlreadyExists(AsknextError):
    """Report a name that is taken."""

    code = "already_exists"


class MissingExtra(AsknextError, ImportError):
    """Report an optional library that is not installed, with the command that installs it."""

    code = "missing_extra"


class NotReady(AsknextError):
    """Report something that exists but cannot answer yet."""

    code = "not_ready"


class StoreError(AsknextError):
    """Report that the database refused."""

    code = "store"
