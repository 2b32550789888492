"""Difference: two texts side by side, word by word."""

from __future__ import annotations

from difflib import SequenceMatcher

from asknext.evaluation.errors.words import tokens

SAME, MISSING, ADDED = "same", "missing", "added"

Part = dict[str, str]


def difference(wanted: str, given: str) -> list[Part]:
    """Return the parts of both texts in order: ``same``, ``missing`` in `given`, ``added`` there.

    Texts are compared by words, in scripts without blanks by characters.

    >>> [(part["op"], part["text"]) for part in difference("a big dog", "a small dog")]
    [('same', 'a '), ('missing', 'big'), ('added', 'small'), ('same', ' dog')]
    """
    ours, theirs = tokens(wanted), tokens(given)
    found: list[Part] = []
    matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            found.append({"op": SAME, "text": "".join(ours[a:b])})
            continue
        parts = ((MISSING, "".join(ours[a:b])), (ADDED, "".join(theirs[c:d])))
        found += [{"op": op, "text": text} for op, text in parts if text]
    return found
