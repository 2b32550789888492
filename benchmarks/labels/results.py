"""Results: what the runs say, figure by figure; every difference is of paired seeds."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from asknext.core.seeds import generator
from asknext.evaluation.comparing import holm, kaplan_meier, log_area, sign_flip, wilcoxon, win_rate
from asknext.evaluation.curves import area, labels_to
from asknext.evaluation.intervals import mean_interval
from benchmarks.lines import Row

RANDOM, AUTO = "random", "auto"
SHARES = (0.90, 0.95, 0.98)
LEVEL = 0.05


class Gap(NamedTuple):
    """Be a difference of two strategies on one set, in points, over `n` paired seeds.

    `p` is the sign-flip test's, corrected over the sets it was asked of together.
    """

    mean: float
    low: float
    high: float
    wins: float
    p: float
    n: int

    @property
    def better(self) -> bool:
        """Say whether the first is better beyond chance."""
        return self.mean > 0 and self.p <= LEVEL

    @property
    def worse(self) -> bool:
        """Say whether the first is worse beyond chance."""
        return self.mean < 0 and self.p <= LEVEL


class Results:
    """Hold the runs of the model that learns at once, by set, strategy and seed."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._runs: dict[tuple[str, str], dict[int, Row]] = {}
        self._gaps: dict[tuple[str, str, str], Gap] = {}
        for row in rows:
            self._runs.setdefault((row["set"], row["strategy"]), {})[row["seed"]] = row

    @cached_property
    def sets(self) -> list[str]:
        """List the sets."""
        return list(dict.fromkeys(name for name, _ in self._runs))

    def strategies(self, sets: Sequence[str]) -> list[str]:
        """List the strategies that ran on all of these sets."""
        found = dict.fromkeys(strategy for name, strategy in self._runs if name in sets)
        return [s for s in found if all((name, s) in self._runs for name in sets)]

    def has(self, name: str, *strategies: str) -> bool:
        """Say whether these strategies ran on a set."""
        return all((name, strategy) in self._runs for strategy in strategies)

    def runs(self, name: str, strategy: str) -> dict[int, Row]:
        """Return the runs of a strategy on a set, by seed."""
        return self._runs.get((name, strategy), {})

    def one(self, name: str) -> Row:
        """Return any run on a set: what all have in common stands in each."""
        return next(row for (other, _), runs in self._runs.items() if other == name
                    for row in runs.values())  # fmt: skip

    def values(self, name: str, strategy: str, figure: Callable[[Row], float]) -> dict[int, float]:
        """Return a figure of each run, by seed."""
        return {seed: figure(row) for seed, row in self.runs(name, strategy).items()}

    def mean(self, name: str, strategy: str, figure: Callable[[Row], float]) -> float:
        """Return the mean of a figure over the seeds.

        Of a strategy with fewer seeds than random: random's mean and the mean difference over the
        seeds that both have. So what is compared differs in strategy, not in luck.
        """
        base = self.values(name, RANDOM, figure)
        ours, theirs = self.pairs(name, strategy, RANDOM, figure)
        if not ours or len(ours) == len(base):
            return statistics.fmean(self.values(name, strategy, figure).values())
        gap = statistics.fmean(ours) - statistics.fmean(theirs)
        return statistics.fmean(base.values()) + gap

    def fewest(self, sets: Sequence[str], strategy: str) -> int:
        """Return the smallest number of seeds that a strategy has on one of these sets."""
        return min(len(self.runs(name, strategy)) for name in sets)

    def pairs(
        self, name: str, ours: str, theirs: str, figure: Callable[[Row], float]
    ) -> tuple[list[float], list[float]]:
        """Return a figure of both at the seeds that both have."""
        one, two = (self.values(name, strategy, figure) for strategy in (ours, theirs))
        seeds = sorted(one.keys() & two.keys())
        return [one[seed] for seed in seeds], [two[seed] for seed in seeds]

    def gaps(
        self, sets: Sequence[str], ours: str, theirs: str | Mapping[str, str]
    ) -> dict[str, Gap]:
        """Return the difference of areas on each set where both ran; `theirs` may go by set."""
        found: dict[str, Gap] = {}
        for name in sets:
            other = theirs if isinstance(theirs, str) else theirs[name]
            if self.has(name, ours, other) and ours != other:
                found[name] = self._gap(name, ours, other)
        corrected = holm({name: gap.p for name, gap in found.items()})
        return {name: gap._replace(p=corrected[name]) for name, gap in found.items()}

    def _gap(self, name: str, ours: str, theirs: str) -> Gap:
        key = name, ours, theirs
        if key not in self._gaps:
            self._gaps[key] = _gap(*self.pairs(name, ours, theirs, area_of))
        return self._gaps[key]

    def labels_to(self, name: str, strategy: str, share: float) -> float | None:
        """Return the median of labels to a share of the quality with all labels of the pool.

        None where too few runs got there within the budget.
        """
        runs = self.runs(name, strategy).values()
        reached = [labels_to(r["labels"], r["quality"], share * r["full"]) for r in runs]
        return kaplan_meier(reached, [r["labels"][-1] for r in runs])

    def curve(self, name: str, strategy: str) -> tuple[list[int], list[float]]:
        """Return the mean curve over the runs that go all the way."""
        runs = list(self.runs(name, strategy).values())
        labels = max((row["labels"] for row in runs), key=len)
        whole = [row["quality"] for row in runs if row["labels"] == labels]
        return labels, np.mean(whole, axis=0).tolist()


def _gap(ours: Sequence[float], theirs: Sequence[float]) -> Gap:
    gaps = [one - two for one, two in zip(ours, theirs, strict=True)]
    p = sign_flip(gaps, generator(0, "sign flips", len(gaps)))
    return Gap(*mean_interval(gaps), win_rate(ours, theirs), p, len(gaps))


def area_of(row: Row) -> float:
    """Return the mean height of the curve over labels, in points."""
    return 100 * area(row["labels"], row["quality"])


def log_area_of(row: Row) -> float:
    """Return the mean height of the curve over log2 of labels, in points."""
    return 100 * log_area(row["labels"], row["quality"])


def final_of(row: Row) -> float:
    """Return the quality at the end, in points."""
    return 100 * float(row["quality"][-1])


def minutes_of(row: Row) -> float:
    """Return the minutes that all answers took."""
    return float(row["minutes"][-1])


def at(labels: int) -> Callable[[Row], float]:
    """Return what reads the quality at a number of labels, in points."""

    def read(row: Row) -> float:
        return 100 * float(np.interp(labels, row["labels"], row["quality"]))

    return read


def over_sets(gaps: Mapping[str, Gap]) -> dict[str, Any]:
    """Sum differences up over sets: their mean with its interval, sets won, the worst one."""
    means = [gap.mean for gap in gaps.values()]
    mean, low, high = mean_interval(means)
    worst = min(gaps, key=lambda name: gaps[name].mean)
    return {
        "mean": mean,
        "low": low,
        "high": high,
        "p": wilcoxon(means),
        "above": sum(gap.mean > 0 for gap in gaps.values()),
        "better": sum(gap.better for gap in gaps.values()),
        "worse": sum(gap.worse for gap in gaps.values()),
        "sets": len(gaps),
        "wins": statistics.fmean(gap.wins for gap in gaps.values()),
        "worst": worst,
        "least": gaps[worst].mean,
    }
