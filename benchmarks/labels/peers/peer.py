"""Peer: what the adapters of all libraries share."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import numpy as np

from asknext.core.picks import Picks
from asknext.core.view import View
from asknext.strategies.ranking import picks_of, wanted

PROBA = frozenset({"proba", "labelled_proba", "embedding", "labelled_embedding"})
VECTORS = frozenset({"embedding", "labelled_embedding"})
COLD = frozenset({"embedding"})


class Peer(ABC):
    """Let a strategy of another library choose among the candidates of a view.

    While what it reads is not there yet the loop asks at random, as it does for ours; so does
    this where the model knows one class alone, since most peers fail there.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = PROBA
    tasks: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def rows(self, view: View, k: int, seed: int) -> Any:
        """Return k of the n rows of candidates."""

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks."""
        n, k, seed = len(view), wanted(view, k), int(rng.integers(2**31))
        alone = "proba" in self.needs and view.proba.shape[1] < 2
        if k == n or alone:
            rows = rng.permutation(n)[:k]
        else:
            with apart(seed):
                rows = np.asarray(self.rows(view, k, seed), np.int64)
        if len(set(rows.tolist())) != k:
            raise AssertionError(f"{self.name} gave {len(set(rows.tolist()))} rows for {k}")
        reasons = [f"chosen by {self.name}"] * k
        return picks_of(self, view, rows, scores=np.zeros(k), reasons=reasons)


@contextmanager
def apart(seed: int) -> Iterator[None]:
    """Seed the global generator, which some peers draw from, and silence their warnings."""
    before = np.random.get_state()
    np.random.seed(seed)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        np.random.set_state(before)


def together(view: View, name: str) -> Any:
    """Return an array of the n candidates and then the m labelled ones (n + m, …)."""
    parts = [np.asarray(view.array(name)[:])]
    if f"labelled_{name}" in view.provides:
        parts.append(np.asarray(view.array(f"labelled_{name}")[:]))
    return np.concatenate(parts)
