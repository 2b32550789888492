"""Wrapping: the base of strategies made of others."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, cast

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.core.picks import Id, Pick, Picks
from asknext.core.protocols import Strategy
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.ranking import checked, picks_of, top, wanted


class Wrapper(ABC):
    """Be a strategy made of others; a subclass sets `wrapper`, and `reads` what it reads itself.

    It is called ``wrapper(inner, …)``, needs what it and all inside read, and serves the tasks
    that all inside serve.
    """

    wrapper: ClassVar[str]
    reads: ClassVar[frozenset[str]] = frozenset()
    serves: ClassVar[frozenset[str]] = frozenset()  # tasks; empty: all
    draws: ClassVar[str] = ""
    jointly: ClassVar[str] = ""
    least: ClassVar[int] = 1  # strategies that it takes

    def __init__(self, *strategies: Strategy) -> None:
        if len(strategies) < self.least:
            inside = ", ".join(("margin", "entropy", "random")[: self.least])
            raise InvalidInput(
                f"{self.wrapper} takes {self.least} or more strategies; given: {len(strategies)}; "
                f"write {self.wrapper}({inside})"
            )
        self.strategies = strategies
        self._tasks = _common_tasks(self.wrapper, self.serves, strategies)

    @property
    def strategy(self) -> Strategy:
        """Return the first strategy inside."""
        return self.strategies[0]

    @property
    def name(self) -> str:
        """Return the wrapper's name with those of the strategies inside."""
        return f"{self.wrapper}({', '.join(inner.name for inner in self.strategies)})"

    @property
    def version(self) -> int:
        """Return the version of the strategy inside, the largest of several."""
        return max(inner.version for inner in self.strategies)

    @property
    def needs(self) -> frozenset[str]:
        """Return what the wrapper and the strategies inside read."""
        return self.reads.union(*(inner.needs for inner in self.strategies))

    @property
    def tasks(self) -> frozenset[str]:
        """Return the tasks that all strategies inside serve; empty: all there are."""
        return self._tasks

    @property
    def drawn(self) -> str:
        """Return what is drawn at random here or inside, empty where nothing is."""
        return _joined(self.draws, (getattr(inner, "drawn", "") for inner in self.strategies))

    @property
    def whole(self) -> str:
        """Return what is chosen jointly here or inside, empty where nothing is."""
        return _joined(self.jointly, (getattr(inner, "whole", "") for inner in self.strategies))

    @abstractmethod
    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return the picks."""

    def named(self, pick: Pick, **changes: Any) -> Pick:
        """Return a pick of a strategy inside as one of this wrapper's."""
        return replace(pick, strategy=f"{self.name}@{self.version}", **changes)

    def falling(self, picks: Sequence[Pick]) -> tuple[Pick, ...]:
        """Return picks as this wrapper's own, none with a larger score than the one before."""
        scores = np.minimum.accumulate([pick.score for pick in picks] or [0.0])[: len(picks)]
        return tuple(
            self.named(pick, score=float(score)) for pick, score in zip(picks, scores, strict=True)
        )


def _joined(own: str, inner: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(part for part in (own, *inner) if part))


def _common_tasks(
    wrapper: str, own: frozenset[str], strategies: Sequence[Strategy]
) -> frozenset[str]:
    limits = [tasks for tasks in (own, *(inner.tasks for inner in strategies)) if tasks]
    common = frozenset.intersection(*limits) if limits else frozenset()
    if limits and not common:
        said = "; ".join(f"{s.name}: {', '.join(sorted(s.tasks))}" for s in strategies if s.tasks)
        also = f"; {wrapper} itself: {', '.join(sorted(own))}" if own else ""
        raise InvalidInput(
            f"{wrapper} was given strategies that serve no common task: {said}{also}"
        )
    return common


class RankingWrapper(Wrapper):
    """Be a wrapper that gives each candidate a score, made of the scores of those inside."""

    def __init__(self, *strategies: Strategy) -> None:
        super().__init__(*strategies)
        need_scores(self.wrapper, strategies)

    @abstractmethod
    def score(self, view: View) -> FloatArray:
        """Return how much each candidate (n,) should be asked, larger first, all finite."""

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Give the reasons of the first strategy inside."""
        return reasons_of(self.strategy, view, rows)

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return the min(k, n) candidates of the largest scores, largest first."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        this = cast("Strategy", self)
        score = checked(self.score(view), view, this)
        rows = top(score, k, rng)
        reasons = self.reasons(view, rows, score[rows])
        return picks_of(this, view, rows, scores=score[rows], reasons=reasons)


def ranks(strategy: Strategy) -> bool:
    """Tell whether a strategy gives each candidate a score of its own."""
    return callable(getattr(strategy, "score", None)) and bool(getattr(strategy, "ranks", True))


def need_scores(wrapper: str, strategies: Iterable[Strategy]) -> None:
    """Raise InvalidInput where a strategy chooses batches and gives no score to each candidate."""
    for inner in strategies:
        if not ranks(inner):
            raise InvalidInput(
                f"{wrapper} works with strategies that give every candidate a score, such as "
                f"margin or entropy; {inner.name} chooses batches without one"
            )


def scores_of(strategy: Strategy, view: View) -> FloatArray:
    """Return the checked scores (n,) that a ranking strategy gives, in float64."""
    found: FloatArray = cast("Any", strategy).score(view)
    return np.asarray(checked(found, view, strategy), np.float64)


def reasons_of(strategy: Strategy, view: View, rows: IntArray) -> list[str]:
    """Return why a ranking strategy would ask these rows."""
    scores = scores_of(strategy, view)[rows]
    found: list[str] = cast("Any", strategy).reasons(view, rows, scores)
    return found


def rows_of(view: View, ids: Iterable[Id]) -> IntArray:
    """Return the rows of those of the ids that are candidates, in the order of the ids."""
    looked_for = list(ids)
    known = set(looked_for)
    row_of = {example: i for i, example in enumerate(view.candidates) if example in known}
    return np.array([row_of[example] for example in looked_for if example in row_of], np.int64)


def staged(
    strategy: Strategy, view: View, k: int, rng: np.random.Generator, stages: Iterable[IntArray]
) -> tuple[list[Pick], Mapping[str, Any]]:
    """Return up to k picks and the state: from the rows of the first stage, then the second …

    A later stage is opened only once an earlier one has nothing left, so a part of the picks is
    what a smaller batch would be.
    """
    seed = int(rng.integers(2**63))
    picks, state = list[Pick](), view.state
    for number, rows in enumerate(stages):
        if len(picks) == k:
            break
        whole = len(rows) == len(view) and bool((rows == np.arange(len(view))).all())
        part = view if whole else view.take(rows)
        found = strategy.select(part, k - len(picks), generator(seed, number))
        picks += found.picks
        state = found.state
    return picks, state


def chunks(order: IntArray, size: int) -> Iterable[IntArray]:
    """Yield `size` rows at a time, each in ascending order as a memory map likes it."""
    for start in range(0, len(order), size):
        yield np.sort(order[start : start + size])


def whole_number(wrapper: str, name: str, value: int, least: int = 1) -> int:
    """Return a setting that counts something; raises InvalidInput for anything else."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidInput(
            f"{name} of {wrapper} is a whole number, {least} or more; given: {value!r}"
        )
    return value


def positive(wrapper: str, name: str, value: float, *, least: float = 0.0) -> float:
    """Return a setting that is a finite number above `least`; raises InvalidInput otherwise."""
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    if not numeric or not np.isfinite(value) or value <= least:
        raise InvalidInput(f"{name} of {wrapper} is a number above {least:g}; given: {value!r}")
    return float(value)
