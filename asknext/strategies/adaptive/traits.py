"""Traits: a few numbers about each candidate that mean the same on any data set."""

from __future__ import annotations

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.view import View
from asknext.strategies.kernels.reading import Vectors, mean_of, squared_lengths, tiles
from asknext.strategies.probabilities import entropies, margins, read_proba
from asknext.strategies.wrappers.balanced import label_counts

TRAITS = (
    "top probability",
    "margin",
    "entropy ÷ log classes",
    "distance to the nearest label",
    "distance to the centre",
    "share of labels with the predicted class",
    "log of the labels per class",
)


def traits_of(
    proba: FloatArray, nearest: FloatArray, central: FloatArray, counts: FloatArray
) -> FloatArray:
    """Return the `TRAITS` (n, 7) from probabilities (n, c), two distances (n,), label counts (c,).

    Distances are divided by the mean distance to the centre, so the scale of vectors does not
    matter.
    """
    classes = proba.shape[1]
    usual = central.mean() or 1.0
    total = max(float(counts.sum()), 1.0)
    return np.column_stack(
        [
            proba.max(axis=1),
            margins(proba),
            entropies(proba) / np.log(max(classes, 2)),
            nearest / usual,
            central / usual,
            counts[proba.argmax(axis=1)] / total,
            np.full(len(proba), np.log(total / classes)),
        ]
    ).astype(np.float64)


def read_traits(view: View, name: str) -> FloatArray:
    """Return the traits (n, 7) of the candidates; raises Unsupported where nothing is labelled."""
    proba = read_proba(view)
    bad = np.flatnonzero(~np.isfinite(proba.sum(axis=1)))
    if len(bad):
        raise InvalidInput(
            f"proba holds NaN or infinite numbers for {len(bad)} candidates, the first is "
            f"{view.candidates[bad[0]]!r}; mend the model that made them"
        )
    known = view.labelled_embedding
    if not len(known):
        raise Unsupported(
            f"{name} compares candidates with labelled examples and there are none yet; label a "
            "few first, with typiclust or random"
        )
    table = Vectors(view.embedding)
    labelled = Vectors(known, "labelled_embedding").rows(np.arange(len(known)))
    central = gaps(table, np.asarray(mean_of(table)[None, :], np.float32))
    counts = label_counts(view, proba.shape[1])
    return traits_of(proba, gaps(table, labelled), central, counts)


def gaps(table: Vectors, points: FloatArray) -> FloatArray:
    """Return the distance (n,) of each row of the table to the nearest of some points (m, d)."""
    found = np.empty(len(table))
    own = squared_lengths(points)
    for block in table.blocks():
        for tile in tiles(len(block.vectors), len(points)):
            part = block.vectors[tile] @ points.T
            part *= -2.0
            part += own
            start = block.part.start + tile.start
            nearest = part.min(axis=1) + block.squares[tile]
            found[start : start + len(nearest)] = np.sqrt(np.maximum(nearest, 0.0))
    return found
