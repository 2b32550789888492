"""The world of a simulation: what all of its arms share, and how it is made of labelled files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from asknext.core import registry
from asknext.core.errors import InvalidInput
from asknext.core.examples import TEST, Example
from asknext.core.home import Home
from asknext.core.protocols import Encoder, Progress
from asknext.core.seeds import unit
from asknext.core.settings import AUTO, Settings
from asknext.core.tasks import Task
from asknext.loop.describing import label_examples
from asknext.loop.encoding import caches_of, choose_encoder, encoder_spec, fill
from asknext.loop.exam import Exam, check_positive
from asknext.loop.oracle import NO_TIME, Effort, check_noise
from asknext.loop.space import Caches

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
