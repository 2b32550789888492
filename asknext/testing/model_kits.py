"""Small data for each kind of task, on which models are checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from asknext.core.batch import Batch, FloatArray, IntArray, Ragged, Tokens
from asknext.core.seeds import generator
from asknext.core.tasks import Generation, MultiLabel, Preference, Regression, Tagging

COLUMNS = 8


@dataclass(frozen=True)
class Kit:
    """Hold a task with a label that no data shows, a maker of data, and what counts as learnt.

    `make` returns features of n examples (an array, the first axis being the examples) and their
    labels; `batch` wraps features for a model. `wrong` is an answer the task refuses.
    """

    task: Any
    make: Callable[[int, int], tuple[FloatArray, list[Any]]]
    batch: Callable[[FloatArray], Batch]
    arrays: tuple[str, ...]
    near: Callable[[Any, Any], bool]
    wrong: Any


def plain(features: FloatArray) -> Batch:
    """Wrap vectors (n, d)."""
    return Batch(len(features), vectors=features)


def with_tokens(features: FloatArray) -> Batch:
    """Wrap tokens (n, tokens, d); each stands for two characters."""
    n, count, wide = features.shape
    offsets = np.arange(n + 1, dtype=np.int64) * count
    begins = 3 * np.tile(np.arange(count), n)
    places: Any = np.stack([begins, begins + 2], axis=1)
    tokens = Tokens(Ragged(features.reshape(-1, wide), offsets), Ragged(places, offsets))
    return Batch(n, load_tokens=lambda: tokens)


def groups(n: int, seed: int) -> tuple[FloatArray, IntArray]:
    """Return unit vectors (n, COLUMNS) round three centres, and whose each is."""
    rng = generator(seed, "kits")
    centres = generator(0, "kit centres").standard_normal((3, COLUMNS))
    which = np.arange(n, dtype=np.int64) % 3
    vectors = centres[which] + 0.5 * rng.standard_normal((n, COLUMNS))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32), which


def _sets(n: int, seed: int) -> tuple[FloatArray, list[Any]]:
    vectors, which = groups(n, seed)
    return vectors, [[["甲"], ["甲", "b"], []][i] for i in which]


def _numbers(n: int, seed: int) -> tuple[FloatArray, list[Any]]:
    vectors, _ = groups(n, seed)
    weight = generator(0, "kit weight").standard_normal(COLUMNS)
    return vectors, np.clip(5 + 1.5 * vectors @ weight, 0, 10).astype(float).tolist()


def _texts(n: int, seed: int) -> tuple[FloatArray, list[Any]]:
    vectors, which = groups(n, seed)
    return vectors, [["Guten Tag", "你好", "Bonjour"][i] for i in which]


def _pairs(n: int, seed: int) -> tuple[FloatArray, list[Any]]:
    rng = generator(seed, "kit pairs")
    parts = rng.standard_normal((n, 3, COLUMNS)).astype(np.float32)
    gap = (parts[:, 1] - parts[:, 2]) @ generator(0, "kit weight").standard_normal(COLUMNS)
    said = ["tie" if abs(g) < 0.1 else "a" if g > 0 else "b" for g in gap]
    if n > 20:
        said[7] = "bad"
    return parts.reshape(n, -1), said


def _spans(n: int, seed: int) -> tuple[FloatArray, list[Any]]:
    flat, which = groups(4 * n, seed)
    labels = (None, "人", "place")
    names = [labels[i] for i in which]
    spans = [
        [
            {"start": 3 * at, "end": 3 * at + 2, "label": names[4 * row + at]}
            for at in range(4)
            if names[4 * row + at]
        ]
        for row in range(n)
    ]
    return flat.reshape(n, 4, COLUMNS), spans


def _same(ours: Any, theirs: Any) -> bool:
    return bool(ours == theirs)


def _close(ours: float, theirs: float) -> bool:
    return abs(ours - theirs) < 0.5


KITS: dict[str, Kit] = {
    "multi_label": Kit(
        MultiLabel(("甲", "b", "never")), _sets, plain, ("label_proba",), _same, ["pear"]
    ),
    "regression": Kit(Regression(0, 10), _numbers, plain, ("mean", "variance"), _close, 11.0),
    "generation": Kit(
        Generation(), _texts, plain, ("output", "sequence_logprob", "sequence_length"), _same, ""
    ),
    "preference": Kit(Preference(), _pairs, plain, ("reward_gap",), _same, "c"),
    "tagging": Kit(
        Tagging(("人", "place", "never")),
        _spans,
        with_tokens,
        ("token_proba", "token_logit", "token_places"),
        _same,
        [{"start": 0, "end": 2, "label": "pear"}],
    ),
}


def chosen(rows: Sequence[int], features: FloatArray, labels: Sequence[Any]) -> Any:
    """Return these rows of features and labels."""
    return features[list(rows)], [labels[i] for i in rows]
