"""Floors: the arithmetic or the reading that a strategy cannot avoid, done with plain NumPy.

A floor selects nothing. Matrix products are done in blocks and their results thrown away.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .data import Data, Floats
from .jobs import FLOOR, Case, Job

BLOCK = 4096
Work = Callable[[Data, int], Callable[[], Any]]


def product(left: Floats, right: Floats) -> None:
    """Compute left @ right.T, a block of rows at a time."""
    other = np.ascontiguousarray(right.T)
    out = np.empty((min(BLOCK, len(left)), len(right)), np.float32)
    for start in range(0, len(left), BLOCK):
        part = left[start : start + BLOCK]
        np.matmul(part, other, out=out[: len(part)])


def logs(array: Floats) -> None:
    """Compute the logarithm of every number, in blocks that stay in the cache."""
    flat = array.reshape(-1)
    out = np.empty(min(2**16, len(flat)), np.float32)
    for start in range(0, len(flat), 2**16):
        part = flat[start : start + 2**16]
        np.log(part, out=out[: len(part)])


def read_proba(data: Data, k: int) -> Callable[[], Any]:
    """Add up the probabilities."""
    proba = data.proba
    return lambda: proba.sum()


def log_proba(data: Data, k: int) -> Callable[[], Any]:
    """Take the logarithm of each probability."""
    proba = data.proba
    return lambda: logs(proba)


def read_vectors(data: Data, k: int) -> Callable[[], Any]:
    """Read each vector once."""
    candidates = data.candidates
    return lambda: np.einsum("nd,nd->n", candidates, candidates)


def to_labelled(data: Data, k: int) -> Callable[[], Any]:
    """Compare each candidate with each labelled vector."""
    candidates, known = data.candidates, data.known
    return lambda: product(candidates, known)


def to_picks(data: Data, k: int) -> Callable[[], Any]:
    """Compare each candidate with k vectors."""
    candidates = data.candidates
    return lambda: product(candidates, candidates[:k])


def to_labelled_and_picks(data: Data, k: int) -> Callable[[], Any]:
    """Compare each candidate with each labelled vector and with k others."""
    candidates, others = data.candidates, np.concatenate([data.known, data.candidates[:k]])
    return lambda: product(candidates, others)


def to_each_other(data: Data, k: int) -> Callable[[], Any]:
    """Compare each candidate with each."""
    candidates = data.candidates
    return lambda: product(candidates, candidates)


def log_committee(data: Data, k: int) -> Callable[[], Any]:
    """Take the logarithm of what each member says."""
    committee = data.committee
    return lambda: logs(committee)


def read_committee(data: Data, k: int) -> Callable[[], Any]:
    """Add up what each member says."""
    committee = data.committee
    return lambda: committee.sum()


def one_gradient(data: Data, k: int) -> Callable[[], Any]:
    """Compute one gradient of a linear model on candidates and labelled."""
    vectors, weight = data.vectors, data.vectors[0].copy()
    return lambda: vectors.T @ (vectors @ weight)


def lookahead(data: Data, k: int) -> Callable[[], Any]:
    """Take an exponential for each candidate, label, reference and class."""
    candidates, references = data.candidates, data.references
    out = np.empty((len(references), len(data.weight)), np.float32)

    def run() -> None:
        product(candidates, references)
        for _ in range(len(candidates) * out.shape[1]):
            np.exp(data.reference_proba, out=out)

    return run


FLOORS: dict[str, tuple[str, Work]] = {
    "entropy": ("a logarithm of each probability", log_proba),
    "margin": ("reading the probabilities", read_proba),
    "least_confidence": ("reading the probabilities", read_proba),
    "k_center": ("X @ L.T, candidates × labelled", to_labelled),
    "badge": ("X @ P.T, candidates × k", to_picks),
    "k_means": ("X @ C.T once, candidates × k centres", to_picks),
    "clue": ("X @ C.T once, candidates × k centres", to_picks),
    "bald": ("a logarithm of each member's probabilities", log_committee),
    "batch_bald": ("a logarithm of each member's probabilities", log_committee),
    "facility_location": ("X @ X.T, candidates × candidates", to_each_other),
    "max_herding": ("X @ X.T, candidates × candidates", to_each_other),
    "prob_cover": ("X @ X.T, candidates × candidates", to_each_other),
    "typiclust": ("X @ C.T once, candidates × (labelled + k) centres", to_labelled_and_picks),
    "cal": ("X @ L.T, candidates × labelled", to_labelled),
    "dal": ("one gradient of the discriminator", one_gradient),
    "vote_entropy": ("reading each member's probabilities", read_committee),
    "consensus_kl": ("a logarithm of each member's probabilities", log_committee),
    "consensus_entropy": ("reading each member's probabilities", read_committee),
    "information_density": ("reading the vectors", read_vectors),
    "density_weighted": ("reading the vectors", read_vectors),
    "expected_error_reduction": (
        "X @ R.T and an exponential for each candidate, label, reference and class",
        lookahead,
    ),
    "expected_model_change": ("reading the vectors", read_vectors),
    "lcmd": ("X @ C.T, candidates × (labelled + k)", to_labelled_and_picks),
    "drop_query": ("reading the vectors", read_vectors),
    "falcun": ("reading the probabilities", read_proba),
}


def case(name: str) -> Case:
    """Return the floor of a strategy."""

    def prepare(data: Data, k: int, seed: int) -> Job:
        work = FLOORS[name][1](data, k)

        def run() -> None:
            work()

        return Job(run)

    return Case(name, FLOOR, prepare)
