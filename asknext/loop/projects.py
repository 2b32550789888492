"""Making a project and bringing files into it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from asknext.core import registry
from asknext.core.errors import BadRow, InvalidInput
from asknext.core.events import ANSWERED, IMPORTED, LABEL, Draft
from asknext.core.examples import POOL, Example
from asknext.core.home import Home
from asknext.core.protocols import Progress, Store
from asknext.core.settings import AUTO, ON, Settings
from asknext.loop.deep.plan import Plan
from asknext.loop.deep.starting import take_encoder
from asknext.loop.encoding import choose_encoder, walk
from asknext.loop.gears import gear_of
from asknext.loop.teaching import TASK

LABEL_USES = ("seed", "gold", "meta")


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Count what an import did; `notice` is a sentence about the chosen encoder, or empty."""

    new: int
    known: int
    copies: int
    near: int
    skipped: int
    seeded: int
    notice: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self)


def check_settings(settings: Settings) -> None:
    """Raise InvalidInput where task, model and strategy do not go together."""
    task = settings.build_task()
    plan = Plan.of(settings.deep)
    if plan is not None:
        plan.build(task)
    if task.kind != TASK and (settings.self_training == ON or (plan and plan.self_training)):
        raise InvalidInput(
            f"self-training serves {TASK!r} only; the task of this project is {task.kind!r}: "
            f"leave it at {AUTO!r}"
        )
    model = registry.get("model", settings.model_name)
    strategy = registry.get("service", "strategy.build")(settings.strategy)
    for kind, name, thing in (
        ("model", settings.model_name, model),
        ("strategy", settings.strategy, strategy),
    ):
        if thing.tasks and task.kind not in thing.tasks:
            serves = ", ".join(sorted(thing.tasks))
            raise InvalidInput(f"{kind} {name!r} does not serve {task.kind!r}; it serves: {serves}")
    settings.build_model(task)  # refuses settings that it does not know
    check_stop(settings.stop)
    if missing := registry.get("service", "strategy.unmet")(strategy, model):
        rows = registry.get("service", "strategy.cards")(task=task.kind, model=settings.model_name)
        others = ", ".join(row["name"] for row in rows if row["kind"] == "strategy")
        raise InvalidInput(
            f"strategy {settings.strategy!r} needs {', '.join(missing)}, which the model "
            f"{settings.model_name!r} does not provide; these work with it: {others}"
        )


