"""Fitted: everything a trained model is, before and after it lies in a folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from asknext.core.examples import Example
from asknext.models.deep.adapting import Adapter
from asknext.models.deep.base import Base
from asknext.models.deep.network import Network
from asknext.models.deep.problems import Problem
from asknext.models.deep.problems.base import Fold


@dataclass(frozen=True)
class Member:
    """Hold one trained network, what was folded into its last layer, and its adapters."""

    network: Network
    fold: Fold
    adapter: Adapter | None = None


@dataclass(frozen=True)
class Fitted:
    """Hold a trained model: its members (one, unless it is an ensemble) and its facts.

    `learnt` names the labels it was trained on, so that a later training knows what is new.
    """

    problem: Problem
    members: tuple[Member, ...]
    tokenizer: Any
    base: Base
    max_tokens: int
    precision: str
    facts: dict[str, Any]
    calibration: dict[str, Any]
    learnt: frozenset[str]

    @property
    def network(self) -> Network:
        """Return the first member's network."""
        return self.members[0].network


def label_names(examples: Sequence[Example], labels: Sequence[Any]) -> list[str]:
    """Return a short name for each (example, label), the same whenever both are.

    >>> from asknext.core.examples import text_example
    >>> a, b = label_names([text_example("x")] * 2, ["yes", "no"])
    >>> a != b, a == label_names([text_example("x")], ["yes"])[0]
    (True, True)
    """
    found = []
    for example, label in zip(examples, labels, strict=True):
        text = f"{example.key}\n{json.dumps(label, sort_keys=True, ensure_ascii=False)}"
        found.append(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest())
    return found
