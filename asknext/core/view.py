"""View: the read-only picture a strategy is given.

Arrays are suppliers called on first use and then kept, so the strategies of a round share them
and none pays for what it does not read. Sub-views (`take`) slice what the parent computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from asknext.core.arrays import ARRAYS
from asknext.core.batch import FloatArray, IntArray, Ragged, Rows, Table
from asknext.core.errors import Unsupported
from asknext.core.picks import Id

AXES: dict[str, int | None] = {name: shape.axis for name, shape in ARRAYS.items()}
"""The axis of each array that runs over the candidates; None: it does not."""

Supplier = Callable[[], Any]


class View:
    """Show a strategy the candidates and all that is known about them.

    Args:
        candidates: (n,) ids that may be asked, distinct, in a fixed order.
        arrays: name to array, or to a function called once on first use; `asknext.core.arrays`
            has the names and shapes.
        pending: ids already out with annotators.
        labelled: (m,) ids with a label; `labels` are their values, in the same order.
        classes: the labels of the task, where it has a fixed set.
        state: what this strategy returned in its last Picks.
        round: number of model versions so far.

    >>> view = View(["a", "b"], arrays={"proba": lambda: np.array([[0.9, 0.1], [0.5, 0.5]])})
    >>> view.proba.shape, view.take(np.array([1])).candidates
    ((2, 2), ['b'])
    """

    def __init__(
        self,
        candidates: Sequence[Id],
        *,
        arrays: Mapping[str, Any | Supplier] | None = None,
        pending: Sequence[Id] = (),
        labelled: Sequence[Id] = (),
        labels: Sequence[Any] = (),
        classes: Sequence[str] = (),
        state: Mapping[str, Any] | None = None,
        round: int = 0,
    ) -> None:
        self.candidates = candidates
        self.pending = pending
        self.labelled = labelled
        self.labels = labels
        self.classes = tuple(classes)
        self.state: Mapping[str, Any] = state or {}
        self.round = round
        self._suppliers = dict(arrays or {})
        self._computed: dict[str, Any] = {}

    def __len__(self) -> int:
        return len(self.candidates)

    @property
    def provides(self) -> frozenset[str]:
        """Return the names of the arrays that can be read."""
        return frozenset(self._suppliers)

    def array(self, name: str) -> Any:
        """Return an array by name; raises Unsupported naming what there is instead."""
        if name not in self._computed:
            if name not in self._suppliers:
                there = ", ".join(sorted(self._suppliers)) or "nothing"
                raise Unsupported(f"{name!r} is not available here; available: {there}")
            given = self._suppliers[name]
            self._computed[name] = given() if callable(given) else given
        return self._computed[name]

    @property
    def proba(self) -> FloatArray:
        """Return class probabilities (n, c); rows sum to 1."""
        return np.asarray(self.array("proba"))

    @property
    def embedding(self) -> Table:
        """Return sentence vectors (n, d) float32, unit length; an array or Rows."""
        table: Table = self.array("embedding")
        return table

    @property
    def labelled_embedding(self) -> Table:
        """Return sentence vectors (m, d) of the labelled examples."""
        table: Table = self.array("labelled_embedding")
        return table

    @property
    def near(self) -> IntArray:
        """Return near-duplicate groups (n,): equal numbers are near-duplicates of each other."""
        groups: npt.NDArray[np.int64] = self.array("near")
        return groups

    def take(self, rows: IntArray) -> View:
        """Return the view of these candidates only."""
        ids = self.candidates
        return View(
            [ids[i] for i in rows],
            arrays={name: self._slicer(name, rows) for name in self._suppliers},
            pending=self.pending,
            labelled=self.labelled,
            labels=self.labels,
            classes=self.classes,
            state=self.state,
            round=self.round,
        )

    def showing(
        self, arrays: Mapping[str, Any | Supplier], state: Mapping[str, Any] | None = None
    ) -> View:
        """Return this view with some arrays replaced or added, and another state if given.

        >>> view = View(["a"], arrays={"proba": np.ones((1, 1))}, state={"round": 1})
        >>> other = view.showing({"cost": np.array([2.0])}, state={})
        >>> sorted(other.provides), other.state, view.state
        (['cost', 'proba'], {}, {'round': 1})
        """
        kept = {name: partial(self.array, name) for name in self._suppliers}
        return View(
            self.candidates,
            arrays=kept | dict(arrays),
            pending=self.pending,
            labelled=self.labelled,
            labels=self.labels,
            classes=self.classes,
            state=self.state if state is None else state,
            round=self.round,
        )

    def _slicer(self, name: str, rows: IntArray) -> Supplier:
        def supply() -> Any:
            whole = self.array(name)
            axis = AXES.get(name)
            if axis is None:
                return whole
            if isinstance(whole, Rows | Ragged):
                return whole.take(rows)
            return np.take(whole, rows, axis=axis)

        return supply
