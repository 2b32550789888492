"""Jobs: what is timed. One for each strategy and each who can do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from .data import Data

OURS = "asknext"
FLOOR = "floor"
STARTED = "started"  # the file that a case makes when the selection starts


class Job(NamedTuple):
    """Be ready to run: `run` selects and returns rows; the whole task takes `times` as long."""

    run: Callable[[], Any]
    times: float = 1.0


Prepare = Callable[[Data, int, int], Job]
"""Make a job from the data, the number of picks and a seed; not timed."""


class Case(NamedTuple):
    """Say who can do which strategy."""

    strategy: str
    who: str
    prepare: Prepare
