"""Given: classifiers that answer with the probabilities they were given."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..data import Data, Floats


def by_length(data: Data) -> dict[int, Floats]:
    """Return the probabilities for each table that a library asks about, told by its length."""
    tables = {data.m: data.known_proba, data.n: data.proba, data.n + data.m: data.all_proba}
    return {size: table for size, table in tables.items() if size}


class Given:
    """Answer predict_proba for the candidates, the labelled, or both, told by their number."""

    def __init__(self, data: Data) -> None:
        self.tables = by_length(data)
        self.classes_ = np.arange(len(data.weight))

    def predict_proba(self, rows: Any) -> Floats:
        """Return the probabilities (rows, classes)."""
        return self.tables[len(rows)]
