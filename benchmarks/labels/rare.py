"""Rare: sets with one class of four in a hundred, each cut from one with four equal ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from asknext.core.examples import Example
from asknext.core.tasks import Classification
from benchmarks.sets import part_of

RARE = {
    "ag_news_rare": "Sports",
    "ag_news_rare_world": "World",
    "ag_news_rare_business": "Business",
    "ag_news_rare_science": "Sci/Tech",
}
"""The class that is rare in each set; how well the vectors tell it from the others differs."""

SOURCE = "ag_news_small"
REST = "other"
SHARE = 0.04
ALL = 10**9


def thinned(examples: Sequence[Example], size: int, rare: str) -> list[Example]:
    """Take `size` examples in their order, `SHARE` of them of the class, told from the rest only.

    >>> found = thinned([Example(str(i), {}, gold="Sports" if i % 2 else "World")
    ...                  for i in range(100)], 25, "Sports")
    >>> [len([e for e in found if e.gold == gold]) for gold in ("Sports", "other")]
    [1, 24]
    """
    wanted = {True: round(SHARE * size), False: size - round(SHARE * size)}
    found: list[Example] = []
    for example in examples:
        positive = example.gold == rare
        if wanted[positive]:
            wanted[positive] -= 1
            found.append(replace(example, gold=rare if positive else REST))
    return found


def rare_parts(
    folder: Path, name: str, pool: int, test: int
) -> tuple[list[Example], list[Example]]:
    """Return pool and test; each keeps the share, so that precision means what it would in use."""
    train, other = (part_of(folder, SOURCE, split, ALL) for split in ("train", "test"))
    return thinned(train, pool, RARE[name]), thinned(other, test, RARE[name])


def rare_task(name: str) -> Classification:
    """Return the task: is it of the class or not?"""
    return Classification((RARE[name], REST))
