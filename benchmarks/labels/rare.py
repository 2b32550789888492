"""Rare: a set with one class of four in a hundred, cut from one with four equal ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from asknext.core.examples import Example
from asknext.core.tasks import Classification
from benchmarks.sets import part_of

RARE = "ag_news_rare"
SOURCE = "ag_news_small"
POSITIVE, REST = "Sports", "other"
SHARE = 0.04
ALL = 10**9


def thinned(examples: Sequence[Example], size: int) -> list[Example]:
    """Take `size` examples in their order, `SHARE` of them of the class, told from the rest only.

    >>> found = thinned([Example(str(i), {}, gold="Sports" if i % 2 else "World")
    ...                  for i in range(100)], 25)
    >>> [len([e for e in found if e.gold == gold]) for gold in ("Sports", "other")]
    [1, 24]
    """
    wanted = {True: round(SHARE * size), False: size - round(SHARE * size)}
    found: list[Example] = []
    for example in examples:
        positive = example.gold == POSITIVE
        if wanted[positive]:
            wanted[positive] -= 1
            found.append(replace(example, gold=POSITIVE if positive else REST))
    return found


def rare_parts(folder: Path, pool: int, test: int) -> tuple[list[Example], list[Example]]:
    """Return pool and test; each keeps the share, so that precision means what it would in use."""
    train, other = (part_of(folder, SOURCE, split, ALL) for split in ("train", "test"))
    return thinned(train, pool), thinned(other, test)


def rare_task() -> Classification:
    """Return the task: is it of the class or not?"""
    return Classification((POSITIVE, REST))
