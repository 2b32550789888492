"""CoNLL: a token and its tag a line, a blank line between texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from asknext.core.batch import IntArray
from asknext.core.errors import InvalidInput
from asknext.core.spans import MASKED, encode, tags_of
from asknext.data.atomic import replacing
from asknext.data.encodings import open_text
from asknext.data.formats import OnBad, Rows

Spans = Sequence[Mapping[str, Any]]

UNJUDGED = "_"
_START = "-DOCSTART-"
_COMMENT = re.compile(r"#\s*(text|text_json|sent_id|id)\s*=\s?(.*)", re.DOTALL)
_UNSPACED = "\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # a word a character
_MARKS = r"!-/:-@\[-`{-~¡«»¿\u2010-\u2027\u2030-\u205e\uff00-\uff0f\uff1a-\uff20"
_WORD = re.compile(rf"[^\s{_UNSPACED}{_MARKS}]+|\S")


def read_conll(path: Path, on_bad: OnBad) -> Rows:
    """Read texts as the columns ``tokens`` and ``tags``: the first and the last of each line.

    Columns are parted by tabs, or by blanks where there is no tab. Comments of the form
    ``# text = …`` and ``# id = …`` (``sent_id``) become the columns ``text`` and ``id``; other
    comments and ``-DOCSTART-`` are passed over. No row can be bad: what does not fit is found
    when tokens and tags are read.
    """
    number = 0
    with open_text(path) as file:
        for lines in _blocks(file):
            row = _row(lines)
            if row["tokens"]:
                number += 1
                yield number, row


def _blocks(file: TextIO) -> Iterator[list[str]]:
    lines: list[str] = []
    for line in file:
        if line.strip():
            lines.append(line.rstrip("\r\n"))
        elif lines:
            yield lines
            lines = []
    if lines:
        yield lines


def _row(lines: list[str]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    tokens, tags = [], []
    for line in lines:
        comment = None if "\t" in line else _COMMENT.fullmatch(line)
        cells = line.split("\t") if "\t" in line else line.split()
        if comment:
            row |= _named(*comment.groups())
        elif not (line.startswith("#") and len(cells) != 2) and cells[0] != _START:
            tokens.append(cells[0])
            tags.append(cells[-1] if len(cells) > 1 else UNJUDGED)
    return {**row, "tokens": tokens, "tags": tags}


def _named(name: str, value: str) -> dict[str, Any]:
    if name == "text_json":
        try:
            return {"text": json.loads(value)}
        except ValueError:
            return {}
    return {"id" if name.endswith("id") else name: value}


def write_conll(rows: Iterable[Mapping[str, Any]], path: Path) -> int:
    """Write the labelled texts of a tagging project as CoNLL, tags in IOB2, and return how many.

    A line is a token, a tab and its tag. Tokens are words and marks; a Chinese character is a
    token of its own, and the ends of spans part words, so that they are kept exactly. Only
    blanks at the ends of a span belong to no token. What nobody judged is tagged ``_``.
    Comments keep the id and the text, which tokens alone would not give back.

    Raises:
        InvalidInput: the rows are not of a tagging project.
    """
    count = 0
    with replacing(path) as beside, beside.open("x", encoding="utf-8", newline="\n") as file:
        for row in rows:
            kind = (row.get("task") or {}).get("kind", "tagging")
            if kind != "tagging":
                raise InvalidInput(
                    f"conll holds tags of tokens, and this is a {kind} project; export it as csv, "
                    "jsonl, parquet, datasets or label-studio"
                )
            if row.get("label") is not None:
                file.write("\n".join(_lines(row)) + "\n\n")
                count += 1
    return count


def _lines(row: Mapping[str, Any]) -> Iterator[str]:
    text = str(row["fields"]["text"])
    yield f"# id = {row['id']}"
    plain = text == text.strip() and len(text.splitlines()) == 1 and "\t" not in text
    yield f"# text = {text}" if plain else f"# text_json = {json.dumps(text, ensure_ascii=True)}"
    places = words(text, row["label"])
    for (start, end), tag in zip(places, tags_at(row["label"], places), strict=True):
        yield f"{text[start:end]}\t{tag}"


def words(text: str, spans: Spans = ()) -> IntArray:
    """Return the places (words, 2) of the words of a text, parted also where a span ends.

    >>> text = "Bo's in 北京!"
    >>> places = words(text, [{"start": 0, "end": 1, "label": "PER"}])
    >>> [text[start:end] for start, end in places]
    ['B', 'o', "'", 's', 'in', '北', '京', '!']
    """
    ends = (span[name] for span in spans for name in ("start", "end"))
    found = [
        (start + match.start(), start + match.end())
        for start, end in pairwise(sorted({0, len(text), *ends}))
        for match in _WORD.finditer(text[start:end])
    ]
    return np.array(found, np.int64).reshape(-1, 2)


def tags_at(spans: Spans, places: IntArray) -> list[str]:
    """Return the IOB2 tags of tokens at these places; ``_`` for those that nobody judged.

    >>> tags_at([{"start": 0, "end": 5, "label": "PER"}], np.array([[0, 2], [3, 5], [6, 8]]))
    ['B-PER', 'I-PER', 'O']
    """
    names = tags_of(sorted({span["label"] for span in spans if span["label"] is not None}))
    numbers = encode(spans, places, names)
    return [UNJUDGED if number == MASKED else names[number] for number in numbers]
