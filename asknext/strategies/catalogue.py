"""Catalogue: what there is to say about each strategy and wrapper, gathered from their classes."""

from __future__ import annotations

import inspect
from typing import Any

from asknext.core import registry
from asknext.core.arrays import OPTIONAL, SUPPLIED
from asknext.core.errors import InvalidInput, NotFound
from asknext.core.protocols import Model, Strategy

KINDS = ("strategy", "wrapper")


def arrays_with(model: type[Model]) -> frozenset[str]:
    """Return the arrays that a strategy can read in a project with this model."""
    found = SUPPLIED | OPTIONAL | model.provides | frozenset(getattr(model, "shows", ()))
    return found | {"sample_embedding"} if "samples" in found else found


def unmet(strategy: Strategy, model: type[Model]) -> list[str]:
    """Return what a strategy needs, now or later, and a project with this model cannot supply."""
    later: frozenset[str] = getattr(strategy, "later", frozenset())
    return sorted((strategy.needs | later) - arrays_with(model))


def card(name: str) -> dict[str, Any]:
    """Return what is known of one strategy or wrapper; raises NotFound.

    >>> card("margin")["needs"]
    ['proba']
    """
    for kind in KINDS:
        if name in registry.names(kind):
            return _card(kind, name)
    raise NotFound.among("strategy", name, [n for kind in KINDS for n in registry.names(kind)])


def cards(*, task: str | None = None, model: str | None = None) -> list[dict[str, Any]]:
    """Return all cards, strategies before wrappers, by name.

    `task` keeps those that serve it, `model` those whose needs it meets; a wrapper needs what
    the strategy inside does, and stays.

    Raises:
        NotFound: no such model.
        InvalidInput: a task that no strategy serves by name.
    """
    found = [_card(kind, name) for kind in KINDS for name in registry.names(kind)]
    known = {served for row in found for served in row["tasks"]}
    if task is not None and task not in known:
        raise InvalidInput(
            f"no strategy names the task {task!r}; tasks: {', '.join(sorted(known))}"
        )
    if task is not None:
        found = [row for row in found if not row["tasks"] or task in row["tasks"]]
    if model is not None:
        there = arrays_with(registry.get("model", model))
        found = [row for row in found if set(row["needs"]) <= there]
    return found


def _card(kind: str, name: str) -> dict[str, Any]:
    made = registry.get(kind, name)
    return {
        "name": name,
        "kind": kind,
        "summary": _summary(made),
        "tasks": _names(made, "tasks"),
        "needs": _names(made, "needs"),
        "settings": _settings(made),
        "cost": str(getattr(made, "cost", "")),
        "evidence": str(getattr(made, "evidence", "")),
        "source": str(getattr(made, "source", "")),
    }


def _names(made: Any, attribute: str) -> list[str]:
    """Return a set of names; none for a wrapper, which takes them from the strategy inside."""
    found: Any = getattr(made, attribute, frozenset())
    return sorted(found) if isinstance(found, frozenset) else []


def _summary(made: Any) -> str:
    return (inspect.getdoc(made) or "").split("\n\n")[0].replace("\n", " ")


def _settings(made: Any) -> list[str]:
    """Return the settings by name with their defaults."""
    parameters = inspect.signature(made).parameters.values()
    return [f"{p.name}={p.default!r}" for p in parameters if p.default is not p.empty]
