"""Retraining policies: what a new training takes over from the model before it.

``scratch``      nothing: every training starts from the base. The default; rounds stay
                 comparable and nothing old is carried along.
``continue``     all weights; quicker, and the head keeps the classes it knows.
``adapters``     LoRA weights on the same base; needs ``how: lora``.
``replay:<k>``   all weights, learning only from what is new and k old labels drawn at random.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from asknext.core.batch import IntArray
from asknext.core.errors import InvalidInput

WEIGHTS, ADAPTERS, NOTHING = "weights", "adapters", "nothing"


class Policy(Protocol):
    """Say what is passed from one training to the next.

    `takes` is ``nothing``, ``weights`` or ``adapters``.
    """

    takes: ClassVar[str]

    def rows(self, new: Sequence[bool], rng: np.random.Generator) -> IntArray:
        """Return the positions to learn from; `new` (n,) says which labels are not known yet."""
        ...


class _All:
    def rows(self, new: Sequence[bool], rng: np.random.Generator) -> IntArray:
        """Return all positions."""
        return np.arange(len(new))


@dataclass(frozen=True)
class Scratch(_All):
    """Start from the base each time, with all labels."""

    takes: ClassVar[str] = NOTHING


@dataclass(frozen=True)
class Continue(_All):
    """Go on from the weights before, with all labels."""

    takes: ClassVar[str] = WEIGHTS


@dataclass(frozen=True)
class Adapters(_All):
    """Go on from the adapters before, on an untouched base, with all labels."""

    takes: ClassVar[str] = ADAPTERS


@dataclass(frozen=True)
class Replay:
    """Go on from the weights before, with the new labels and `k` old ones.

    >>> chosen = Replay(1).rows([False, True, False, True], np.random.default_rng(0))
    >>> len(chosen), {1, 3} <= set(chosen.tolist())
    (3, True)
    """

    k: int = 200
    takes: ClassVar[str] = WEIGHTS

    def rows(self, new: Sequence[bool], rng: np.random.Generator) -> IntArray:
        """Return all new positions and k old ones; all, where nothing is new."""
        fresh = np.flatnonzero(new)
        old = np.flatnonzero(~np.asarray(new, bool))
        if not len(fresh):
            return np.arange(len(new))
        drawn = rng.choice(old, min(self.k, len(old)), replace=False)
        return np.sort(np.concatenate([fresh, drawn]))


def policy(named: str) -> Policy:
    """Return the policy of this name, e.g. ``replay:100``; raises InvalidInput for others.

    >>> policy("replay:100")
    Replay(k=100)
    """
    name, _, argument = named.partition(":")
    plain: dict[str, Policy] = {
        "scratch": Scratch(),
        "continue": Continue(),
        "adapters": Adapters(),
    }
    if name in plain and not argument:
        return plain[name]
    if name == "replay" and (not argument or argument.isdecimal()):
        return Replay(int(argument)) if argument else Replay()
    raise InvalidInput(
        f"policy {named!r} is not known; allowed: {', '.join(plain)}, replay, replay:<k>"
    )
