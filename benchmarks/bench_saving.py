"""Compare the saving that projects report of themselves with the one that is found from outside.

    python -m benchmarks.bench_saving --data FOLDER [--sets english] [--seeds 5] [--jobs 2]
        [--at 200,300] [--control 0.1] [--out FILE] [--replay]

Projects are simulated with `auto` and a control arm, and asked for their evidence at some numbers
of answers. The truth comes from outside: the quality of the model on the test set at that moment,
and the number of labels at which models of labels drawn at random are as good there. That random
curve goes from 10 labels to the whole pool, each point the mean of 15 draws (3 for each seed).
Where not even the whole pool is enough, the pool is the truth, as it is the bound of what a
project says. Runs are kept as JSON lines; those that are there are not run again, and
``--replay`` judges them without running any.
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.home import Home
from asknext.core.seeds import generator
from asknext.loop.exam import space_of
from asknext.loop.session import Session
from asknext.loop.simulate import run_arm
from asknext.loop.world import World
from benchmarks.labels.plan import chosen_sets
from benchmarks.lines import OUT, Row, add, alike, read
from benchmarks.sets import world_of

SIZES = 16  # points of the random curve
DRAWS = 3  # random orders of the pool for each seed
FIRST = 10


@cache
def world(data: Path, home: Path, name: str, shape: tuple[tuple[str, Any], ...]) -> World:
    """Read a set and encode it, once in a process."""
    return world_of(data, name, Home(home), encoder="minilm", gauged=False, **dict(shape))


def project(made: World, at: Sequence[int], seed: int) -> Row:
    """Run one project; return what it said of itself and how good it was at some moments."""
    caches = made.caches()
    told: list[Row] = []

    def watch(session: Session, labels: int) -> None:
        if labels in at:
            told.append({"labels": labels, **said(session.evidence() or {})})

    run = run_arm(made, caches, "auto", seed, watch)
    truth = dict(zip(run.labels, run.quality, strict=True))
    return {"seed": seed, "moments": [{**one, "quality": truth[one["labels"]]} for one in told]}


def said(evidence: Mapping[str, Any]) -> Row:
    """Return what is kept of the evidence: the measured quality and the saving, in answers."""
    quality, saving = (evidence.get(name) or {} for name in ("quality", "saving"))
    return {
        "measured": {name: quality.get(name) for name in ("estimate", "low", "high", "n")},
        "saving": saving.get("answers"),
    }


def random_curve(made: World, seed: int) -> Row:
    """Return the mean quality of models of random labels, from a few to the whole pool."""
    caches = made.caches()
    space, exam = space_of(made.pool, caches), made.exam(caches)
    model = made.settings().build_model(made.task)
    sizes = np.unique(np.geomspace(FIRST, len(made.pool), SIZES).round().astype(int))
    found = np.full((DRAWS, len(sizes)), np.nan)
    for draw in range(DRAWS):
        order = generator(seed, "random curve", draw).permutation(len(made.pool))
        for place, size in enumerate(sizes):
            rows = np.sort(order[:size])
            labels = [made.pool[row].gold for row in rows]
            found[draw, place] = exam.of(model.fit(space.batch(rows), labels, seed=seed))
    return {"sizes": sizes.tolist(), "quality": found.mean(axis=0).tolist()}


def one(
    data: Path, home: Path, shape: tuple[tuple[str, Any], ...], at: Sequence[int], what: Any
) -> Row:
    """Run a project of a set, and a part of its random curve."""
    name, seed = what
    made = world(data, home, name, shape)
    row = {"set": name, "pool": len(made.pool), **project(made, at, seed)}
    return {**row, "random": random_curve(made, seed)}


def needed(sizes: FloatArray, quality: FloatArray, wanted: float) -> float:
    """Return the random labels at which the curve reaches a quality; its last size at most.

    The curve is made to rise (isotonic) and read between its points on a logarithmic axis.

    >>> needed(np.array([10.0, 100.0]), np.array([0.5, 0.7]), 0.6).__round__()
    32
    """
    from sklearn.isotonic import IsotonicRegression

    rising = IsotonicRegression().fit_transform(np.log(sizes), quality)
    if wanted >= rising[-1]:
        return float(sizes[-1])
    after = int(np.searchsorted(rising, wanted, side="right"))
    if after == 0:
        return float(sizes[0])
    low, high = rising[after - 1], rising[after]
    part = (wanted - low) / (high - low)
    ends = np.log(sizes[after - 1 : after + 1])
    return float(np.exp(ends[0] + part * (ends[1] - ends[0])))


def judged(rows: Sequence[Row]) -> Iterator[Row]:
    """Yield each saving beside the truth: set, labels, truth, estimate, low, high (answers)."""
    for name in dict.fromkeys(row["set"] for row in rows):
        own = [row for row in rows if row["set"] == name]
        sizes = np.array(own[0]["random"]["sizes"], float)
        curve = np.mean([row["random"]["quality"] for row in own], axis=0)
        for row in own:
            for moment in row["moments"]:
                if moment["saving"]:
                    truth = needed(sizes, curve, moment["quality"]) - moment["labels"]
                    about = {"set": name, "labels": moment["labels"], "truth": truth}
                    yield {**about, **moment["saving"]}


def held(one: Mapping[str, float]) -> bool:
    """Say whether the limits hold the truth; half an answer does not count."""
    return one["low"] - 0.5 <= one["truth"] <= one["high"] + 0.5


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Yield a line of each set: coverage, and the medians of truth and of what was said."""
    found = list(judged(rows))
    yield "| set | answers | said | within its limits | truth | middle | low | high |"
    yield "|" + "---|" * 8
    groups: dict[tuple[str, int], list[Row]] = {}
    for said in found:
        groups.setdefault((said["set"], said["labels"]), []).append(said)
        groups.setdefault(("all", 0), []).append(said)
    for (name, labels), group in groups.items():
        cells = [name, str(labels or "all"), str(len(group)), f"{np.mean([*map(held, group)]):.0%}"]
        for figure in ("truth", "estimate", "low", "high"):
            cells.append(f"{statistics.median(said[figure] for said in group):.0f}")
        yield f"| {' | '.join(cells)} |"


