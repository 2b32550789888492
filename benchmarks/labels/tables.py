"""Tables: the results as Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence

from asknext.evaluation.comparing import mean_ranks
from benchmarks.labels.measures import Line
from benchmarks.labels.plan import DEVELOPED, GROUPS, Group
from benchmarks.labels.results import (
    AUTO,
    RANDOM,
    SHARES,
    Gap,
    Results,
    area_of,
    final_of,
    log_area_of,
    minutes_of,
    over_sets,
)

Table = Iterator[str]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Yield the lines of a table."""
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(row)} |"


def measures(lines: Sequence[Line]) -> Table:
    """Yield the measures."""
    mark = {True: "yes", False: "**no**", None: "–"}
    return table(
        ["measure", "target", "measured", "met"],
        [[line.what, line.target, line.measured, mark[line.met]] for line in lines],
    )


def set_title(name: str) -> str:
    """Return the name of a set; a dagger marks those that `auto` was chosen on."""
    return f"{name} †" if name in DEVELOPED else name


def p_value(p: float) -> str:
    """Write a p-value.

    >>> p_value(0.04), p_value(0.0002)
    ('0.040', '< 0.001')
    """
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def _scores(results: Results, sets: Sequence[str]) -> dict[str, list[float]]:
    """Return the areas of each strategy, the best mean first; equal runs are equal to the digit.

    Runs are stored with seven digits, and a mean over few seeds comes by another sum.
    """
    found = {
        strategy: [round(results.mean(name, strategy, area_of), 4) for name in sets]
        for strategy in results.strategies(sets)
    }
    order = sorted(found, key=lambda strategy: (-statistics.fmean(found[strategy]), strategy))
    return {strategy: found[strategy] for strategy in order}


def areas(results: Results, group: Group) -> Table:
    """Yield the mean area of each strategy on each set of a group, the best mean first."""
    sets = [name for name in group.sets if results.has(name, RANDOM)]
    scores = _scores(results, sets)
    best = [max(column) for column in zip(*scores.values(), strict=True)]
    ranks, rows = mean_ranks(scores), []
    for strategy in scores:
        pairs = zip(scores[strategy], best, strict=True)
        cells = [f"**{value:.1f}**" if value == top else f"{value:.1f}" for value, top in pairs]
        mean = f"{statistics.fmean(scores[strategy]):.1f}"
        seeds = str(results.fewest(sets, strategy))
        rows.append([f"`{strategy}`", seeds, mean, f"{ranks[strategy]:.1f}", *cells])
    return table(["strategy", "seeds", "mean", "rank", *map(set_title, sets)], rows)


def against(results: Results, group: Group) -> Table:
    """Yield auto less random and less the margin-like strategy, set by set."""
    sets = [name for name in group.sets if results.has(name, AUTO, RANDOM)]
    gaps = {other: results.gaps(sets, AUTO, other) for other in (RANDOM, group.margin)}
    rows = []
    for name in sets:
        cells = [cell for found in gaps.values() for cell in _difference(found, name)]
        seeds = str(gaps[RANDOM][name].n)
        rows.append([set_title(name), results.one(name)["metric"], seeds, *cells])
    head = ["set", "score", "seeds", "less random", "p", "won", f"less {group.margin}", "p", "won"]
    return table(head, rows)


def _difference(gaps: Mapping[str, Gap], name: str) -> list[str]:
    if name not in gaps:
        return ["–"] * 3
    gap = gaps[name]
    return [
        f"{gap.mean:+.1f} ({gap.low:+.1f} to {gap.high:+.1f})",
        p_value(gap.p),
        f"{gap.wins:.0%}",
    ]


def labels_to(results: Results, group: Group) -> Table:
    """Yield the labels that random, margin and auto take to shares of full quality."""
    sets = [name for name in group.sets if results.has(name, RANDOM)]
    strategies = [RANDOM, group.margin, AUTO]
    together = ", ".join(strategies)
    head = ["set", "all labels", *(f"{share:.0%}: {together}" for share in SHARES)]
    head.append(f"at the end: {together}")
    timed = bool(results.one(sets[0]).get("minutes"))
    rows = [[set_title(name), *_reached(results, name, strategies, timed)] for name in sets]
    return table([*head, f"minutes: {together}"] if timed else head, rows)


def _reached(results: Results, name: str, strategies: Sequence[str], timed: bool) -> list[str]:
    one = results.one(name)
    cells = [f"{100 * one['full']:.1f}"]
    for share in SHARES:
        cells.append(", ".join(_labels(results, name, s, share) for s in strategies))
    for figure, digits in ((final_of, 1), (minutes_of, 0)) if timed else ((final_of, 1),):
        known = {s: f"{results.mean(name, s, figure):.{digits}f}" for s in strategies
                 if results.has(name, s)}  # fmt: skip
        cells.append(", ".join(known.get(strategy, "–") for strategy in strategies))
    return cells


def _labels(results: Results, name: str, strategy: str, share: float) -> str:
    if not results.has(name, strategy):
        return "–"
    labels = results.labels_to(name, strategy, share)
    return f"> {results.one(name)['labels'][-1]}" if labels is None else f"{labels:.0f}"


def overall(results: Results, sets: Sequence[str]) -> Table:
    """Yield each strategy over all of these sets beside random and margin."""
    scores = _scores(results, sets)
    ranks, rows = mean_ranks(scores), []
    for strategy in scores:
        area, logs = (
            statistics.fmean(results.mean(name, strategy, figure) for name in sets)
            for figure in (area_of, log_area_of)
        )
        cells = [f"`{strategy}`", f"{area:.1f}", f"{logs:.1f}", f"{ranks[strategy]:.1f}"]
        rows.append([*cells, *_beside(results, sets, strategy)])
    head = ["strategy", "area", "log area", "rank", "less random", "Wilcoxon p"]
    head += ["sets better / worse", "won", "won against margin", "worst set"]
    return table(head, rows)


def _beside(results: Results, sets: Sequence[str], strategy: str) -> list[str]:
    margin = {name: group.margin for group in GROUPS.values() for name in group.sets}
    against_margin = results.gaps(sets, strategy, margin)
    won = f"{over_sets(against_margin)['wins']:.0%}" if against_margin else "–"
    gaps = results.gaps(sets, strategy, RANDOM)
    if not gaps:
        return [*["–"] * 4, won, "–"]
    whole = over_sets(gaps)
    return [
        f"{whole['mean']:+.1f} ({whole['low']:+.1f} to {whole['high']:+.1f})",
        p_value(whole["p"]),
        f"{whole['better']} / {whole['worse']} of {whole['sets']}",
        f"{whole['wins']:.0%}",
        won,
        f"{whole['worst']} {whole['least']:+.1f}",
    ]
