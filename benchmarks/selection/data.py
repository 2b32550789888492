"""Data: the same made-up arrays for every job, written once and read by each process.

The pool has groups of unequal size, as texts have; the linear head looks at the directions of
some of the group centres, and the committee is ten heads close to it.
"""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

GROUPS = 200
MEMBERS = 10
REFERENCES = 2_000


def softmax(logits: Floats) -> Floats:
    """Return exp(logits) scaled so that the last axis sums to 1."""
    found = np.exp(logits - logits.max(axis=-1, keepdims=True))
    found /= found.sum(axis=-1, keepdims=True)
    return np.asarray(found, np.float32)


def make(folder: Path, n: int, labelled: int, columns: int = 384, classes: int = 10) -> None:
    """Write the arrays of a pool of n candidates as .npy files."""
    rng = np.random.default_rng(n)
    total = n + labelled + REFERENCES
    centres = rng.standard_normal((GROUPS, columns), np.float32)
    group = rng.choice(GROUPS, total, p=rng.dirichlet(np.ones(GROUPS)))
    vectors = rng.standard_normal((total, columns), np.float32)
    vectors *= 1.5
    vectors += centres[group]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    weight = 12.0 * centres[:classes] / np.sqrt(columns, dtype=np.float32)
    noise = 0.3 * rng.standard_normal((MEMBERS, *weight.shape), np.float32)
    proba = softmax(vectors @ weight.T)
    labels = proba[n : n + labelled].argmax(axis=1)
    labels[: min(classes, labelled)] = np.arange(min(classes, labelled))
    arrays = {
        "vectors": vectors[: n + labelled],
        "references": vectors[n + labelled :],
        "proba": proba[: n + labelled],
        "reference_proba": proba[n + labelled :],
        "committee": softmax(np.stack([vectors[:n] @ (weight + part).T for part in noise])),
        "weight": weight,
        "labels": labels,
    }
    folder.mkdir(parents=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    (folder / "sizes.json").write_text(json.dumps([n, labelled]), encoding="utf-8")


class Data:
    """Read the arrays of a folder into memory, each on first use; the first n candidates of it."""

    def __init__(self, folder: Path, most: int | None = None, labelled: int | None = None) -> None:
        self.folder = folder
        self._all, self._known = json.loads((folder / "sizes.json").read_text(encoding="utf-8"))
        self.n: int = self._all if most is None else min(most, self._all)
        self.m: int = self._known if labelled is None else min(labelled, self._known)

    def _load(self, name: str) -> Any:
        return np.load(self.folder / f"{name}.npy")

    def _rows(self, name: str) -> Floats:
        """Return the rows of our candidates and labelled."""
        if (self.n, self.m) == (self._all, self._known):
            return np.asarray(self._load(name))
        table = np.load(self.folder / f"{name}.npy", mmap_mode="r")
        return np.concatenate([table[: self.n], table[self._all : self._all + self.m]])

    @cached_property
    def vectors(self) -> Floats:
        """Return the vectors (n + m, d) of the candidates and then of the labelled."""
        return self._rows("vectors")

    @property
    def candidates(self) -> Floats:
        """Return the vectors (n, d)."""
        return self.vectors[: self.n]

    @property
    def known(self) -> Floats:
        """Return the vectors (m, d) of the labelled."""
        return self.vectors[self.n :]

    @cached_property
    def all_proba(self) -> Floats:
        """Return the probabilities (n + m, classes) of the candidates and the labelled."""
        return self._rows("proba")

    @property
    def proba(self) -> Floats:
        """Return the probabilities (n, classes)."""
        return self.all_proba[: self.n]

    @property
    def known_proba(self) -> Floats:
        """Return the probabilities (m, classes) of the labelled."""
        return self.all_proba[self.n :]

    @cached_property
    def committee(self) -> Floats:
        """Return the probabilities (members, n, classes) of the committee."""
        found = self._load("committee")
        return np.asarray(found if self.n == self._all else found[:, : self.n].copy())

    @cached_property
    def labels(self) -> npt.NDArray[np.int64]:
        """Return the classes (m,) of the labelled."""
        return np.asarray(self._load("labels")[: self.m])

    @cached_property
    def weight(self) -> Floats:
        """Return the head (classes, d); it has no bias."""
        return np.asarray(self._load("weight"))

    @cached_property
    def references(self) -> Floats:
        """Return the vectors (2,000, d) on which lookahead methods measure."""
        return np.asarray(self._load("references"))

    @cached_property
    def reference_proba(self) -> Floats:
        """Return their probabilities (2,000, classes)."""
        return np.asarray(self._load("reference_proba"))
