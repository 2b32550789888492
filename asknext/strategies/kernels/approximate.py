"""Approximate neighbours by FAISS (extra ``ann``); used only where somebody asks by name."""

from __future__ import annotations

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.imports import require
from asknext.strategies.kernels.reading import Vectors

LINKS, BUILDING, SEARCHING = 32, 80, 128  # HNSW: links of a node, breadth of building and search


def hnsw_rows(table: Vectors, points: FloatArray, k: int) -> tuple[FloatArray, IntArray]:
    """Return squared distances and rows (p, min(k, n)) of nearly the nearest of each point.

    It builds a graph of small worlds over the table: about n log n distances instead of p × n,
    at the price of missing a few. A point for which fewer are found has row −1, distance ∞.

    Raises:
        MissingExtra: faiss is not installed.

    Source: Malkov and Yashunin 2018 (HNSW).
    """
    faiss = require("faiss", extra="ann", purpose="approximate neighbours")
    index = faiss.IndexHNSWFlat(table.columns, LINKS)
    index.hnsw.efConstruction = BUILDING
    index.hnsw.efSearch = max(SEARCHING, k)
    for block in table.blocks():
        index.add(np.ascontiguousarray(block.vectors))
    gaps, rows = index.search(np.ascontiguousarray(points, np.float32), min(k, len(table)))
    return np.where(rows < 0, np.inf, gaps), np.asarray(rows, np.int64)
