"""Word vectors: what a transformer's layers say of each word of a text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.examples import Example
from asknext.core.imports import require
from asknext.encoders.batching import batches
from asknext.encoders.forward import PURPOSE, Forward, Report
from asknext.encoders.rows import Row, Rows, pad
from asknext.encoders.windows import window_rows


def word_vectors(
    forward: Forward,
    examples: Sequence[Example],
    places: Sequence[IntArray],
    layers: Sequence[int],
    report: Report | None = None,
) -> list[FloatArray]:
    """Return, for each text, the vectors (words, hidden × layers) of the words at `places`.

    Of each layer a word has the mean of its word pieces, scaled to unit length. Texts longer
    than the model reads go through it in overlapping windows. A word that the tokenizer dropped
    has zeros.
    """
    windows = window_rows(forward.tokenizer, examples, forward.max_tokens)
    parts = list(batches([row.length for row in windows.rows]))

    def work(batch: IntArray) -> list[FloatArray]:
        return _hidden(forward, [windows.rows[i] for i in batch], layers)

    tables = zip(parts, forward.side_by_side(work, parts), strict=True)
    shape = (len(layers), int(forward.model.config.hidden_size))
    return by_word(windows, places, tables, shape, report)


def by_word(
    windows: Rows,
    places: Sequence[IntArray],
    found: Iterable[tuple[IntArray, Sequence[FloatArray]]],
    shape: tuple[int, int],
    report: Report | None = None,
) -> list[FloatArray]:
    """Gather tables of word pieces into vectors of words, as `word_vectors` returns them.

    `found` gives the numbers of some windows and the tables (layers, pieces, hidden) of each;
    `shape` is (layers, hidden).
    """
    layers, wide = shape
    sums = [np.zeros((layers, len(one), wide), np.float32) for one in places]
    left = np.bincount(windows.owner, minlength=len(places))
    done = 0
    for batch, tables in found:
        for i, table in zip(batch, tables, strict=True):
            whose = windows.owner[i]
            _add(sums[whose], places[whose], windows.rows[i], table)
            left[whose] -= 1
            done += int(left[whose] == 0)
        if report is not None:
            report(done)
    return [_unit(one) for one in sums]


def _hidden(forward: Forward, rows: Sequence[Row], layers: Sequence[int]) -> list[FloatArray]:
    """Return the layers (layers, tokens, hidden) of each row."""
    torch = require("torch", extra="hf", purpose=PURPOSE)
    inputs = pad([row.inputs for row in rows], forward.tokenizer.pad_token_id or 0)
    moved = {name: table.to(forward.device) for name, table in inputs.items()}
    with torch.inference_mode():
        hidden = forward.model(**moved, output_hidden_states=True, use_cache=False).hidden_states
        tables = torch.stack([hidden[layer] for layer in layers]).float().cpu().numpy()
    return [tables[:, i, : row.length] for i, row in enumerate(rows)]


def _add(sums: FloatArray, places: IntArray, row: Row, table: FloatArray) -> None:
    """Add the vectors of the word pieces of a row to those of their words."""
    pieces = np.flatnonzero(row.spots[:, 0] >= 0)
    if not len(places) or not len(pieces):
        return
    spots = row.spots[pieces]
    whose = np.searchsorted(places[:, 0], spots[:, 0], side="right") - 1
    inside = (whose >= 0) & (spots[:, 0] < places[np.maximum(whose, 0), 1])
    # A piece may hold several short words; those that begin within it get it too.
    bare = np.setdiff1d(np.arange(len(places)), whose[inside])
    over = np.searchsorted(spots[:, 0], places[bare, 0], side="right") - 1
    held = (over >= 0) & (places[bare, 0] < spots[np.maximum(over, 0), 1])
    to = np.concatenate([whose[inside], bare[held]])
    of = np.concatenate([pieces[inside], pieces[over[held]]])
    order = np.argsort(to, kind="stable")
    words, first = np.unique(to[order], return_index=True)
    sums[:, words] += np.add.reduceat(table[:, of[order]], first, axis=1) if len(words) else 0.0


def _unit(sums: FloatArray) -> FloatArray:
    length = np.linalg.norm(sums, axis=2, keepdims=True)
    sums /= np.where(length > 0, length, 1.0)
    layers, words, wide = sums.shape
    return np.ascontiguousarray(sums.transpose(1, 0, 2)).reshape(words, layers * wide)
