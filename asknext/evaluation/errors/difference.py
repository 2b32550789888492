"""Difference: two texts side by side, word by word."""

from __future__ import annotations

from difflib import SequenceMatcher

from asknext.evaluation.errors.words import tokens

SAME, MISSING, ADDED = "same", "missing", "added"
COMPARED = 500  # words of each text; comparing takes time with their square

Part = dict[str, str]


def difference(wanted: str, given: str) -> list[Part]:
    """Return the parts of both texts in order: ``same``, ``missing`` in `given`, ``added`` there.

    Texts are compared by words, in scripts without blanks by characters; of long ones the first
    500 are compared, what comes after stands as it is.

    >>> [(part["op"], part["text"]) for part in difference("a big dog", "a small dog")]
    [('same', 'a '), ('missing', 'big'), ('added', 'small'), ('same', ' dog')]
    """
    ours, theirs = tokens(wanted), tokens(given)
    found: list[Part] = []
    matcher = SequenceMatcher(None, ours[:COMPARED], theirs[:COMPARED], autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            found.append({"op": SAME, "text": "".join(ours[a:b])})
        else:
            found += _differing(ours[a:b], theirs[c:d])
    return found + _differing(ours[COMPARED:], theirs[COMPARED:])


def _differing(ours: list[str], theirs: list[str]) -> list[Part]:
    if ours == theirs:
        return [{"op": SAME, "text": "".join(ours)}] if ours else []
    parts = ((MISSING, "".join(ours)), (ADDED, "".join(theirs)))
    return [{"op": op, "text": text} for op, text in parts if text]
