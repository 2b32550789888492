"""Simulation: the very same loop with an oracle that knows the labels.

Every arm runs a `Session` over an in-memory store: what is measured here is the product. Arms
share everything but the strategy: pool, test set, encoder, model, budget, and, seed by seed, the
random numbers.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from asknext.core import registry
from asknext.core.errors import InvalidInput
from asknext.core.examples import TEST, Example
from asknext.core.home import Home
from asknext.core.protocols import Encoder, Moment, Progress, Store
from asknext.core.seeds import unit
from asknext.core.settings import AUTO, Settings
from asknext.core.tasks import Task
from asknext.loop.checkpoints import Checkpoints, Unmeasured
from asknext.loop.deep.requests import LABELS, due, request
from asknext.loop.deep.round import run_round
from asknext.loop.describing import label_examples
from asknext.loop.encoding import caches_of, choose_encoder, encoder_spec, fill
from asknext.loop.exam import Exam, check_positive, metric_of, space_of
from asknext.loop.oracle import NO_TIME, Effort, Oracle, check_noise
from asknext.loop.projects import check_settings, create_project
from asknext.loop.session import Session
from asknext.loop.space import Caches

ORACLE = "oracle"
HELD_OUT = 0.2
MOST_HELD_OUT = 2000


@dataclass(frozen=True)
class World:
    """Be what all arms of a simulation share.

    `deep` are the settings of a deep model, if any. The first `start` labels are drawn at random,
    the same for all arms of a seed; with 0 every strategy begins by itself. `noise` is the share
    of wrong answers, `effort` what an answer takes. `positive` is a label whose F1 is the quality.
    Arms that are not `gauged` leave out what a project measures of itself, which takes most of
    the time: nothing is asked by it, and only stop rules read it.
    """

    pool: tuple[Example, ...]
    test: tuple[Example, ...]
    task: Task
    encoder: str
    folder: Path
    home: Home
    budget: int
    batch: int
    control: float
    model: str = AUTO
    model_settings: Mapping[str, Any] = field(default_factory=dict)
    deep: Mapping[str, Any] = field(default_factory=dict)
    self_training: str = AUTO
    start: int = 0
    noise: float = 0.0
    effort: Effort = NO_TIME
    positive: str = ""
    gauged: bool = True

    def exam(self, caches: Caches) -> Exam:
        """Return the exam on the test examples."""
        return Exam(self.task, self.test, caches, self.positive)

    def settings(self, strategy: str = "random", seed: int = 0) -> Settings:
        """Return the settings of the project that one arm runs."""
        return Settings(
            name="simulation",
            task=self.task.to_json(),
            strategy=strategy,
            seed=seed,
            control=self.control,
            encoder=self.encoder,
            model=self.model,
            model_settings=self.model_settings,
            deep=self.deep,
            self_training=self.self_training,
        )

    def caches(self) -> Caches:
        """Open the caches that `prepare` has filled."""
        encoder = registry.get("service", "encoder.load")(self.folder)
        caches = caches_of(self.home, encoder, self.settings())
        caches.refresh()
        return caches


@dataclass(frozen=True, slots=True)
class Run:
    """Be one arm with one seed: quality on the test set after each number of labels.

    `moments` are what the project knew of itself, as stop rules read it; with NaN in them they
    take no part in comparisons. `minutes` are what the answers took until then, where the
    simulation counts them.
    """

    strategy: str
    seed: int
    labels: tuple[int, ...]
    quality: tuple[float, ...]
    moments: tuple[Moment, ...] = field(default=(), compare=False, repr=False)
    minutes: tuple[float, ...] = ()


def read_labelled(
    path: Path,
    mapping: Mapping[str, Any],
    split: str,
    progress: Progress | None = None,
    task: Task | None = None,
) -> list[Example]:
    """Read a labelled file; rows without a label and exact copies are left out.

    `task` says how labels are written; without it they are texts.

    Raises:
        InvalidInput: no row has a label.
    """
    pairs = registry.get("service", "data.examples")(
        path, mapping, gold=True, split=split, known=(), task=task, progress=progress
    )
    found = [example for example, label in pairs if label is not None and example.copy_of is None]
    if not found:
        raise InvalidInput(
            f"{path}: no row has both a text and a label in column {mapping.get('label')!r}"
        )
    return found


def hold_out(examples: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """Split into pool and test by a fixed draw: a fifth, at most 2,000, is for the test."""
    order = sorted(examples, key=lambda example: unit(0, "held out", example.key))
    n = min(int(len(order) * HELD_OUT), MOST_HELD_OUT)
    chosen = {example.id for example in order[:n]}
    return (
        [example for example in examples if example.id not in chosen],
        [replace(example, split=TEST) for example in examples if example.id in chosen],
    )


def prepare(
    home: Home,
    pool: Sequence[Example],
    test: Sequence[Example],
    task: Task,
    *,
    encoder: str = "auto",
    budget: int = 300,
    batch: int = 10,
    control: float = 0.0,
    model: str = AUTO,
    model_settings: Mapping[str, Any] | None = None,
    deep: Mapping[str, Any] | None = None,
    self_training: str = AUTO,
    start: int = 0,
    noise: float = 0.0,
    effort: Effort | None = None,
    positive: str = "",
    gauged: bool = True,
    progress: Progress | None = None,
) -> World:
    """Choose and run the encoder over pool and test; the vectors are kept for the next time.

    `deep` are settings of a model that is trained in every arm whenever it would be in a project;
    `World` says what the others are.

    Raises:
        InvalidInput: noise that cannot be, or no such label to be positive.
    """
    check_noise(task, noise)
    check_positive(task, positive)
    most = min(budget, len(pool))
    if not 0 <= start <= most:
        raise InvalidInput(f"start is a part of the {most} labels of the budget; given: {start}")
    if encoder == AUTO:
        encoder = choose_encoder(pool[:1000]).encoder
    folder = home.project(f"simulate-{_digest(pool)}-{_slug(encoder)}") / "encoder"
    world = World(
        pool=tuple(pool),
        test=tuple(test),
        task=task,
        encoder=encoder,
        folder=folder,
        home=home,
        budget=most,
        batch=batch,
        control=control,
        model=model,
        model_settings=model_settings or {},
        deep=deep or {},
        self_training=self_training,
        start=start,
        noise=noise,
        effort=effort or NO_TIME,
        positive=positive,
        gauged=gauged,
    )
    settings = world.settings()
    made: Encoder = registry.get("service", "encoder.resolve")(
        encoder_spec(settings), lambda: iter(pool), folder
    )
    made.save(folder)
    everything = [*label_examples(task), *pool, *test]
    caches = caches_of(home, made, settings)
    fill(caches, made, lambda: everything, progress, len(everything))
    return world


def _slug(encoder: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in encoder.lower())[-40:]


def _digest(pool: Sequence[Example]) -> str:
    return f"{int(unit(len(pool), *(example.key for example in pool)) * 2**48):012x}"


def run_arm(world: World, caches: Caches, strategy: str, seed: int) -> Run:
    """Run one strategy with one seed."""
    store: Store = registry.get("store", "memory")()
    settings = world.settings(strategy, seed)
    create_project(store, settings)
    store.add(settings.name, world.pool)
    oracle = Oracle(world.task, world.pool, noise=world.noise, effort=world.effort, seed=seed)
    exam = world.exam(caches)
    with _home_of_arm(world, settings.name) as home:
        session = Session(
            store,
            settings.name,
            home,
            caches=caches,
            queue_size=max(world.batch, 1),
            checkpoints=Checkpoints if world.gauged else Unmeasured,
        )
        points = [(*at, exam.grade(session)) for at in _rounds(session, oracle, world)]
    labels, minutes, quality = zip(*points, strict=True)
    timed = minutes if world.effort != NO_TIME else ()
    return Run(strategy, seed, labels, quality, tuple(session.state.history()), timed)


@contextmanager
def _home_of_arm(world: World, project: str) -> Iterator[Home]:
    """Give an arm that trains deep models a home of its own, which goes when the arm ends."""
    if not world.deep:
        yield world.home
        return
    with TemporaryDirectory(prefix="asknext-simulate-") as folder:
        home = Home(Path(folder))
        shutil.copytree(world.folder, home.project(project) / "encoder")
        yield home


def _rounds(session: Session, oracle: Oracle, world: World) -> Iterator[tuple[int, float]]:
    """Ask, tell and train until the budget is spent; yield labels and minutes of each round."""
    told, minutes = 0, 0.0
    session.train()
    chosen = _first(world, session.settings.seed)
    while told < world.budget:
        if not chosen:
            questions = session.ask(min(world.batch, world.budget - told), ORACLE)
            chosen = [question.example.id for question in questions]
        if not chosen:
            return
        minutes += _tell(session, oracle, chosen)
        told += len(chosen)
        chosen = []
        session.train()
        if due(session):
            run_round(session, request(session, why=LABELS))
            session.train()
        yield told, minutes


def _first(world: World, seed: int) -> list[str]:
    """Draw the examples that every arm of a seed starts with."""
    order = sorted(world.pool, key=lambda example: unit(seed, "start", example.key))
    return [example.id for example in order[: world.start]]


def _tell(session: Session, oracle: Oracle, examples: Sequence[str]) -> float:
    """Tell the answers to these examples; return the minutes that they took."""
    took = 0.0
    for example in examples:
        seconds = oracle.seconds(example)
        session.tell(example, oracle.answer(example), who=ORACLE, seconds=seconds)
        took += seconds or 0.0
    return took / 60


def full_quality(world: World, caches: Caches) -> float:
    """Return the quality of the model that has learnt from the whole pool."""
    batch = space_of(world.pool, caches).batch(np.arange(len(world.pool)))
    model = world.settings().build_model(world.task)
    fitted = model.fit(batch, [example.gold for example in world.pool], seed=0)
    return world.exam(caches).of(fitted)


_shared: dict[str, Any] = {}


def _enter(world: World) -> None:
    """Set a worker process up once: it keeps the world and the open vectors."""
    _shared["world"] = world
    _shared["caches"] = world.caches()


def _work(strategy: str, seed: int) -> Run:
    return run_arm(_shared["world"], _shared["caches"], strategy, seed)


def simulate(
    world: World,
    strategies: Sequence[str],
    seeds: int,
    *,
    jobs: int = 1,
    on_run: Callable[[Run, int, int], None] | None = None,
) -> dict[str, Any]:
    """Run every strategy with every seed and summarise; see `summarise` for the shape.

    `jobs` processes share the work; the result does not depend on how many.
    """
    for strategy in strategies:
        check_settings(world.settings(strategy))
    plan = [(strategy, seed) for seed in range(seeds) for strategy in strategies]
    runs: list[Run] = []
    for run in run_arms(world, plan, jobs):
        runs.append(run)
        if on_run:
            on_run(run, len(runs), len(plan))
    check_start(world.start, runs)
    return summarise(world, strategies, runs, full_quality(world, world.caches()))


def check_start(start: int, runs: Sequence[Run]) -> None:
    """Assert that all arms of a seed are equally good at their shared start.

    Arms that differ there differ in more than their strategy. Without a shared start (0) there is
    nothing to compare.

    Raises:
        AssertionError: two arms of a seed differ.
    """
    first: dict[int, Run] = {}
    for run in runs if start else ():
        other = first.setdefault(run.seed, run)
        one, two = (dict(zip(x.labels, x.quality, strict=True)).get(start) for x in (other, run))
        if one != two:
            raise AssertionError(
                f"seed {run.seed}: {other.strategy} has {one}, {run.strategy} has {two} after the "
                f"same {start} labels; arms must share everything but the strategy"
            )


def run_arms(world: World, plan: Sequence[tuple[str, int]], jobs: int = 1) -> Iterator[Run]:
    """Run these pairs of strategy and seed; with several jobs they end in any order."""
    if jobs <= 1:
        caches = world.caches()
        for strategy, seed in plan:
            yield run_arm(world, caches, strategy, seed)
        return
    context = get_context("spawn")
    with ProcessPoolExecutor(jobs, context, initializer=_enter, initargs=(world,)) as workers:
        futures = [workers.submit(_work, strategy, seed) for strategy, seed in plan]
        for future in as_completed(futures):
            yield future.result()


TARGETS = (0.90, 0.95, 0.98)


def summarise(
    world: World, strategies: Sequence[str], runs: Sequence[Run], full: float
) -> dict[str, Any]:
    """Summarise runs as one JSON object.

    ``strategies`` maps each name to ``area`` (mean over seeds of the area under the learning
    curve, normalised to [0, 1] on a linear label axis), ``area_interval`` (95 %), ``curve``
    (``labels``, ``mean``, ``low``, ``high``), ``labels_to`` (labels until the mean curve first
    stays, over three rounds, at a share of ``full``, the quality with all labels; null if never)
    and ``final`` (mean quality at the end). Where answers take time, ``minutes`` are the mean
    minutes until then.
    """
    return {
        "metric": metric_of(world.task, world.positive),
        "pool": len(world.pool),
        "test": len(world.test),
        "encoder": world.encoder,
        "budget": world.budget,
        "batch": world.batch,
        "start": world.start,
        "noise": world.noise,
        "seeds": len({run.seed for run in runs}),
        "full": full,
        "strategies": {
            name: _summary([run for run in runs if run.strategy == name], full)
            for name in strategies
        },
    }


def _summary(runs: Sequence[Run], full: float) -> dict[str, Any]:
    interval = registry.get("service", "evaluation.mean_interval")
    runs = sorted(runs, key=lambda run: run.seed)
    labels = runs[0].labels
    grid = np.array([run.quality for run in runs])
    bands = [interval(grid[:, i]) for i in range(len(labels))]
    areas = [registry.get("service", "evaluation.area")(labels, row) for row in grid]
    area, low, high = interval(areas)
    final, final_low, final_high = interval(grid[:, -1])
    minutes = np.array([run.minutes for run in runs]).mean(axis=0)
    return {
        "area": area,
        "area_interval": [low, high],
        "areas": areas,
        "curve": {
            "labels": list(labels),
            "mean": [band[0] for band in bands],
            "low": [band[1] for band in bands],
            "high": [band[2] for band in bands],
        },
        "labels_to": {
            f"{share:.2f}": _labels_to(labels, grid.mean(axis=0), share * full) for share in TARGETS
        },
        "final": final,
        "final_interval": [final_low, final_high],
        **({"minutes": minutes.tolist()} if minutes.size else {}),
    }


def _labels_to(labels: Sequence[int], mean: Any, target: float) -> int | None:
    found = registry.get("service", "evaluation.labels_to")(labels, mean, target)
    return None if found is None else int(found)
