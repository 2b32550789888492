"""Plan: what a project's settings say about its deep model, and when to train it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

from asknext.core import registry
from asknext.core.errors import InvalidInput
from asknext.core.protocols import Model
from asknext.core.tasks import Task

AUTO = "auto"
CONTROL = "control"
HOLDOUT = "holdout"
BETTER = "better"
NONE = "none"
SCRATCH = "scratch"
JUDGES = (AUTO, BETTER, CONTROL, HOLDOUT, NONE)


@dataclass(frozen=True, slots=True)
class Plan:
    """Hold the settings of a project's deep model.

    Args:
        model: a registered model: ``transformer``, ``seq2seq``, ``causal``.
        every: new labels between two trainings; 0 trains on request only.
        first: labels for the first training; None for the same as `every`.
        growth: labels at which the next training is due, as a multiple of those of the last one,
            where that is more than `every` further ones.
        judge: on what a new model is compared with what serves: ``auto`` (see `splitting`),
            ``better`` (the same, but the first one must be clearly better), ``control`` answers,
            a ``holdout`` of labels, ``none``.
        keep: promoted runs whose files stay, for rolling back.
        candidates: texts that a generating model writes drafts for, at most.
        device: name of the device whose turn a training waits for; ``auto`` is the one that the
            model chooses.
        minutes: time limit of a run, with everything it does; None for none.
        memory_gb: limit of its memory in GiB; None for nine tenths of the machine's.
        self_training: whether a second model that also learns from pseudo-labels is trained, and
            kept where it does better on answers that neither has learnt.
        model_settings: all other settings, which are the model's own (``base``, ``how`` …).
    """

    model: str = "transformer"
    every: int = 50
    first: int | None = None
    growth: float = 1.0
    judge: str = AUTO
    keep: int = 3
    candidates: int = 1000
    device: str = AUTO
    minutes: float | None = None
    memory_gb: float | None = None
    self_training: bool = False
    model_settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.judge not in JUDGES:
            raise InvalidInput(f"judge is {self.judge!r}; allowed: {', '.join(JUDGES)}")
        for name, least in (("every", 0), ("keep", 1), ("candidates", 1), ("first", 1)):
            given = getattr(self, name)
            if given is not None and (not isinstance(given, int) or given < least):
                raise InvalidInput(f"deep.{name} must be a whole number from {least} on: {given!r}")
        if not self.growth >= 1.0:
            raise InvalidInput(f"deep.growth must be a number from 1 on: {self.growth!r}")
        for name in ("minutes", "memory_gb"):
            given = getattr(self, name)
            if given is not None and not given > 0:
                raise InvalidInput(f"deep.{name} must be above 0; given: {given!r}")
        if not isinstance(self.self_training, bool):
            raise InvalidInput(
                f"deep.self_training must be true or false; given: {self.self_training!r}"
            )
        if not set(self.device) <= set("abcdefghijklmnopqrstuvwxyz0123456789:-_"):
            raise InvalidInput(f"deep.device is {self.device!r}; allowed: auto, cpu, cuda:0, mps …")

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Self | None:
        """Read a project's `deep` settings; None where they are empty.

        >>> Plan.of({"base": "minilm", "every": 20}).model_settings
        {'base': 'minilm'}
        """
        if not settings:
            return None
        own = {f.name for f in fields(cls)} - {"model_settings"}
        mine = {name: value for name, value in settings.items() if name in own}
        rest = {name: value for name, value in settings.items() if name not in own}
        return cls(**mine, model_settings=rest)

    @property
    def wanted(self) -> int:
        """Return how many labels the first training waits for."""
        return max(self.first if self.first is not None else self.every, 2)

    def next(self, learnt: int | None) -> int | None:
        """Return the labels at which the next training is due; None where it waits for a request.

        `learnt` labels there were last time, None where there was none.

        >>> Plan(every=50, first=20).next(None), Plan(every=50).next(75), Plan(every=0).next(75)
        (20, 125, None)
        >>> Plan(every=50, growth=2).next(30), Plan(every=50, growth=2).next(100)
        (80, 200)
        """
        if self.every == 0:
            return None
        if learnt is None:
            return self.wanted
        return max(learnt + self.every, math.ceil(self.growth * learnt))

    def due(self, labels: int, learnt: int | None) -> bool:
        """Say whether to train by itself at so many labels; see `next`.

        >>> Plan(every=50).due(124, 75), Plan(every=50).due(125, 75), Plan(every=0).due(99, None)
        (False, True, False)
        """
        at = self.next(learnt)
        return at is not None and labels >= at

    @property
    def kind(self) -> type[Model]:
        """Return the class of the model."""
        found: type[Model] = registry.get("model", self.model)
        return found

    def tried(self) -> Plan:
        """Return the plan of a trial: models may say by which settings they are tried quickly.

        >>> Plan(model_settings={"base": "minilm"}).tried().model_settings
        {'effort': 0.5, 'base': 'minilm'}
        """
        quick = getattr(self.kind, "trial", {})
        return replace(self, model_settings={**quick, **self.model_settings})

    def build(self, task: Task, **hooks: Any) -> Model:
        """Return the unfitted model; raises InvalidInput where it does not serve the task."""
        kind: Any = self.kind
        if kind.tasks and task.kind not in kind.tasks:
            serves = ", ".join(sorted(kind.tasks))
            raise InvalidInput(
                f"model {self.model!r} does not serve {task.kind!r}; it serves: {serves}"
            )
        model: Model = kind(task, **self.model_settings, **hooks)
        return model
