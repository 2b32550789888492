"""Answers: let a model that writes answer a part of the pool, a block at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from asknext.core.examples import Example
from asknext.loop.deep.sides import Side
from asknext.loop.written import read_answers, write_block

BLOCK = 32  # texts written between two files


def write_answers(
    folder: Path,
    side: Side,
    asked: Sequence[Example],
    told: Callable[[int, int], None],
    *,
    also: Iterable[str] = (),
) -> int:
    """Let the model answer what it has not answered yet; return how many are new.

    `also` names arrays to keep besides those that are always kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    known = set(read_answers(folder).ids)
    missing = [example for example in asked if example.id not in known]
    done = len(asked) - len(missing)
    for start in range(0, len(missing), BLOCK):
        told(done + start, len(asked))
        block = missing[start : start + BLOCK]
        prediction = side.predict((), (), block)
        assert prediction is not None  # the block is not empty
        write_block(folder, [example.id for example in block], prediction, also)
    told(len(asked), len(asked))
    return len(missing)