def check_stop(stop: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise InvalidInput or NotFound where these stop rules cannot be made or cannot judge."""
    for name, arguments in stop.items():
        try:
            registry.get("stop_rule", name)(**arguments).judge(())
        except TypeError as error:
            raise InvalidInput(f"stop rule {name!r} cannot be used like this: {error}") from error


def create_project(store: Store, settings: Settings) -> None:
    """Check that task, model and strategy go together, then make the project."""
    check_settings(settings)
    store.create(settings)


def create_from(store: Store, home: Home, settings: Settings, start_from: str) -> None:
    """Make a project whose vectors are those of another one's fine-tuned model from the start.

    The weights are copied into `home`.

    Raises:
        NotReady: no fine-tuned model serves in the project `start_from`.
        InvalidInput: the settings name an encoder.
    """
    if settings.encoder != AUTO:
        raise InvalidInput(
            f"start_from ({start_from!r}) brings an encoder of its own; leave out the encoder "
            f"{settings.encoder!r}, or start_from"
        )
    create_project(store, settings)
    try:
        encoder = take_encoder(store, home, settings.name, start_from)
    except BaseException:
        store.delete(settings.name)
        raise
    store.configure(settings.changed(encoder=encoder), time.time())


class _Counted:
    """Pass bad rows on and count them."""

    def __init__(self, on_bad: Callable[[BadRow], None]) -> None:
        self.total = 0
        self._on_bad = on_bad

    def __call__(self, row: BadRow) -> None:
        self.total += 1
        self._on_bad(row)


@dataclass
class _Intake:
    """Count examples on their way into the store and keep the labels that seed the project."""

    store: Store
    settings: Settings
    label_use: str
    copies: int = 0
    near: int = 0
    seeds: list[tuple[str, Any]] = field(default_factory=list)
    sample: list[Example] = field(default_factory=list)

    def watch(self, pairs: Iterator[tuple[Example, Any]]) -> Iterator[Example]:
        for example, label in pairs:
            self.copies += example.copy_of is not None
            self.near += example.near is not None
            if len(self.sample) < 1000:
                self.sample.append(example)
            if label is not None and self.label_use == "seed":
                self.seeds.append((example.copy_of or example.id, label))
            yield example

    def sow(self, at: float) -> int:
        """Append the labels found in the file as answers by ``import``; retries are harmless."""
        for start in range(0, len(self.seeds), 5000):
            drafts = [
                Draft(
                    kind=ANSWERED,
                    at=at,
                    who="import",
                    example=example,
                    data={"action": LABEL, "value": value, "arm": "seed"},
                    key=f"import:{example}",
                )
                for example, value in self.seeds[start : start + 5000]
            ]
            self.store.append(self.settings.name, drafts)
        return len(self.seeds)


def import_file(
    store: Store,
    home: Home,
    project: str,
    path: Path,
    mapping: Mapping[str, Any],
    *,
    label_use: str = "seed",
    split: str = POOL,
    on_bad: Callable[[BadRow], None] | None = None,
    progress: Progress | None = None,
    source: str | None = None,
) -> ImportReport:
    """Bring a file into a project, all of it or nothing.

    `label_use` says what a mapped label column is for: ``seed`` answers, hidden ``gold``, or
    ``meta`` (kept beside the text). With `on_bad` unreadable rows go there and the rest comes in;
    without it they raise BadRows. `source` is the name to remember instead of the path's.

    Raises:
        InvalidInput: an unknown `label_use`.
        BadRows: unreadable rows, and no `on_bad`.
    """
    if label_use not in LABEL_USES:
        raise InvalidInput(f"label_use is {label_use!r}; allowed: {', '.join(LABEL_USES)}")
    settings = store.settings(project)
    mapping = _as_meta(mapping) if label_use == "meta" else mapping
    bad = _Counted(on_bad) if on_bad else None
    known = store.outline(project)
    pairs = registry.get("service", "data.examples")(
        path,
        mapping,
        gold=label_use == "gold" or split != POOL,
        split=split,
        known=known,
        texts=lambda: ((example.id, example.text) for example in walk(store, project)),
        task=settings.build_task(),
        on_bad=bad,
        progress=progress,
    )
    intake = _Intake(store, settings, label_use if split == POOL else "gold")
    added = store.add(project, intake.watch(pairs))
    now = time.time()
    seeded = intake.sow(now)
    notice = _settle_encoder(store, project, intake.sample, now)
    if not known and added.new:
        _settle_gear(store, project, now)
    report = ImportReport(
        added.new, added.known, intake.copies, intake.near, bad.total if bad else 0, seeded, notice
    )
    data = {"file": source or Path(path).name, "split": split, **report.to_json()}
    store.append(project, [Draft(kind=IMPORTED, at=now, data=data)])
    return report


def _as_meta(mapping: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in mapping.items() if name not in ("label", "tags")}


def _settle_encoder(store: Store, project: str, sample: list[Example], at: float) -> str:
    """Replace ``auto`` by the encoder that suits the texts, so that later imports keep it."""
    settings = store.settings(project)
    if settings.encoder != AUTO or not sample:
        return ""
    choice = choose_encoder(sample)
    store.configure(settings.changed(encoder=choice.encoder), at)
    return str(choice.notice)


def _settle_gear(store: Store, project: str, at: float) -> None:
    """Write down how a new project comes to a fine-tuned model by itself, where it may."""
    settings = store.settings(project)
    if gear := gear_of(settings):
        store.configure(settings.changed(deep=gear), at)
