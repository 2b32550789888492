"""Metrics of generated texts, by the library sacrebleu."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from asknext.core.imports import require
from asknext.core.tasks import Generation
from asknext.evaluation.scoring import Scores, headline, paired

_PURPOSE = "measuring generated texts"
_UNSPACED = "\u2e80"  # from this character on scripts such as Chinese write words without blanks


class GenerationMetrics:
    """Say how like the reference texts the written ones are.

    >>> metrics = GenerationMetrics(Generation())
    >>> metrics.scores(["Guten Tag", "Hallo"], ["Guten Tag", "Guten Tag"]).round(2).tolist()
    [1.0, 0.03]
    """

    metric: ClassVar[str] = "chrf"

    def __init__(self, task: Generation) -> None:
        self._chrf = require("sacrebleu", extra="gen", purpose=_PURPOSE).CHRF()

    def scores(self, predicted: Sequence[str], actual: Sequence[str]) -> Scores:
        """Return the chrF of each text (n,), from 0 to 1.

        Source: Popović 2015: character 1- to 6-grams, recall counts twice.
        """
        found = [
            self._chrf.sentence_score(ours, [theirs]).score / 100
            for ours, theirs in paired(predicted, actual)
        ]
        return np.clip(np.array(found, dtype=np.float64), 0.0, 1.0)

    def summary(self, predicted: Sequence[str], actual: Sequence[str]) -> dict[str, Any]:
        """Return the mean chrF with its interval; corpus chrF and BLEU from 0 to 100; exact match.

        BLEU splits by sacrebleu's tokenizer ``13a``, by ``zh`` where most characters of the
        references are Chinese; ``signature`` says which. Without texts the figures are null.
        """
        scores = self.scores(predicted, actual)
        found = headline(self.metric, scores)
        if not len(scores):
            return {**found, "corpus_chrf": None, "bleu": None, "exact_match": None}
        bleu = require("sacrebleu", extra="gen", purpose=_PURPOSE).BLEU(tokenize=_words_of(actual))
        same = [ours == theirs for ours, theirs in paired(predicted, actual)]
        ours, theirs = list(predicted), [list(actual)]
        return {
            **found,
            "corpus_chrf": float(self._chrf.corpus_score(ours, theirs).score),
            "bleu": float(bleu.corpus_score(ours, theirs).score),
            "exact_match": float(np.mean(same)),
            "signature": str(bleu.get_signature()),
        }


def _words_of(texts: Sequence[str]) -> str:
    letters = [letter for text in texts for letter in text if letter.isalpha()]
    wide = sum(letter >= _UNSPACED for letter in letters)
    return "zh" if 2 * wide > len(letters) else "13a"
