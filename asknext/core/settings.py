"""Settings of a project: versioned JSON, rebuilt into objects when needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from asknext.core import registry
from asknext.core.errors import InvalidInput
from asknext.core.tasks import Task

VERSION = 1
AUTO = "auto"
ON = "on"
OFF = "off"

INSTANT = {
    "classification": "linear",
    "multi_label": "linear_labels",
    "regression": "ridge",
    "tagging": "linear_tokens",
    "preference": "bradley_terry",
    "generation": "retrieval",
}
"""The model of each kind of task that learns at once; ``auto`` means this one."""


def task_from_json(data: Mapping[str, Any]) -> Task:
    """Rebuild a task from what its `to_json` wrote."""
    task: Task = registry.get("task", str(data.get("kind"))).from_json(data)
    return task


@dataclass(frozen=True)
class Settings:
    """Hold what a project was told.

    Args:
        name: letters, digits, ``-`` and ``_``; unique in its store.
        task: JSON of the task.
        title: what people see; the name where empty.
        encoder: a registered name, a model name or a folder; ``auto`` chooses by the texts.
        model: a registered model; ``auto`` is the one of the task that learns at once.
        model_settings: its settings by name; what is left out is as the model sets it.
        deep: the model that is fine-tuned in the background: ``model`` (a registered name),
            ``every`` (answers between two trainings), and its own settings; empty for none.
        gear: whether a project without `deep` settings tries a fine-tuned model by itself, and
            changes to it where it is better: ``auto``, ``off``; see `asknext.loop.gears`.
        self_training: whether the model that learns at once also learns from texts without a
            label, by what it says of them: ``auto`` where a check on held-back labels says that
            it helps, ``on`` without asking it, ``off``.
        strategy: a registered strategy.
        control: share of the questions that are drawn at random, in [0, 1].
        seed: root of all random numbers of the project.
        wanted: how many people should answer each example.
        lease_seconds: how long a question is held for somebody.
        suggest: whether the app shows the model's suggestion.
        guidelines: Markdown-free text shown to annotators.
        stop: name to arguments of the stop rules that give advice.
    """

    name: str
    task: Mapping[str, Any]
    title: str = ""
    encoder: str = "auto"
    model: str = AUTO
    model_settings: Mapping[str, Any] = field(default_factory=dict)
    deep: Mapping[str, Any] = field(default_factory=dict)
    gear: str = AUTO
    self_training: str = AUTO
    strategy: str = "auto"
    control: float = 0.1
    seed: int = 0
    wanted: int = 1
    lease_seconds: float = 900.0
    suggest: bool = True
    guidelines: str = ""
    stop: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    version: int = VERSION

    def __post_init__(self) -> None:
        allowed = set("abcdefghijklmnopqrstuvwxyz0123456789-_")
        if not self.name or len(self.name) > 64 or not set(self.name.lower()) <= allowed:
            raise InvalidInput(
                f"{self.name!r} cannot name a project; allowed: 1 to 64 letters a–z, digits, "
                "'-' and '_'"
            )
        if not 0.0 <= self.control <= 1.0:
            raise InvalidInput(f"control must lie in [0, 1]; given: {self.control}")
        if self.self_training not in (AUTO, OFF, ON):
            raise InvalidInput(
                f"self_training is {self.self_training!r}; allowed: {AUTO}, {OFF}, {ON}"
            )
        if self.gear not in (AUTO, OFF):
            raise InvalidInput(f"gear is {self.gear!r}; allowed: {AUTO}, {OFF}")
        if self.wanted < 1:
            raise InvalidInput(f"wanted must be at least 1; given: {self.wanted}")

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Settings:
        """Read what `to_json` wrote; refuses a version it does not know."""
        if int(data.get("version", 0)) > VERSION:
            raise InvalidInput(
                f"settings version {data['version']} is newer than this asknext ({VERSION}); "
                "upgrade asknext"
            )
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(data) - known)
        if unknown:
            raise InvalidInput(f"unknown settings {unknown}; known: {sorted(known)}")
        return cls(**{**data, "version": VERSION})

    def changed(self, **changes: Any) -> Settings:
        """Return the settings with some of them changed; unknown names are refused."""
        unknown = sorted(set(changes) - {f.name for f in fields(self)})
        if unknown:
            raise InvalidInput(f"unknown settings {unknown}")
        return replace(self, **changes)

    @property
    def model_name(self) -> str:
        """Return the registered name of the model."""
        return INSTANT[str(self.task["kind"])] if self.model == AUTO else self.model

    def build_model(self, task: Task) -> Any:
        """Make the model of the project for a task, not fitted yet."""
        return registry.get("model", self.model_name)(task, **self.model_settings)

    def build_task(self) -> Task:
        """Rebuild the task."""
        return task_from_json(self.task)