def main() -> None:
    """Run, keep, judge, print."""
    alike()
    given = _parsed()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    rows = read(given.out)
    there = {(row["set"], row["seed"]) for row in rows}
    every = [(name, seed) for seed in range(given.seeds) for name in chosen_sets(given.sets)]
    plan = [] if given.replay else [what for what in every if what not in there]
    shape = tuple((key, getattr(given, key)) for key in ("pool", "test", "budget", "batch"))
    at = [int(labels) for labels in given.at.split(",")]
    work = partial(one, given.data, given.home, (*shape, ("control", given.control)), at)
    with ProcessPoolExecutor(given.jobs, get_context("spawn")) as workers:
        for done in as_completed([workers.submit(work, what) for what in plan]):
            rows.append(done.result())
            add(given.out, rows[-1])
    print("\n".join(table(rows)))


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    usual = os.environ.get("ASKNEXT_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(usual))
    parser.add_argument("--home", type=Path, default=OUT / "home")
    parser.add_argument("--out", type=Path, default=OUT / "saving.jsonl")
    parser.add_argument("--replay", action="store_true", help="judge the runs that are there")
    parser.add_argument("--sets", default="trec6,sst2,ag_news_small,subj")
    parser.add_argument("--at", default="200,300", help="numbers of answers to be asked at")
    parser.add_argument("--control", type=float, default=0.1)
    sizes = {"seeds": 5, "pool": 2000, "test": 1000, "budget": 300, "batch": 10, "jobs": 1}
    for name, usually in sizes.items():
        parser.add_argument(f"--{name}", type=int, default=usually)
    return parser.parse_args()


if __name__ == "__main__":
    main()
