"""Vectors: read rows of an embedding as checked float32, never the whole table."""

from __future__ import annotations

import numpy as np

from asknext.core.batch import FloatArray, IntArray, Table
from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.view import View


def read_rows(table: Table, rows: IntArray, name: str = "embedding") -> FloatArray:
    """Return these rows (r, d) as float32; raises InvalidInput where they are not finite.

    Rows are read in ascending order, as a memory map likes it.
    """
    order = np.argsort(rows)
    found = np.empty((len(rows), table.shape[1]), np.float32)
    found[order] = table[np.asarray(rows)[order]]
    bad = np.flatnonzero(~np.isfinite(found.sum(axis=1)))
    if len(bad):
        raise InvalidInput(
            f"{name} holds NaN or infinite numbers in {len(bad)} of the {len(rows)} rows looked "
            "at; mend the encoder that made them"
        )
    return found


def known_vectors(view: View) -> FloatArray:
    """Return the vectors (m, d) of what is labelled or out with annotators, as far as given.

    Raises:
        Unsupported: there are labels, but no ``labelled_embedding``.
    """
    if len(view.labelled) and "labelled_embedding" not in view.provides:
        raise Unsupported(
            f"{len(view.labelled)} examples are labelled but 'labelled_embedding' is not "
            "available; give their vectors, so that their groups are not asked again"
        )
    tables = [
        (name, view.array(name))
        for name in ("labelled_embedding", "pending_embedding")
        if name in view.provides
    ]
    found = [read_rows(table, np.arange(len(table)), name) for name, table in tables]
    return np.concatenate([np.empty((0, view.embedding.shape[1]), np.float32), *found])
