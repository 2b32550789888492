"""Measures: what the suite has to show, its target, what was found, and whether it is met."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from benchmarks.labels.peers import LIBRARIES, library_of
from benchmarks.labels.plan import GROUPS
from benchmarks.labels.rare import RARE
from benchmarks.labels.results import AUTO, RANDOM, Gap, Results, area_of, at, over_sets

MARGIN_OF_ERROR = 0.5
TITLES = {"small_text": "small-text", "scikit_activeml": "scikit-activeml"}
OTHERS = {"chinese": "Chinese", "labels": "several labels", "numbers": "numbers", "tags": "tags"}


class Line(NamedTuple):
    """Be one line of the table; `met` is None where this suite cannot say."""

    what: str
    target: str
    measured: str
    met: bool | None


def lines(results: Results) -> list[Line]:
    """Return all lines that the runs can speak of."""
    english = [name for name in GROUPS["english"].sets if results.has(name, AUTO, RANDOM)]
    found: list[Line] = []
    if english:
        found += [*against_random(results, english), *against_singles(results, english)]
        found += [*against_peers(results, english), fewer_labels(results, english)]
    found += [rare(results, name) for name in RARE if results.has(name, AUTO, RANDOM)]
    for key, title in OTHERS.items():
        sets = [name for name in GROUPS[key].sets if results.has(name, AUTO, RANDOM)]
        if sets:
            found += [
                line._replace(what=f"{title}: {line.what}") for line in elsewhere(results, sets)
            ]
    return found


def against_random(results: Results, sets: Sequence[str]) -> Iterator[Line]:
    """Compare the areas of auto and random, set by set."""
    gaps = results.gaps(sets, AUTO, RANDOM)
    whole = over_sets(gaps)
    n = whole["sets"]
    most = f"{whole['above']} of {n}; worst: {whole['worst']} {whole['least']:+.1f}"
    yield Line("auto above random in area: sets", "all", most, whole["above"] == n)
    share = f"{whole['better']} of {n}"
    yield Line("significantly (sign flips, Holm): sets", "80 %", share, whole["better"] >= 0.8 * n)


def against_singles(results: Results, sets: Sequence[str]) -> Iterator[Line]:
    """Compare auto with the best single strategy of each set: ours, and all that ran."""
    for title, peers in (("ours", False), ("all that ran", True)):
        worst = min((best_gap(results, name, peers) for name in sets), key=lambda gap: gap[0])
        yield Line(
            f"area of auto less the best single strategy's ({title}), the worst set",
            f"-{MARGIN_OF_ERROR}",
            f"{worst[0].mean:+.2f} ({worst[0].low:+.2f} to {worst[0].high:+.2f}; {worst[1]}, "
            f"{worst[2]}, {worst[0].n} seeds)",
            worst[0].mean >= -MARGIN_OF_ERROR,
        )


def best_gap(results: Results, name: str, peers: bool) -> tuple[Gap, str, str]:
    """Return auto's area less that of the best other strategy, the set, and which it is.

    Each difference is of the seeds that both have. Other forms of auto, which were tried for it,
    are no strategies by themselves.
    """
    gaps = {
        strategy: results.gaps([name], AUTO, strategy)[name]
        for strategy in results.strategies([name])
        if not strategy.startswith(AUTO) and (peers or not library_of(strategy))
    }
    best = min(gaps, key=lambda strategy: gaps[strategy].mean)
    return gaps[best], name, best


def against_peers(results: Results, sets: Sequence[str]) -> Iterator[Line]:
    """Compare auto's mean area with that of the best strategy of each library."""
    everywhere = results.strategies(sets)
    for library in LIBRARIES:
        areas = {
            strategy: statistics.fmean(results.mean(name, strategy, area_of) for name in sets)
            for strategy in everywhere
            if library_of(strategy) == library
        }
        if areas:
            best = max(areas, key=lambda strategy: areas[strategy])
            ours = statistics.fmean(results.mean(name, AUTO, area_of) for name in sets)
            yield Line(
                f"mean area of auto, above the best of {TITLES[library]}",
                f"{areas[best]:.1f} ({best.partition(':')[2]})",
                f"{ours:.1f}",
                ours > areas[best],
            )


def fewer_labels(results: Results, sets: Sequence[str]) -> Line:
    """Compare the labels that auto and random take to 95 % of the quality with all labels."""
    ratios = [ratio(results, name, 0.95) for name in sets]
    known = [value for value in ratios if value is not None]
    missing = len(ratios) - len(known)
    note = f"; on {missing} neither gets there within the budget" if missing else ""
    middle = statistics.median(known) if known else float("nan")
    return Line(
        "labels to 95 % of full quality, times random's: median over sets",
        "0.6",
        f"{middle:.2f} on {len(known)} sets{note}",
        middle <= 0.6 if known else None,
    )


def farther(results: Results, longer: Results) -> Line:
    """Compare the labels to 95 % on all sets: by longer runs where the usual ones are too short."""
    sets = [name for name in GROUPS["english"].sets if results.has(name, AUTO, RANDOM)]
    found: dict[str, float] = {}
    for name in sets:
        value = ratio(results, name, 0.95)
        if value is None and longer.has(name, AUTO, RANDOM):
            value = ratio(longer, name, 0.95)
        if value is not None:
            found[name] = value
    added = ", ".join(f"{n} {found[n]:.2f}" for n in found if ratio(results, n, 0.95) is None)
    budget = max(longer.one(name)["labels"][-1] for name in longer.sets)
    middle = statistics.median(found.values()) if found else float("nan")
    return Line(
        f"labels to 95 %, times random's, with up to {budget:,} where the usual number is too few",
        "0.6",
        f"{middle:.2f} on {len(found)} sets ({added or 'none added'})",
        middle <= 0.6 if found else None,
    )


def ratio(results: Results, name: str, share: float) -> float | None:
    """Return auto's labels to a share of full quality ÷ random's; None where neither gets there.

    Where random alone does not get there within the budget, the budget stands for it: the truth
    is smaller. Where auto alone does not, it is infinite.
    """
    ours, theirs = (results.labels_to(name, strategy, share) for strategy in (AUTO, RANDOM))
    if ours is None:
        return None if theirs is None else float("inf")
    return ours / (theirs or results.one(name)["labels"][-1])


def rare(results: Results, name: str) -> Line:
    """Compare F1 of the rare class at 200 labels."""
    ours, theirs = (results.mean(name, strategy, at(200)) for strategy in (AUTO, RANDOM))
    times = ours / theirs if theirs else float("inf")
    most = 100 * results.one(name)["full"]
    measured = f"{times:.1f} × ({ours:.1f} against {theirs:.1f}; {most:.1f} with all labels)"
    what = f"rare class (4 %, {RARE[name]}): F1 at 200 labels"
    return Line(what, "7 × random's", measured, times >= 7)


def elsewhere(results: Results, sets: Sequence[str]) -> Iterator[Line]:
    """Compare auto with random, and with the best single strategy, on sets of another kind."""
    yield from list(against_random(results, sets))
    yield next(iter(against_singles(results, sets)))
