"""Ours: any registered strategy, on a view with every array that a project or a task can give."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from asknext.core import registry
from asknext.core.arrays import ARRAYS
from asknext.core.batch import Ragged, Rows
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.testing.strategy_arrays import LABELS, make_arrays

from .data import Data
from .jobs import OURS, Case, Job

TILE = 10_000  # examples made of what only sequences, regression and preferences have
LOOKAHEAD = 1_000  # candidates where each costs a model
REFERENCED = frozenset(
    {
        "expected_error_reduction",
        "expected_error_reduction_exact",
        "expected_log_loss_reduction",
        "epig",
        "output_change",
    }
)


def measured() -> list[str]:
    """Return the names of all strategies but those that ask somebody over the network."""
    names = registry.names("strategy")
    return [name for name in names if not hasattr(registry.get("strategy", name), "asks")]


def arrays(data: Data) -> dict[str, Any]:
    """Return what a project with the linear head supplies, as functions."""
    rows = np.arange(data.n + data.m)

    def vectors(part: slice) -> Callable[[], Rows]:
        return lambda: Rows(data.vectors, rows[part])

    here, known = slice(0, data.n), slice(data.n, None)
    return {
        "proba": lambda: data.proba,
        "labelled_proba": lambda: data.known_proba,
        "embedding": vectors(here),
        "labelled_embedding": vectors(known),
        "features": vectors(here),
        "labelled_features": vectors(known),
        "near": lambda: rows[here],
        "weight": lambda: data.weight,
        "bias": lambda: np.zeros(len(data.weight), np.float32),
        "label_embedding": lambda: data.weight / np.linalg.norm(data.weight, axis=1)[:, None],
        "penalty": lambda: np.array(0.1),
        "committee_proba": lambda: data.committee,
    }


def references(data: Data) -> dict[str, Any]:
    """Return the points on which lookahead methods measure."""
    return {
        "reference_embedding": lambda: data.references,
        "reference_features": lambda: data.references,
        "reference_proba": lambda: data.reference_proba,
    }


@cache
def others(needs: frozenset[str], n: int, m: int) -> dict[str, Any]:
    """Return the needed arrays of other tasks, made for 10,000 examples and then repeated."""
    made = make_arrays(min(n, TILE)) if needs else {}
    here, known = np.arange(n) % TILE, np.arange(m) % len(LABELS)
    found = {}
    for name in needs:
        if ARRAYS[name].axis is None:
            found[name] = made[name]
            continue
        found[name] = _taken(made[name], here, ARRAYS[name].axis)
        if f"labelled_{name}" in made:
            found[f"labelled_{name}"] = made[f"labelled_{name}"][known]
    return found


def _taken(array: Any, rows: Any, axis: int | None) -> Any:
    return array.take(rows) if isinstance(array, Ragged) else np.take(array, rows, axis)


def view(name: str, data: Data) -> View:
    """Return the view for a strategy."""
    needs = registry.get("strategy", name).needs
    given = arrays(data)
    if name in REFERENCED or any(need.startswith("reference_") for need in needs):
        given |= references(data)
    given |= others(frozenset(needs - given.keys()), data.n, data.m)
    classes = [f"class {i}" for i in range(len(data.weight))]
    return View(
        range(data.n),
        arrays=given,
        labelled=range(data.n, data.n + data.m),
        labels=[classes[label] for label in data.labels],
        classes=classes,
    )


def prepare(name: str, data: Data, k: int, seed: int) -> Job:
    """Load what the strategy reads, so that reading files is not timed."""
    strategy = registry.get("strategy", name)()
    shown = view(name, data)
    for array in _read(name, data.folder):
        shown.array(array)
    rng = generator(seed, "bench", name)
    return Job(lambda: strategy.select(shown, k, rng).ids)


@cache
def _read(name: str, folder: Path) -> set[str]:
    """Return the arrays that the strategy reads, found by a small selection."""
    shown = view(name, Data(folder, most=100, labelled=50))
    read: set[str] = set()

    def noted(array: str) -> Callable[[], Any]:
        def supply() -> Any:
            read.add(array)
            return shown.array(array)

        return supply

    watched = shown.showing({array: noted(array) for array in shown.provides})
    registry.get("strategy", name)().select(watched, 5, generator(0, "bench"))
    return read


def case(name: str) -> Case:
    """Return ours for a registered strategy."""
    return Case(name, OURS, lambda data, k, seed: prepare(name, data, k, seed))
