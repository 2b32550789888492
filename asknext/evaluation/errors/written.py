"""Written: what kinds of error there are in a text that a model wrote."""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher

from asknext.evaluation.errors.difference import COMPARED
from asknext.evaluation.errors.words import script, tokens

SHORT, LONG = 0.5, 2.0  # of the wanted length, in words
COPIED = 0.9  # likeness to the source from which a text counts as copied
TIMES = 3  # that a run of words follows itself
RUN = 4  # words of a run, at most

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def types(wanted: str, given: str, source: str = "") -> list[str]:
    """Return what is wrong with the text that was given, found by rules alone.

    Of: ``empty``, ``copied`` (from the source), ``script`` (another writing system), ``short``,
    ``long``, ``repeated`` (words follow themselves three times), ``numbers`` (others, or not as
    many), ``order`` (the same words), ``wording`` where it is none of these.

    >>> types("Room 12 is free", "Room 21 is free")
    ['numbers']
    >>> types("很好", "very very very very good", "很好")
    ['script', 'long', 'repeated']
    >>> types("same", "same")
    []
    """
    if given.strip() == wanted.strip():
        return []
    if not given.strip():
        return ["empty"]
    ours, theirs = _words(wanted), _words(given)
    found = {
        "copied": _copied(wanted, given, source),
        "script": bool(script(wanted) and script(given)) and script(wanted) != script(given),
        "short": len(theirs) < SHORT * len(ours),
        "long": len(theirs) > LONG * len(ours),
        "repeated": _repeats(theirs) and not _repeats(ours),
        "numbers": Counter(_NUMBER.findall(wanted)) != Counter(_NUMBER.findall(given)),
        "order": Counter(ours) == Counter(theirs),
    }
    return [name for name, there in found.items() if there] or ["wording"]


def _words(text: str) -> list[str]:
    return [token for token in tokens(text.casefold()) if not token.isspace()]


def _copied(wanted: str, given: str, source: str) -> bool:
    if not source.strip():
        return False
    return _alike(given, source) >= COPIED > _alike(wanted, source)


def _alike(one: str, other: str) -> float:
    ours, theirs = _words(one)[:COMPARED], _words(other)[:COMPARED]
    return SequenceMatcher(None, ours, theirs, autojunk=False).ratio()


def _repeats(words: list[str]) -> bool:
    for size in range(1, RUN + 1):
        for start in range(len(words) - TIMES * size + 1):
            run = words[start : start + size]
            if words[start : start + TIMES * size] == run * TIMES and any(map(str.isalpha, run)):
                return True
    return False
