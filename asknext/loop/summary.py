"""Summary: what the runs of a simulation come to, strategy by strategy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from asknext.core import registry
from asknext.core.protocols import Moment
from asknext.loop.exam import metric_of
from asknext.loop.world import World

TARGETS = (0.90, 0.95, 0.98)


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
