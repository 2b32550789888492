"""Others: measures that runs of other benchmarks speak of, where their files are given."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from math import inf, isnan
from pathlib import Path

from asknext.evaluation.intervals import mean_interval, wilson
from asknext.loop.summary import Run
from benchmarks.bench_end_to_end import beside
from benchmarks.bench_saving import held, judged
from benchmarks.bench_stopping import NEAR, WORTH, rules, run_of, stop_of
from benchmarks.curves import Curves, areas
from benchmarks.labels.measures import Line, farther
from benchmarks.labels.results import AUTO, Results
from benchmarks.lines import Row, read

UNFIT = "trec6"  # kinds of questions are not topics: sentence vectors do not tell them apart
INSTANT, GEAR = "instant", "gear"
ADVISED = "expected_gain"  # the rule that is told what a point and an answer are worth
LEVEL = 0.9

FILES = {
    "longer": "runs with a larger budget",
    "end_to_end": "runs of bench_end_to_end",
    "gear": "runs of bench_tasks --models instant,gear --strategies auto",
    "stops": "runs of bench_stopping",
    "saving": "runs of bench_saving",
}


def lines(paths: Mapping[str, Path], results: Results) -> Iterator[Line]:
    """Yield the measures of all files that are given, by their names in `FILES`."""
    if "longer" in paths:
        yield farther(results, Results(read(paths["longer"])))
    if "end_to_end" in paths:
        tuned = read(paths["gear"]) if "gear" in paths else []
        yield from end_to_end(paths["end_to_end"], results, tuned)
    for name, of in {"gear": gear, "stops": stops, "saving": saving}.items():
        if name in paths:
            yield from of(paths[name])


def end_to_end(path: Path, results: Results, tuned: Sequence[Row] = ()) -> Iterator[Line]:
    """Compare small-text, fine-tuned from the same weights, with auto: frozen, and in gear."""
    rows = read(path)
    names = dict.fromkeys(row["set"] for row in rows)
    frozen = [run for name in names for run in results.runs(name, AUTO).values()]
    in_gear = [row for row in tuned if (row["model"], row["strategy"]) == (GEAR, AUTO)]
    for how, ours in (("vectors as they are", frozen), ("in gear", in_gear)):
        if found := list(beside(rows, ours)):
            theirs = statistics.fmean(statistics.fmean(each) for _, each, _ in found)
            mine = statistics.fmean(statistics.fmean(each) for _, _, each in found)
            where = "; ".join(f"{name}{_seeds(each)}" for name, each, _ in found)
            what = f"mean area of auto, {how}, above small-text end to end ({where})"
            yield Line(what, f"{theirs:.1f}", f"{mine:.1f}", mine > theirs)


def gear(path: Path) -> Iterator[Line]:
    """Compare projects that may change gear with those that keep the vectors they began with."""
    arms = Curves(path).arms()
    pairs = {
        name: (rows, arms[name, INSTANT, AUTO])
        for (name, model, strategy), rows in arms.items()
        if (model, strategy) == (GEAR, AUTO) and (name, INSTANT, AUTO) in arms
    }
    gaps = {name: _gap(*pair) for name, pair in pairs.items()}
    if unfit := gaps.pop(UNFIT, None):
        mean, low, high = unfit
        told = f"{mean:+.1f} ({_between(low, high)}{_seeds(pairs[UNFIT][0])})"
        yield Line(f"changing gear on {UNFIT}: area less the frozen one's", "10", told, mean >= 10)
        last = max(changes(*pairs[UNFIT]))
        told = f"{last:g}" if last < inf else "one never did"
        what = f"changing gear on {UNFIT}: labels at which the last of the projects had changed"
        yield Line(what, "100", told, last <= 100)
    if gaps:
        worst = min(gaps, key=lambda name: gaps[name][0])
        mean, low, high = gaps[worst]
        where = f"{_between(low, high)}; {worst}{_seeds(pairs[worst][0])}"
        told = f"{mean:+.1f} ({where}) on {len(gaps)} sets"
        what = "changing gear on the other sets: area less the frozen one's, the worst set"
        yield Line(what, "not below 0", told, mean >= 0)


def _gap(rows: Sequence[Row], frozen: Sequence[Row]) -> tuple[float, float, float]:
    ours, theirs = areas(rows), areas(frozen)
    return mean_interval(
        [ours[seed] - theirs[seed] for seed in sorted(ours.keys() & theirs.keys())]
    )


def changes(rows: Sequence[Row], frozen: Sequence[Row]) -> list[float]:
    """Return the labels at which each project had changed gear; infinite for one that never did.

    Until then it is the frozen one with the same seed, answer by answer.

    >>> frozen = {"seed": 0, "labels": [10, 20], "quality": [0.5, 0.6]}
    >>> changes([{**frozen, "quality": [0.5, 0.7]}], [frozen]), changes([frozen], [frozen])
    ([20.0], [inf])
    """
    beside = {row["seed"]: row["quality"] for row in frozen}
    found = []
    for row in rows:
        if row["seed"] in beside:
            both = zip(row["labels"], row["quality"], beside[row["seed"]], strict=True)
            found.append(min((float(n) for n, new, old in both if new != old), default=inf))
    return found


def _seeds(runs: Sequence[object]) -> str:
    return f", {len(runs)} seeds" if len(runs) > 1 else ""


def _between(low: float, high: float) -> str:
    return "one seed" if isnan(low) else f"{low:+.1f} to {high:+.1f}"


def stops(path: Path) -> Iterator[Line]:
    """Say how near the cheapest stop advice comes, and how often intervals hold the truth."""
    runs = [run_of(row) for row in read(path)]
    own = [(name, run) for name, run in runs if run.strategy == AUTO]
    if not own:
        return
    yield coverage([run for _, run in runs])
    sets = sorted({name for name, _ in own})
    for worth in WORTH:
        rule = rules(worth)[ADVISED]
        near = 0
        for name in sets:
            found = [stop_of(rule, run, worth).regret for other, run in own if other == name]
            near += statistics.median(found) <= NEAR
        what = (
            f"stop by {ADVISED} within {NEAR:.0%} of the cheapest, a point worth {worth:g} answers"
        )
        yield Line(
            f"{what}: sets",
            "70 %",
            f"{near} of {len(sets)}",
            near >= 0.7 * len(sets),
        )


def saving(path: Path) -> Iterator[Line]:
    """Say how often the saving that a project reports lies where random answers put it."""
    found = list(judged(read(path)))
    if found:
        share = statistics.fmean(map(held, found))
        sets = len({said["set"] for said in found})
        told = f"{share:.0%} of {len(found)} on {sets} sets"
        what = "savings reported live whose limits (90 %) hold the one found by simulation"
        yield Line(what, "85–95 %", told, 0.85 <= share <= 0.95)


def coverage(runs: Sequence[Run]) -> Line:
    """Say how often the 90 % interval of the control arm holds the quality on the test set."""
    held = [
        low <= truth[moment.answers] <= high
        for run in runs
        for truth in [dict(zip(run.labels, run.quality, strict=True))]
        for moment in run.moments
        if moment.n and moment.estimate == moment.estimate and moment.answers in truth
        for low, high in [wilson(moment.estimate * moment.n, moment.n, LEVEL)]
    ]
    share = statistics.fmean(map(float, held)) if held else float("nan")
    what = "control-arm intervals (90 %) that hold the test quality: rounds"
    told = f"{share:.0%} of {len(held):,}"
    return Line(what, "85–95 %", told, 0.85 <= share <= 0.95 if held else None)
