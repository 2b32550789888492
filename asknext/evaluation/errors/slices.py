"""Slices: groups of examples that anyone can name, where the model is wrong more often."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import count, pairwise
from typing import Any

import numpy as np

from asknext.core.batch import FloatArray
from asknext.evaluation.errors.evidence import Evidence, Finding, finding
from asknext.evaluation.errors.excess import LEVEL, SUPPORT, Mask, excess, tested
from asknext.evaluation.errors.words import common, script

KIND = "slices"
KEYWORDS = 200  # words that are tried, the most frequent ones
DISTINCT = 50  # values of a column of metadata above which it is no category
PARTS = 4  # into which lengths and numbers are cut

Groups = Iterator[tuple[str, Mask]]


def slices(evidence: Evidence) -> Finding:
    """List named groups with more errors than chance puts there.

    Tried are: metadata, length, language, label, annotator, keywords. Which groups there are
    depends on no error, so the tests hold; ``q`` is corrected for all groups tried.
    """
    groups: dict[str, Mask] = {}
    for name, mask in _all(evidence):
        groups[_unused(name, groups)] = mask
    items = excess(evidence, groups)
    note = (
        f"significant where q is at most {LEVEL}: of the groups called so, that share is expected "
        "to be chance; questions that a strategy chose are harder than the pool"
    )
    return finding(KIND, items, note, **tested(items, len(groups)))


def _all(evidence: Evidence) -> Groups:
    judged = evidence.judged.tolist()
    for make in MAKERS:
        for name, mask in make(evidence, judged):
            if mask.sum() >= SUPPORT:
                yield name, mask


def _unused(name: str, names: Collection[str]) -> str:
    """Return a name that nothing has yet: groups of one name would hide each other."""
    tried = (f"{name} ({n})" for n in count(2))
    return name if name not in names else next(other for other in tried if other not in names)


def _by_value(what: str, values: Sequence[str]) -> Groups:
    for value in sorted(set(values) - {""}):
        yield f"{what}: {value}", np.array([each == value for each in values])


def _by_number(what: str, values: FloatArray) -> Groups:
    """Cut numbers into parts of about the same size; NaN is in none."""
    known = values[np.isfinite(values)]
    if not len(known):
        return
    cuts = np.unique(np.quantile(known, np.linspace(0, 1, PARTS + 1)))
    for low, high in pairwise(cuts.tolist()):
        last = high == cuts[-1]
        inside = (values >= low) & ((values <= high) if last else (values < high))
        yield f"{what}: {low:.12g} – {high:.12g}", inside


def _metadata(evidence: Evidence, judged: Sequence[int]) -> Groups:
    if not evidence.meta:
        return
    rows = [evidence.meta[place] for place in judged]
    for column in sorted({name for row in rows for name in row}):
        what = f"meta {column}"  # a column may be called as the groups below are
        values = [row.get(column) for row in rows]
        numbers = [_number(value) for value in values]
        there = [value for value in values if value is not None and value != ""]
        kinds = len({str(value) for value in there})
        if kinds > PARTS and all(_number(value) is not None for value in there):
            nan = math.nan
            yield from _by_number(what, np.array([nan if v is None else v for v in numbers]))
        elif kinds <= DISTINCT:
            yield from _by_value(what, ["" if v is None else str(v) for v in values])


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _length(evidence: Evidence, judged: Sequence[int]) -> Groups:
    lengths = np.array([len(evidence.texts[place]) for place in judged], float)
    yield from _by_number("characters", lengths)


def _language(evidence: Evidence, judged: Sequence[int]) -> Groups:
    scripts = [script(evidence.texts[place]) for place in judged]
    yield from _by_value("script", scripts)
    if evidence.language:
        yield from _by_value("language", [evidence.language[place] for place in judged])


def _label(evidence: Evidence, judged: Sequence[int]) -> Groups:
    held = [evidence.task.parts(evidence.actual[place]) for place in judged]
    for label, n in sorted(Counter(part for parts in held for part in parts).items()):
        if n >= SUPPORT:
            yield f"label: {label}", np.array([label in parts for parts in held])


def _annotator(evidence: Evidence, judged: Sequence[int]) -> Groups:
    places: dict[str, list[int]] = defaultdict(list)
    for at, place in enumerate(judged):
        for opinion in evidence.said[place] if evidence.said else ():
            places[opinion.who].append(at)
    for who in sorted(places) if len(places) > 1 else ():
        mask = np.zeros(len(judged), np.bool_)
        mask[places[who]] = True
        yield f"annotator: {who}", mask


def _keyword(evidence: Evidence, judged: Sequence[int]) -> Groups:
    found = common([evidence.texts[place] for place in judged], SUPPORT, KEYWORDS)
    yield from ((f"word: {word}", mask) for word, mask in found.items())


MAKERS: tuple[Callable[[Evidence, Sequence[int]], Groups], ...] = (
    _metadata,
    _length,
    _language,
    _label,
    _annotator,
    _keyword,
)
