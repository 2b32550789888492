"""Compare stop rules by what stopping when they say so costs.

    python -m benchmarks.bench_stopping --data FOLDER [--sets english] [--seeds 5] [--jobs 2]
        [--strategies auto,random] [--out FILE] [--replay]

Projects are simulated to the end of their budget; every rule then watches the same history, as
it was stored, and stops where it first says so (else at the end, counted as never). The cost of
stopping after n answers is n + R × 100 × (1 - quality on the test set), in answers: R is what a
percentage point of quality is worth, three values. Regret is the cost above that of the cheapest
stop in hindsight, as a share of it. Runs are kept as JSON lines; those that are there are not
run again, and ``--replay`` judges them without running any. Last it prints which share of the
errors twice the answers took away: what `expected_gain` believes before anything is measured.

Source: Pullar-Strecker et al. 2022 (label cost plus error cost).
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from asknext.core.home import Home
from asknext.core.protocols import Moment, StopRule
from asknext.loop.reports import DEFAULT_STOP
from asknext.loop.simulate import run_arms
from asknext.loop.summary import Run
from asknext.stopping.compose import named
from benchmarks.labels.plan import DEVELOPED, chosen_sets
from benchmarks.lines import OUT, Row, add, alike, read
from benchmarks.sets import world_of

WORTH = (2.0, 10.0, 50.0)  # answers that a point of quality is worth
AT = (20, 50, 100, 150)  # answers at which the usual gain is read
NEAR = 0.15  # regret up to which a stop counts as near the cheapest
FIXED: dict[str, tuple[str, Mapping[str, Any]]] = {
    "any of a new project's": ("any_of", {"rules": DEFAULT_STOP}),
    "budget 100": ("budget", {"answers": 100}),
    "budget 200": ("budget", {"answers": 200}),
    "target 80 %": ("target", {"quality": 0.8}),
    "stable": ("stable", {}),
    "predicted_change": ("predicted_change", {}),
    "uncertainty": ("uncertainty", {}),
    "slope": ("slope", {}),
    "stable and slope": ("all_of", {"rules": {"stable": {}, "slope": {}}}),
    "stable or slope": ("any_of", {"rules": {"stable": {}, "slope": {}}}),
}


class Stop(NamedTuple):
    """Be where a rule stopped a run: answers, regret, and whether it did so by itself."""

    answers: int
    regret: float
    early: bool
    said: bool


def rules(worth: float) -> dict[str, StopRule]:
    """Return the rules to compare; those that weigh worth against cost are told the worth."""
    found = {title: named(name, how) for title, (name, how) in FIXED.items()}
    prices = {"point": worth, "answer": 1.0}
    found["expected_gain"] = named("expected_gain", prices)
    patient = {"rule": "expected_gain", "arguments": prices, "times": 3}
    found["expected_gain, 3 times"] = named("patience", patient)
    return found


def stop_of(rule: StopRule, run: Run, worth: float) -> Stop:
    """Let a rule watch a run; what the project knew counts, the test set only afterwards."""
    costs = {
        labels: labels + worth * 100 * (1 - quality)
        for labels, quality in zip(run.labels, run.quality, strict=True)
    }
    cheapest = min(costs, key=lambda labels: costs[labels])
    ends = (
        moment.answers
        for i, moment in enumerate(run.moments)
        if moment.answers in costs and rule.judge(run.moments[: i + 1]).stop
    )
    said = next(ends, None)
    at = run.labels[-1] if said is None else said
    regret = costs[at] / costs[cheapest] - 1
    return Stop(at, regret, at < cheapest and regret > NEAR, said is not None)


def line(title: str, stops: Sequence[Stop]) -> str:
    """Return a row of the table."""
    answers = statistics.median(stop.answers for stop in stops)
    regret = statistics.median(stop.regret for stop in stops)
    mean = statistics.fmean(stop.regret for stop in stops)
    shares = [
        statistics.fmean(float(flag) for flag in flags)
        for flags in (
            [stop.regret <= NEAR for stop in stops],
            [stop.early for stop in stops],
            [not stop.said for stop in stops],
        )
    ]
    figures = " | ".join(f"{share:.0%}" for share in (regret, mean, *shares))
    return f"| {title} | {answers:.0f} | {figures} |"


def table(runs: Sequence[Run], worth: float) -> Iterator[str]:
    """Yield the table of one worth, the smallest mean regret first."""
    yield f"\nA point of quality is worth {worth:g} answers; {len(runs)} runs:\n"
    yield "| rule | stop (median) | regret | mean | within 15 % | too early | never |"
    yield "|" + "---|" * 7
    found = {
        title: [stop_of(rule, run, worth) for run in runs] for title, rule in rules(worth).items()
    }
    order = sorted(found, key=lambda title: statistics.fmean(s.regret for s in found[title]))
    yield from (line(title, found[title]) for title in order)


def taken_away(runs: Mapping[str, Sequence[Run]]) -> str:
    """Say which share of the errors twice the answers took away.

    Mean and standard deviation over the sets, each at the numbers of answers in `AT`; empty where
    there is too little to say it.
    """
    shares = []
    for own in runs.values():
        errors = [dict(zip(r.labels, (1.0 - q for q in r.quality), strict=True)) for r in own]
        for answers in AT:
            there = [one for one in errors if {answers, 2 * answers} <= one.keys()]
            before = sum(one[answers] for one in there)
            if before:
                shares.append(1.0 - sum(one[2 * answers] for one in there) / before)
    if len(shares) < 2:
        return ""
    mean, spread = statistics.fmean(shares), statistics.stdev(shares)
    return f"twice the answers took away {mean:.2f} of the errors (SD {spread:.2f})"


def row_of(name: str, run: Run) -> Row:
    """Return a run as a row; what only `recall` reads, label by label, is left out."""
    moments = [
        {key: value for key, value in asdict(moment).items() if key not in ("found", "seen")}
        for moment in run.moments
    ]
    return {"set": name, **asdict(run), "moments": moments}


def run_of(row: Row) -> tuple[str, Run]:
    """Return the set and the run of a row."""
    moments = tuple(Moment(**moment) for moment in row["moments"])
    lists = {key: tuple(row[key] or ()) for key in ("labels", "quality", "minutes")}
    return row["set"], Run(row["strategy"], row["seed"], **lists, moments=moments)


def simulate(args: argparse.Namespace, there: set[tuple[str, str, int]]) -> Iterator[Row]:
    """Run what is missing; yield a row of each run."""
    arms = [(s, seed) for seed in range(args.seeds) for s in args.strategies.split(",")]
    for name in chosen_sets(args.sets):
        plan = [(s, seed) for s, seed in arms if (name, s, seed) not in there]
        if not plan:
            continue
        shape = {key: getattr(args, key) for key in ("pool", "test", "budget", "batch")}
        settings = {**shape, "encoder": args.encoder, "control": args.control}
        world = world_of(args.data, name, Home(args.home), **settings)
        yield from (row_of(name, run) for run in run_arms(world, plan, args.jobs))


def main() -> None:
    """Run, keep, judge, print."""
    alike()
    parser = argparse.ArgumentParser(description=__doc__)
    usual = os.environ.get("ASKNEXT_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(usual))
    parser.add_argument("--out", type=Path, default=OUT / "stops.jsonl")
    parser.add_argument("--home", type=Path, default=OUT / "home", help="keeps the vectors")
    parser.add_argument("--replay", action="store_true", help="judge the runs that are there")
    parser.add_argument("--sets", default="trec6,sst2,ag_news_small,subj")
    parser.add_argument("--strategies", default="auto")
    parser.add_argument("--encoder", default="minilm")
    parser.add_argument("--control", type=float, default=0.1)
    sizes = {"seeds": 5, "pool": 2000, "test": 1000, "budget": 300, "batch": 10, "jobs": 1}
    for name, usually in sizes.items():
        parser.add_argument(f"--{name}", type=int, default=usually)
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    kept = [run_of(row) for row in read(args.out)]
    if not args.replay:
        there = {(name, run.strategy, run.seed) for name, run in kept}
        for row in simulate(args, there):
            add(args.out, row)
            kept.append(run_of(row))
    for worth in WORTH:
        for row in table([run for _, run in kept], worth):
            print(row, flush=True)
    runs = {name: [run for other, run in kept if other == name] for name in dict(kept)}
    print(f"\nAll sets: {taken_away(runs)}")
    chosen_on = {name: own for name, own in runs.items() if name in DEVELOPED}
    print(f"Those that `auto` and this share were chosen on: {taken_away(chosen_on)}")


if __name__ == "__main__":
    main()
