"""What `new`, `import`, `predict` and `simulate` share about files: columns and bad rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from asknext.cli.output import note
from asknext.core.errors import BadRow, InvalidInput
from asknext.loop.choosing import choose_columns, guess_mapping, task_json, usual_kind

ROLES = (
    "text", "label", "id", "text_pair", "tokens", "tags", "a", "b", "chosen", "rejected", "draft",
)  # fmt: skip
_ANSWERS = ("label", "tags", "chosen", "rejected")


def given_columns(columns: Sequence[str] | None = None, **roles: str | None) -> dict[str, str]:
    """Return the columns that were named: by options of their own, or as ``ROLE=NAME``.

    Raises:
        InvalidInput: not of that form, or no such role.

    >>> given_columns(["tokens=words", "tags=ner"], id="nr", label=None)
    {'id': 'nr', 'tokens': 'words', 'tags': 'ner'}
    """
    named = {role: name for role, name in roles.items() if name}
    for each in columns or ():
        role, _, name = each.partition("=")
        if role not in ROLES or not name:
            raise InvalidInput(f"--column is {each!r}; allowed: ROLE=NAME, ROLE of: {list(ROLES)}")
        named[role] = name
    return named


def with_given(guess: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """Return the guessed columns with those given in their place.

    A given column pushes out what it leaves no room for: another use of the same column, other
    answers than the given ones, tokens where the text is given.

    >>> guess = {"tokens": "words", "tags": "ner", "label": None, "id": "nr"}
    >>> with_given(guess, {"text": "sentence", "label": "intent"})
    {'id': 'nr', 'text': 'sentence', 'label': 'intent'}
    """
    gone = {role for role, name in guess.items() if not name or name in given.values()}
    if set(given) & {*_ANSWERS, "a", "b"}:
        gone |= set(_ANSWERS)
    if "text" in given or "tokens" in given:
        gone |= {"text", "tokens", "tags"}
    return {**{role: name for role, name in guess.items() if role not in gone}, **given}


def choose_task(
    file: Path | None, said: Mapping[str, Any], columns: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the task and the columns: what was said, the rest guessed from the file and told."""
    known = {name: value for name, value in said.items() if value not in (None, [])}
    if file is None:
        return task_json(usual_kind(known), known), {}
    chosen = choose_columns(file, known)
    mapping = with_given(chosen.mapping, columns)
    kind = chosen.kind
    if columns and not known.get("kind"):
        kind = choose_columns(file, known, mapping).kind
    if not known.get("kind"):
        why = f", since {chosen.why}" if chosen.why and chosen.kind == kind else ""
        note(f"task guessed: {kind}{why} (override with --task)")
    tell_guessed(mapping, columns)
    return task_json(kind, known, path=file, mapping=mapping), mapping


def mapping_of(
    file: Path,
    text: str | None,
    label: str | None,
    id: str | None = None,
    *,
    columns: Sequence[str] | None = None,
    kind: str | None = None,
) -> dict[str, Any]:
    """Return the columns to read: those given, the others guessed; says what was guessed."""
    given = given_columns(columns, text=text, label=label, id=id)
    found = with_given(guess_mapping(file, kind), given)
    tell_guessed(found, given)
    return found


def tell_guessed(found: Mapping[str, Any], given: Mapping[str, str]) -> None:
    """Say which columns were guessed, and how to name them."""
    guessed = [f"{role} = {name!r}" for role, name in found.items() if name and role not in given]
    if guessed:
        note(
            f"columns guessed: {', '.join(guessed)} (override with --text, --label, --id, or "
            "--column ROLE=NAME)"
        )


class BadRowFile:
    """Write bad rows to a file as JSON lines, from the first one on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.total = 0
        self._file: IO[str] | None = None

    def __call__(self, row: BadRow) -> None:
        """Write one row."""
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8")
        self.total += 1
        self._file.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")

    def close(self) -> None:
        """Finish the file."""
        if self._file is not None:
            self._file.close()


@contextmanager
def bad_rows(file: Path, skip: bool) -> Iterator[BadRowFile | None]:
    """Give a place for bad rows where they are to be skipped; tell where they went."""
    if not skip:
        yield None
        return
    sink = BadRowFile(file.with_name(f"{file.name}.bad.jsonl"))
    try:
        yield sink
    finally:
        sink.close()
    if sink.total:
        note(f"{sink.total} bad row(s) left out; they are in {sink.path}")
