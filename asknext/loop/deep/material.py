"""Material: the labelled examples of a project, as a run learns from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from asknext.core.examples import Example
from asknext.loop.live import Live


@dataclass(frozen=True)
class Material:
    """Hold labelled examples by id, with the seq of the newest event that they depend on."""

    seq: int
    examples: dict[str, Example]
    labels: dict[str, Any]
    control: frozenset[str]

    @property
    def ids(self) -> list[str]:
        """Return the ids in the order of the pool."""
        return list(self.labels)

    def of(self, ids: Sequence[str]) -> tuple[list[Example], list[Any]]:
        """Return examples and labels of these ids."""
        return [self.examples[id] for id in ids], [self.labels[id] for id in ids]


def gather(live: Live) -> Material:
    """Return all labelled examples of the pool as they are now; vectors are not needed."""
    with live.lock:
        rows = np.sort(live.pool.rows(live.state.labels))
        ids = [live.pool.ids[row] for row in rows[live.pool.is_pool[rows]].tolist()]
        labels = {id: live.state.labels[id] for id in ids}
        seq, control = live.state.seq, frozenset(live.control_ids())
    return Material(seq, live.store.examples(live.project, ids) if ids else {}, labels, control)


def to_write(live: Live, most: int) -> list[Example]:
    """Return up to `most` examples to write answers to, the most wanted first.

    What quality is measured on comes first: answers of the control arm, then test examples. Of
    the rest a quarter is kept for the control arm, so that both arms find drafts.
    """
    with live.lock:
        measured = [live.pool.ids[row] for row in np.flatnonzero(~live.pool.is_pool).tolist()]
        asked = [*live.control_ids(), *measured[: most // 4]]
        rows = np.flatnonzero(live.pool.askable)
        rows = rows[np.argsort(live.pool.draw[rows])]
        drawn = live.pool.draw[rows] < live.settings.control
        for part, share in ((rows[drawn], most // 4), (rows[~drawn], most)):
            ids = [live.pool.ids[row] for row in part.tolist()]
            asked += [id for id in ids if id not in live.state.labels][:share]
    found = live.store.examples(live.project, asked := asked[:most]) if asked else {}
    return [found[id] for id in asked]


def unlabelled(live: Live, most: int) -> list[Example]:
    """Return up to `most` unlabelled examples of the pool, in the order of the fixed draw."""
    with live.lock:
        rows = np.flatnonzero(live.pool.askable)
        rows = rows[np.argsort(live.pool.draw[rows])]
        ids = [live.pool.ids[row] for row in rows.tolist()]
        ids = [id for id in ids if id not in live.state.labels][:most]
    found = live.store.examples(live.project, ids) if ids else {}
    return [found[id] for id in ids]
