"""Generation uncertainty: what a language model says of its own next words, without samples."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.core.view import View
from asknext.strategies.ranking import Ranking
from asknext.strategies.runs import means, read_runs

GENERATION = frozenset({"generation"})
LARGEST = 700.0  # exp of more is infinite


class GenerationEntropy(Ranking):
    """Score the mean entropy of the next-token choices of the generated text.

    Source: as baseline in Xiao et al. 2020 and Malinin and Gales 2021, section 3.
    """

    name: ClassVar[str] = "generation_entropy"
    needs: ClassVar[frozenset[str]] = frozenset({"token_entropy"})
    tasks: ClassVar[frozenset[str]] = GENERATION
    cost: ClassVar[str] = "tokens"
    evidence: ClassVar[str] = (
        "Open questions have many right words, so it is drawn to them; token uncertainty served "
        "in one-shot design for fine-tuning (2401.06692), not in summarising."
    )
    source: ClassVar[str] = "Malinin and Gales 2021, section 3"

    def score(self, view: View) -> FloatArray:
        """Return the mean entropy (n,) in nats; 0 for an empty text."""
        runs = read_runs(view, "token_entropy")
        if runs.values.ndim != 1 or (runs.values < 0).any():
            raise InvalidInput("token_entropy is one number of 0 or more for each token")
        return means(runs.values, runs)

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Say among how many words the model wavers."""
        return [
            f"the model wavers between about {np.exp(min(s, LARGEST)):.1f} next words"
            for s in scores
        ]


class InstructionDifficulty(Ranking):
    """Score exp(loss of the answer given the prompt − loss of the answer alone), at most 1.

    Near 1 the prompt hardly helps to write the answer: the model has most to learn there. Above
    1 it misleads, prompt and answer do not belong together; such candidates score 0 and come
    last.

    Source: Li et al. 2024 (IFD, instruction-following difficulty), section 2.
    """

    name: ClassVar[str] = "ifd"
    needs: ClassVar[frozenset[str]] = frozenset({"conditioned_loss", "unconditioned_loss"})
    tasks: ClassVar[frozenset[str]] = GENERATION
    cost: ClassVar[str] = "n; before that two passes of a (small) language model"
    evidence: ClassVar[str] = (
        "5 % of Alpaca chosen by it trained as well as all of it in its paper; it needs answers, "
        "so it chooses what to check or keep, not what to write."
    )
    source: ClassVar[str] = "Li et al. 2024 (From Quantity to Quality), section 2"

    def score(self, view: View) -> FloatArray:
        """Return the ratio (n,) of the perplexities, 0 where it is above 1."""
        given, alone = (
            np.asarray(view.array(name), np.float64)
            for name in ("conditioned_loss", "unconditioned_loss")
        )
        with np.errstate(invalid="ignore"):
            more = given - alone
        ratio = np.where(np.isfinite(more), np.exp(np.minimum(more, LARGEST)), np.nan)
        return np.where(ratio > 1.0, 0.0, ratio)

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Say how much the prompt helps."""
        return [
            f"the prompt makes the answer only {1 - score:.0%} less surprising"
            if score > 0
            else "prompt and answer do not seem to belong together"
            for score in scores
        ]
