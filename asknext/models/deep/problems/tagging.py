"""Spans as a network sees them: a tag for each token, wherever its characters stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from asknext.core.batch import FloatArray, Ragged
from asknext.core.errors import InvalidInput
from asknext.core.examples import Example
from asknext.core.imports import require
from asknext.core.spans import MASKED, encode, steps_of
from asknext.encoders.rows import Rows
from asknext.encoders.windows import by_owner, kept, window_rows
from asknext.models.calibration import temperature
from asknext.models.chain import Chain, Walk
from asknext.models.chain_fit import starts
from asknext.models.deep.problems.base import TOKEN, Fold, Scores, even
from asknext.models.logistic import softmax


@dataclass(frozen=True)
class TaggingProblem:
    """Give each token a tag; tokens that nobody judged, and special ones, are left out.

    Alignment goes by characters, never by words, so it holds in any script.
    """

    classes: tuple[str, ...]
    auto: ClassVar[str] = TOKEN
    kind: ClassVar[str | None] = None
    cut: ClassVar[str] = "right"

    @classmethod
    def of(cls, task: Any, labels: Sequence[Any]) -> Self:
        """Return the problem over all tags; raises InvalidInput for labels of other tasks."""
        named = {span["label"] for spans in labels for span in spans} - {None}
        unknown = sorted(str(label) for label in named - set(task.labels))
        if unknown:
            raise InvalidInput(
                f"labels that the task does not have: {', '.join(unknown)}; it has: "
                f"{', '.join(task.labels)}"
            )
        return cls(tuple(task.tags))

    @classmethod
    def named(cls, classes: tuple[str, ...]) -> Self:
        """Return the problem of a saved model."""
        return cls(classes)

    def rows(self, tokenizer: Any, examples: Sequence[Example], max_tokens: int) -> Rows:
        """Return the windows of each text."""
        return window_rows(tokenizer, examples, max_tokens)

    def targets(self, rows: Rows, labels: Sequence[Any], fold: Fold) -> list[Any]:
        """Return the tag number of each token (tokens,), -100 where there is nothing to learn."""
        found: list[Any] = [None] * len(rows)
        for spans, mine in zip(labels, by_owner(rows, len(labels)), strict=True):
            for position, tags in zip(mine, self._tags(rows, mine, spans), strict=True):
                found[position] = tags
        return found

    def _tags(self, rows: Rows, mine: Sequence[int], spans: Any) -> list[Any]:
        # Over the whole text at once: a span that began in the window before does not begin here.
        windows = [rows.rows[i] for i in mine]
        count = max((row.first + len(row.content) for row in windows), default=0)
        places = np.full((count, 2), -1, np.int64)
        for row in windows:
            places[row.first : row.first + len(row.content)] = row.spots[row.content]
        tags = encode(spans, places, self.classes)
        tags[places[:, 0] < 0] = MASKED
        found = []
        for row in windows:
            target = np.full(row.length, MASKED, np.int64)
            target[row.content] = tags[row.first : row.first + len(row.content)]
            found.append(target)
        return found

    def fold(self, labels: Sequence[Any]) -> Fold:
        """Return no change."""
        return Fold()

    def balance(self, targets: Sequence[Any]) -> FloatArray:
        """Return a weight for each tag; its root, since O outnumbers the rest a hundredfold."""
        flat = _judged(targets)
        counts = np.bincount(flat, minlength=len(self.classes)).astype(np.float64)
        return np.sqrt(even(counts))

    def scores(self, logits: Any) -> Any:
        """Return the logits (rows, tokens, tags)."""
        return logits

    def losses(self, scores: Any, target: Any, balance: Any) -> Any:
        """Return for each row the cross-entropy per token, of the tokens of all rows."""
        functional = require("torch.nn.functional", extra="hf", purpose="a fine-tuned model")
        each = functional.cross_entropy(
            scores.transpose(1, 2), target, weight=balance, ignore_index=MASKED, reduction="none"
        )
        # Every token counts the same, so a long row counts more than a short one.
        judged = (target != MASKED).sum().clamp(min=1)
        return each.sum(dim=1) * len(target) / judged

    def quality(self, scores: Scores, targets: Sequence[Any]) -> float:
        """Return micro F1 over tokens with a tag other than O."""
        said = np.concatenate([score.argmax(axis=1) for score in scores])
        true = np.concatenate([np.asarray(target) for target in targets])
        said, true = said[true != MASKED], true[true != MASKED]
        right = ((said == true) & (true > 0)).sum()
        return float(2 * right / max(1, (said > 0).sum() + (true > 0).sum()))

    def temperature(self, scores: Scores, targets: Sequence[Any]) -> float | None:
        """Return the temperature of the least log-loss over tokens."""
        flat, logits = np.concatenate(list(targets)), np.concatenate(list(scores))
        judged = flat != MASKED
        if not judged.any():
            return None
        return temperature(logits[judged].astype(np.float64), flat[judged])

    def arrays(self, scores: Scores, rows: Rows, size: int) -> dict[str, Any]:
        """Return ``token_proba``, ``token_logit`` and ``token_places`` of each text's tokens."""
        logits, places = [], []
        for mine in by_owner(rows, size):
            windows = [rows.rows[i] for i in mine]
            chosen = kept(windows)
            spots = [row.spots[one] for row, one in zip(windows, chosen, strict=True)]
            said = [scores[i][one] for i, one in zip(mine, chosen, strict=True)]
            spot, told = np.concatenate(spots), np.concatenate(said)
            real = spot[:, 0] >= 0
            places.append(spot[real])
            logits.append(np.asarray(told[real], np.float32))
        return _ragged(logits, places, self.classes)


def _ragged(logits: list[Any], places: list[Any], tags: tuple[str, ...]) -> dict[str, Any]:
    none = np.zeros(1, np.int64)
    flat = Ragged.of(logits) if logits else Ragged(np.empty((0, len(tags)), np.float32), none)
    proba = softmax(flat.values.astype(np.float64)).astype(np.float32)
    return {
        "token_proba": Ragged(proba, flat.offsets),
        "token_logit": flat,
        "token_places": Ragged.of(places) if places else Ragged(np.empty((0, 2), np.int64), none),
    }


def allowed(logits: Ragged, tags: tuple[str, ...]) -> Ragged:
    """Return ``token_tags``, the best path that BIO allows: no span begins with I."""
    scores = logits.values.astype(np.float64)
    first = logits.offsets[:-1][logits.lengths > 0]
    scores[first] += starts(tags)
    path: Any = Chain(scores, steps_of(tags), Walk.of(logits.offsets)).best_path()
    return Ragged(path, logits.offsets)


def _judged(targets: Sequence[Any]) -> Any:
    flat = np.concatenate([np.asarray(target) for target in targets])
    return flat[flat != MASKED]
