"""Tokens and their tags from a file, as a text and its spans."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from asknext.core.batch import IntArray
from asknext.core.spans import OUTSIDE, Span, decode

Spans = list[dict[str, Any]]

_CHUNK = re.compile(r"[BIESLUM]-.+", re.DOTALL)
_AS_BIO = {"S": "B", "U": "B", "E": "I", "L": "I", "M": "I"}
_UNJUDGED = (None, "_")

# Scripts that write words without blanks: Han, Kana, their punctuation and full-width forms.
_UNSPACED = re.compile(
    "[\u2e80-\u312f\u31a0-\u4dbf\u4e00-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
    "\U00020000-\U0003ffff]"
)


def join(tokens: Sequence[str]) -> tuple[str, IntArray]:
    """Return the text of the tokens and their places (tokens, 2) in it.

    A blank goes between two tokens unless Chinese or Japanese stands on either side of it.

    >>> join(["in", "Firozpur", "."])[0], join(["在", "Firozpur", "建立", "。"])[0]
    ('in Firozpur .', '在Firozpur建立。')
    """
    text = tokens[0] if tokens else ""
    places = [(0, len(text))] if tokens else []
    for left, right in pairwise(tokens):
        near = _UNSPACED.match(left[-1:]) or _UNSPACED.match(right[:1])
        text += right if near else f" {right}"
        places.append((len(text) - len(right), len(text)))
    return text, np.array(places, np.int64).reshape(-1, 2)


def locate(tokens: Sequence[str], text: str) -> IntArray:
    """Return the places (tokens, 2) of the tokens in their text, one after the other.

    Raises:
        ValueError: a token is not in the rest of the text.

    >>> locate(["in", "Rome", "!"], "in  Rome!").tolist()
    [[0, 2], [4, 8], [8, 9]]
    """
    places, at = [], 0
    for token in tokens:
        start = text.find(token, at)
        if start < 0:
            raise ValueError(f"the token {token!r}, which the text does not hold there")
        at = start + len(token)
        places.append((start, at))
    return np.array(places, np.int64).reshape(-1, 2)


def is_chunked(tags: Sequence[str | None]) -> bool:
    """Tell tags of chunks (BIO, BIOES, BILOU) from plain ones such as parts of speech.

    Raises:
        ValueError: both are there.

    >>> is_chunked(["O", "B-PER", "I-PER"]), is_chunked(["NOUN", "VERB"]), is_chunked(["O"])
    (True, False, True)
    """
    given = {tag for tag in tags if tag not in (OUTSIDE, *_UNJUDGED)}
    plain = sorted(tag for tag in given if tag is not None and not _CHUNK.fullmatch(tag))
    if plain and len(plain) < len(given):
        raise ValueError(f"the tag {plain[0]!r} beside such as {sorted(given - set(plain))[0]!r}")
    return not plain


def spans_of(tags: Sequence[str | None], places: IntArray) -> Spans:
    """Return the spans that tags of tokens at `places` (tokens, 2) mark.

    Tags may be BIO (also the old kind, where ``B`` only parts neighbours), BIOES or BILOU; or
    plain, and then every token but ``O`` is a span of its own. Tokens tagged null or ``_`` were
    judged by nobody: a span without a label.

    Raises:
        ValueError: chunk tags and plain ones are mixed.

    >>> places = np.array([[0, 2], [3, 7], [8, 9]])
    >>> spans_of(["B-PER", "L-PER", "O"], places)
    [{'start': 0, 'end': 7, 'label': 'PER'}]
    >>> [span["label"] for span in spans_of(["ADP", None, "PUNCT"], places)]
    ['ADP', None, 'PUNCT']
    """
    chunked = is_chunked(tags)
    judged = [OUTSIDE if tag in _UNJUDGED else str(tag) for tag in tags]
    found = _chunks(judged, places) if chunked else _singles(judged, places)
    masked = decode(["I-" if tag in _UNJUDGED else OUTSIDE for tag in tags], places)
    return [
        {"start": start, "end": end, "label": label or None}
        for start, end, label in sorted([*found, *masked])
    ]


def _chunks(tags: Sequence[str], places: IntArray) -> list[Span]:
    return decode([_AS_BIO.get(tag[0], tag[0]) + tag[1:] for tag in tags], places)


def _singles(tags: Sequence[str], places: IntArray) -> list[Span]:
    pairs = zip(tags, places, strict=True)
    return [Span(int(start), int(end), tag) for tag, (start, end) in pairs if tag != OUTSIDE]


def label_of(tag: str | None) -> str | None:
    """Return the label of a tag, None for ``O`` and for what nobody judged.

    >>> label_of("B-creative-work"), label_of("NOUN"), label_of("O")
    ('creative-work', 'NOUN', None)
    """
    if tag == OUTSIDE or tag is None or tag in _UNJUDGED:
        return None
    return tag.partition("-")[2] if _CHUNK.fullmatch(tag) else tag
