"""Checks that every encoder and every vector cache passes; run them over your own.

    from asknext.testing.encoders import check_encoder
    check_encoder(MyEncoder(), tmp_path)

Each raises AssertionError with what was found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.examples import Example, text_example
from asknext.core.protocols import Encoder, Vectors

TEXTS = (
    "Where is the Orinoco River?",
    "My card has not arrived yet, what should I do?",
    "",
    "   \n\t ",
    "房间很干净,服务员也很热情,下次还会来。",
    "中华女子学院:本科层次仅1专业招男生",
    "👍🏽 🎉 ❤️",
    "café naïve — ½ ∑ \u200b\ufeff",
    "half a surrogate \ud83d pair",
    "a \x00 b",
    "long " * 5000,
    "长" * 5000,
    "x" * 20000,
    "Where is the Orinoco River?",
)
EXAMPLES = tuple(text_example(text) for text in TEXTS)
PAIR = Example(id="pair", fields={"text": "a man eats", "text_pair": "someone has lunch"})


def check_encoder(encoder: Encoder, folder: Path, examples: Sequence[Example] = EXAMPLES) -> None:
    """Check the whole contract of an encoder; `folder` is an empty one to save into."""
    check_shapes(encoder, examples)
    check_order(encoder, examples)
    check_progress(encoder, examples)
    check_saving(encoder, folder, examples)


def check_shapes(encoder: Encoder, examples: Sequence[Example] = EXAMPLES) -> None:
    """Check names, shape, type, finite numbers, unit sentence vectors, and no input at all."""
    assert isinstance(encoder, Encoder)
    assert encoder.name
    assert encoder.revision
    assert 1 <= encoder.sentence_dim <= encoder.dim
    found = encoder.encode(examples)
    assert found.dtype == np.float32, found.dtype
    assert found.shape == (len(examples), encoder.dim), found.shape
    assert np.isfinite(found).all(), "vectors hold NaN or infinity"
    lengths = np.linalg.norm(found[:, : encoder.sentence_dim], axis=1)
    assert np.allclose(lengths, 1.0, atol=1e-3), f"sentence vectors have lengths {lengths}"
    nothing = encoder.encode([])
    assert nothing.shape == (0, encoder.dim)
    assert nothing.dtype == np.float32
    assert encoder.encode([PAIR]).shape == (1, encoder.dim)


def check_order(encoder: Encoder, examples: Sequence[Example] = EXAMPLES) -> None:
    """Check that a vector depends on its text alone: not on neighbours, order or the call."""
    whole = encoder.encode(examples)
    half = len(examples) // 2
    parts = [encoder.encode(examples[:half]), encoder.encode(examples[half:])]
    backwards = encoder.encode(list(reversed(examples)))[::-1]
    for other in (np.concatenate(parts), backwards):
        _close(encoder, whole, other)
    assert np.array_equal(whole, encoder.encode(examples)), "two equal calls differ"


def check_progress(encoder: Encoder, examples: Sequence[Example] = EXAMPLES) -> None:
    """Check that progress only grows and ends at the number of examples."""
    seen: list[tuple[int, int]] = []
    encoder.encode(examples, lambda done, total: seen.append((done, total)))
    assert seen, "progress was never called"
    assert seen == sorted(seen), seen
    assert seen[-1] == (len(examples), len(examples)), seen[-1]


def check_saving(encoder: Encoder, folder: Path, examples: Sequence[Example] = EXAMPLES) -> None:
    """Check that a saved encoder comes back with the same revision and the same vectors."""
    encoder.save(folder)
    again = type(encoder).load(folder)
    for name in ("name", "revision", "dim", "sentence_dim"):
        assert getattr(again, name) == getattr(encoder, name), name
    _close(encoder, encoder.encode(examples), again.encode(examples))
    again.save(folder)
    assert type(encoder).load(folder).revision == encoder.revision


def _close(encoder: Encoder, a: FloatArray, b: FloatArray) -> None:
    # bf16 keeps eight bits, and another batch adds in another order: 2e-2 on unit vectors.
    assert np.allclose(a, b, atol=2e-2), f"vectors differ by {np.abs(a - b).max()}"
    width = encoder.sentence_dim
    cosine = (a[:, :width] * b[:, :width]).sum(axis=1)
    assert (cosine >= 0.999).all(), f"sentence vectors turn: lowest cosine {cosine.min()}"


def check_vectors(open_vectors: Callable[[Path], Vectors], encoder: Encoder, root: Path) -> None:
    """Check the contract of a vector cache with a real encoder; `root` is an empty folder."""
    distinct = {example.key: example for example in reversed(EXAMPLES)}
    keys = list(distinct)
    writer, reader = open_vectors(root), open_vectors(root)
    assert (writer.dim, writer.sentence_dim) == (encoder.dim, encoder.sentence_dim)
    assert writer.table.shape == (0, encoder.dim)
    assert writer.find(keys).tolist() == [-1] * len(keys)
    assert writer.find([]).shape == (0,)
    assert writer.fill([], encoder) == 0
    assert writer.fill(EXAMPLES, encoder, total=len(EXAMPLES)) == len(distinct)
    assert writer.fill(EXAMPLES, encoder) == 0, "what is there was encoded again"
    assert reader.refresh() == len(distinct)
    rows = reader.find(keys)
    assert sorted(rows.tolist()) == list(range(len(distinct)))
    _close(encoder, reader.table[rows], encoder.encode([distinct[key] for key in keys]))
    assert reader.table.dtype == np.float32
    assert not reader.table.flags.writeable, "the table can be written through"
    assert open_vectors(root).find(keys).tolist() == rows.tolist()
