"""Chain: what a linear-chain conditional random field says of many texts at once.

A path of tags scores the sum of its tokens' scores and of its steps. Texts are walked side by side,
token by token and the longest first, so that each step is a product of two matrices; probabilities
are scaled at each token and stay in linear space.

Source: Lafferty, McCallum and Pereira 2001; the scaled recursions are those of Rabiner 1989.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from asknext.core.batch import FloatArray, IntArray

LOWEST = -200.0  # how far below the best tag of a token a score counts: products stay above 0


@dataclass(frozen=True)
class Walk:
    """Say which rows of a table of tokens stand at the same place of their texts.

    ``at[t]`` are the rows of tokens number t, the longest texts first; ``texts`` is their order.
    """

    at: tuple[IntArray, ...]
    texts: IntArray

    @classmethod
    def of(cls, offsets: IntArray) -> Walk:
        """Make it of where texts begin and end (texts + 1,); texts may be empty.

        >>> [rows.tolist() for rows in Walk.of(np.array([0, 1, 1, 4])).at]
        [[1, 0], [2], [3]]
        """
        lengths = np.diff(offsets)
        order = np.argsort(-lengths, kind="stable")
        starts, sizes = np.asarray(offsets)[:-1][order], lengths[order]
        left = np.searchsorted(-sizes, -np.arange(int(sizes.max(initial=0))), side="left")
        return cls(tuple(starts[:n] + t for t, n in enumerate(left)), order)


@dataclass(frozen=True)
class Chain:
    """Hold scores (tokens, tags), and steps (from, to), of the texts of a walk."""

    scores: FloatArray
    steps: FloatArray
    walk: Walk

    @cached_property
    def _best(self) -> FloatArray:
        return np.asarray(self.scores.max(axis=1, keepdims=True), np.float64)

    @cached_property
    def _weights(self) -> FloatArray:
        return np.asarray(np.exp(np.maximum(self.scores - self._best, LOWEST)))

    @cached_property
    def _across(self) -> FloatArray:
        return np.asarray(np.exp(self.steps - self.steps.max()))

    @cached_property
    def _forward(self) -> tuple[FloatArray, FloatArray]:
        """Return the chances (tokens, tags) given the text up to there, and what they sum to."""
        found, sums = np.empty(self.scores.shape), np.empty(len(self.scores))
        before = np.empty((0, 0))
        for t, rows in enumerate(self.walk.at):
            here = self._weights[rows]
            if t:
                here *= before[: len(rows)] @ self._across
            total = here.sum(axis=1)
            before = here / total[:, None]
            found[rows], sums[rows] = before, total
        return found, sums

    @cached_property
    def _backward(self) -> FloatArray:
        """Return, up to a factor, how likely the rest of the text is after each tag."""
        found = np.ones(self.scores.shape)
        for rows, after in zip(self.walk.at[-2::-1], self.walk.at[:0:-1], strict=True):
            rest = (self._weights[after] * found[after]) @ self._across.T
            found[rows[: len(after)]] = rest / rest.max(axis=1, keepdims=True)
        return found

    @cached_property
    def marginals(self) -> FloatArray:
        """Return the probability (tokens, tags) of each tag at each token."""
        found = self._forward[0] * self._backward
        found /= found.sum(axis=1, keepdims=True)
        return found

    def expected_steps(self, weights: FloatArray) -> FloatArray:
        """Return how often each step (from, to) is expected, texts counting by `weights`."""
        ahead, rest = self._forward[0], self._backward
        found = np.zeros(self.steps.shape)
        for rows, after in zip(self.walk.at, self.walk.at[1:], strict=False):
            left, right = ahead[rows[: len(after)]], self._weights[after] * rest[after]
            share = weights[self.walk.texts[: len(after)]] / ((left @ self._across) * right).sum(
                axis=1
            )
            found += (left * share[:, None]).T @ right
        return found * self._across

    @property
    def log_totals(self) -> FloatArray:
        """Return log Σ exp(score) over all paths of each text (texts,); 0 for an empty one."""
        found = np.zeros(len(self.walk.texts))
        step = float(self.steps.max())
        for t, rows in enumerate(self.walk.at):
            part = np.log(self._forward[1][rows]) + self._best[rows, 0] + (step if t else 0.0)
            found[self.walk.texts[: len(rows)]] += part
        return found

    def path_scores(self, path: IntArray) -> FloatArray:
        """Return the score (texts,) of one path, the tag numbers (tokens,)."""
        found = np.zeros(len(self.walk.texts))
        before: IntArray = np.empty(0, np.int64)
        for t, rows in enumerate(self.walk.at):
            here = path[rows]
            part = self.scores[rows, here]
            if t:
                part = part + self.steps[before[: len(rows)], here]
            found[self.walk.texts[: len(rows)]] += part
            before = here
        return found

    def best_path(self) -> IntArray:
        """Return the tag numbers (tokens,) of the best path of each text; the first on ties.

        Source: Viterbi 1967.
        """
        came: list[IntArray] = []
        score = np.empty((0, 0))
        ends = np.empty(len(self.walk.texts), np.int64)
        for t, rows in enumerate(self.walk.at):
            here = np.asarray(self.scores[rows], np.float64)
            if t:
                ends[len(rows) : len(score)] = score[len(rows) :].argmax(axis=1)
                ways = score[: len(rows), :, None] + self.steps
                came.append(ways.argmax(axis=1))
                here = here + ways.max(axis=1)
            score = here
        if len(score):
            ends[: len(score)] = score.argmax(axis=1)
        return self._back(came, ends)

    def _back(self, came: list[IntArray], ends: IntArray) -> IntArray:
        found = np.empty(len(self.scores), np.int64)
        for t in range(len(self.walk.at) - 1, -1, -1):
            rows = self.walk.at[t]
            found[rows] = ends[: len(rows)]
            if t:
                ends[: len(rows)] = came[t - 1][np.arange(len(rows)), ends[: len(rows)]]
        return found
