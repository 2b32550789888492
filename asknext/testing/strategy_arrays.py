"""Arrays to check strategies with: every kind there is, made up, and the views that show them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from asknext.core.batch import FloatArray, Ragged, Rows
from asknext.core.seeds import generator
from asknext.core.view import View

N = 47
COLUMNS = 16
TAGS, MEMBERS = 4, 4
CLASSES = ("billing", "refund", "发货")
LABELS = ("billing", "refund", "billing", "refund", "发货", "发货")


def make_arrays(n: int, *, classes: int = len(CLASSES), seed: int = 0) -> dict[str, Any]:
    """Make every array a view may have, for n candidates without duplicates."""
    rng = generator(seed, "conformance", n)
    return {
        **_classes_and_values(rng, n, classes),
        **_sequences(rng, n),
        **_pairs(rng, n, len(LABELS)),
        **_known(rng, len(LABELS), classes),
    }


def _classes_and_values(rng: np.random.Generator, n: int, classes: int) -> dict[str, Any]:
    return {
        "proba": rng.dirichlet(np.ones(classes), n),
        "label_proba": rng.random((n, classes)),
        "mean": rng.standard_normal(n),
        "variance": rng.random(n),
        "committee_proba": rng.dirichlet(np.ones(classes), (MEMBERS, n)),
        "committee_mean": rng.standard_normal((MEMBERS, n)),
        "class_gradient_norm": rng.random((n, classes)),
        "boundary_distance": rng.random(n),
        "embedding": _unit(rng, n),
        "features": _normal(rng, n),
        "surprisal": rng.random((n, COLUMNS)),
        "near": rng.permutation(n),
        "cost": 1.0 + rng.random(n),
        "texts": np.array([f"text {i} {'refund' * (i % 2)}" for i in range(n)], object),
    }


def _sequences(rng: np.random.Generator, n: int) -> dict[str, Any]:
    tokens = rng.integers(1, 9, n)
    total, offsets = int(tokens.sum()), np.concatenate([[0], np.cumsum(tokens)])
    proba = rng.dirichlet(np.ones(TAGS), total)
    return {
        "token_proba": Ragged(proba, offsets),
        "token_logit": Ragged(rng.standard_normal((total, TAGS)), offsets),
        "token_places": Ragged(_places(tokens), offsets),
        "token_tags": Ragged(proba.argmax(axis=1), offsets),
        "token_logprob": Ragged(-rng.random(total), offsets),
        "token_entropy": Ragged(rng.random(total), offsets),
        "transition": rng.standard_normal((TAGS, TAGS)),
        "output": np.array([f"out {i} 好" for i in range(n)], object),
        "sequence_logprob": -rng.random(n),
        "sequence_length": tokens,
        "samples": np.array(
            [
                # Powers, so that no two rows differ in the same way.
                [f"out {rng.integers(9)} {rng.integers(9)} {(41 * i + j) ** 9}" for j in range(3)]
                for i in range(n)
            ],
            object,
        ).reshape(n, 3),
        "sample_logprob": -rng.random((n, 3)),
        "sample_embedding": _unit(rng, 3 * n).reshape(n, 3, COLUMNS),
        "conditioned_loss": rng.random(n),
        "unconditioned_loss": 1.0 + rng.random(n),
    }


def _places(tokens: npt.NDArray[np.int64]) -> Any:
    """Return where tokens of three characters stand, with one space after each."""
    starts = np.concatenate([4 * np.arange(count) for count in tokens] or [tokens])
    return np.column_stack([starts, starts + 3])


def _pairs(rng: np.random.Generator, n: int, m: int) -> dict[str, Any]:
    return {
        "reward_gap": rng.standard_normal(n),
        "labelled_reward_gap": rng.standard_normal(m),
        "committee_gap": rng.standard_normal((MEMBERS, n)),
        "pair_difference": _normal(rng, n),
        "labelled_pair_difference": _normal(rng, m),
        "pending_pair_difference": _normal(rng, 2),
        "prompt_embedding": _unit(rng, n),
        "labelled_prompt_embedding": _unit(rng, m),
        "pending_prompt_embedding": _unit(rng, 2),
    }


def _known(rng: np.random.Generator, m: int, classes: int) -> dict[str, Any]:
    return {
        "labelled_embedding": _unit(rng, m),
        "labelled_features": _normal(rng, m),
        "labelled_proba": rng.dirichlet(np.ones(classes), m),
        "pending_embedding": _unit(rng, 2),
        "pending_near": np.array([10_000, 10_001]),
        "weight": _normal(rng, classes),
        "bias": rng.standard_normal(classes).astype(np.float32),
        "penalty": np.array(1.0 / 30.0),
        "reference_embedding": _unit(rng, 20),
        "reference_features": _normal(rng, 20),
        "reference_proba": rng.dirichlet(np.ones(classes), 20),
        "reference_committee_proba": rng.dirichlet(np.ones(classes), (MEMBERS, 20)),
        "label_embedding": _unit(rng, classes),
    }


@cache
def _made(n: int, classes: int, seed: int) -> dict[str, Any]:
    return make_arrays(n, classes=classes, seed=seed)


def fresh_arrays(n: int = N, *, classes: int = len(CLASSES), seed: int = 0) -> dict[str, Any]:
    """Copy what `make_arrays` made once for this size; the copy may be written into."""
    made = _made(n, classes, seed)
    return {
        name: Ragged(array.values.copy(), array.offsets)
        if isinstance(array, Ragged)
        else array.copy()
        for name, array in made.items()
    }


def make_view(arrays: Mapping[str, Any], names: frozenset[str], n: int = N) -> View:
    """Show these of the arrays; with labels where the vectors of labelled examples are shown."""
    shown = {name: array for name, array in arrays.items() if name in names}
    for array in shown.values():
        numbers(array).setflags(write=False)
    known = any(name.startswith("labelled_") for name in names)
    labels = LABELS if known else ()
    return View(
        [f"example-{(7 * i) % 1000}" for i in range(n)],
        arrays=shown,
        pending=("out-1", "out-2") if "pending_embedding" in names else (),
        labelled=[f"labelled-{i}" for i in range(len(labels))],
        labels=labels,
        classes=CLASSES,
    )


def _normal(rng: np.random.Generator, n: int) -> FloatArray:
    return np.asarray(rng.standard_normal((n, COLUMNS)), np.float32)


def _unit(rng: np.random.Generator, n: int) -> FloatArray:
    vectors = rng.standard_normal((n, COLUMNS))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def numbers(array: Any) -> npt.NDArray[Any]:
    """Return the array that stands behind a table."""
    if isinstance(array, Rows):
        return array.base
    found: npt.NDArray[Any] = array.values if isinstance(array, Ragged) else array
    return found
