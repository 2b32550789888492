"""Token uncertainty: how unsure the tagger is of its tokens, folded into one score a text."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.batch import BLOCK, FloatArray, IntArray, Ragged
from asknext.core.errors import InvalidInput
from asknext.core.view import View
from asknext.strategies.probabilities import entropies, margins
from asknext.strategies.ranking import Ranking
from asknext.strategies.runs import means, read_runs, top_means

TAGGING = frozenset({"tagging"})
PER_TOKEN = "tokens × tags"


def count(value: int, name: str) -> int:
    """Return a setting that is a whole number of 1 or more; raises InvalidInput for others."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidInput(f"{name} is a whole number, 1 or more; given: {value!r}")
    return value


def read_tags(view: View) -> Ragged:
    """Return ``token_proba``; raises InvalidInput where it has no tags."""
    runs = read_runs(view, "token_proba")
    if runs.values.ndim != 2 or runs.values.shape[1] == 0:
        raise InvalidInput(
            f"token_proba has rows of shape {runs.values.shape[1:]}; a row is the probabilities "
            "of the tags of one token"
        )
    return runs


def unsure(proba: FloatArray) -> FloatArray:
    """Return 1 − (p(first) − p(second)) of each token (total,)."""
    return np.asarray(1.0 - margins(proba.astype(np.float64, copy=False)))


def token_entropies(proba: FloatArray) -> FloatArray:
    """Return the entropy of each token (total,) in nats, in double precision."""
    found = np.empty(len(proba))
    for start in range(0, len(proba), BLOCK):
        part = slice(start, start + BLOCK)
        found[part] = entropies(proba[part].astype(np.float64, copy=False))
    return found


class TokenEntropy(Ranking):
    """Score the mean entropy of the tokens; an empty text scores 0.

    Source: Settles and Craven 2008, section 3.1 (token entropy, normalised by length).
    """

    name: ClassVar[str] = "token_entropy"
    needs: ClassVar[frozenset[str]] = frozenset({"token_proba"})
    tasks: ClassVar[frozenset[str]] = TAGGING
    cost: ClassVar[str] = PER_TOKEN
    evidence: ClassVar[str] = (
        "As good as mnlp in ours: +2.1 ± 0.5 and +2.3 ± 0.5 points of token F1 over random at "
        "equal tokens (English web, Chinese news-like text); long plain texts dilute it."
    )
    source: ClassVar[str] = "Settles and Craven 2008, section 3.1"

    def score(self, view: View) -> FloatArray:
        """Return the mean token entropy (n,) in nats."""
        runs = read_tags(view)
        return means(token_entropies(runs.values), runs)

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Say over how many tags a token is spread."""
        return [f"a token is torn between about {np.exp(s):.1f} tags on average" for s in scores]


class TokenEntropyTop(Ranking):
    """Score the mean entropy of the `tokens` most uncertain tokens of a text.

    Source: after Settles and Craven 2008, section 3.1; the mean of the few hardest tokens is
    neither diluted by long texts, as the mean, nor drawn by one odd token, as the largest.
    """

    name: ClassVar[str] = "token_entropy_top"
    needs: ClassVar[frozenset[str]] = frozenset({"token_proba"})
    tasks: ClassVar[frozenset[str]] = TAGGING
    cost: ClassVar[str] = PER_TOKEN
    evidence: ClassVar[str] = (
        "Gains where entities are rare (+2.5 ± 0.5 points of token F1 over random on web text), "
        "little where they are not (+0.7 ± 0.4); no published comparison."
    )
    source: ClassVar[str] = "after Settles and Craven 2008, section 3.1"

    def __init__(self, tokens: int = 3) -> None:
        self.tokens = count(tokens, "tokens")

    def score(self, view: View) -> FloatArray:
        """Return the mean (n,) of the largest token entropies, in nats."""
        runs = read_tags(view)
        return top_means(token_entropies(runs.values), runs, self.tokens)

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Say over how many tags the hardest tokens are spread."""
        return [
            f"its hardest tokens are torn between about {np.exp(score):.1f} tags"
            for score in scores
        ]


class TokenEntropyMax(TokenEntropyTop):
    """Score the largest token entropy of a text.

    Source: Settles and Craven 2008, section 3.1 (with the maximum instead of the total).
    """

    name: ClassVar[str] = "token_entropy_max"
    evidence: ClassVar[str] = (
        "One odd token decides: +2.1 ± 0.5 points of token F1 over random where entities are "
        "rare, -0.1 ± 0.5 where they are not."
    )
    source: ClassVar[str] = "Settles and Craven 2008, section 3.1, with the maximum"

    def __init__(self) -> None:
        super().__init__(tokens=1)


class TokenMargin(Ranking):
    """Score the mean of 1 − (p(first) − p(second)) over the tokens; an empty text scores 0.

    Source: Scheffer et al. 2001, a margin for each token.
    """

    name: ClassVar[str] = "token_margin"
    needs: ClassVar[frozenset[str]] = frozenset({"token_proba"})
    tasks: ClassVar[frozenset[str]] = TAGGING
    cost: ClassVar[str] = PER_TOKEN
    evidence: ClassVar[str] = (
        "Among the best of ours: +2.5 ± 0.3 and +2.7 ± 0.6 points of token F1 over random at "
        "equal tokens; long plain texts dilute it."
    )
    source: ClassVar[str] = "Scheffer et al. 2001, applied to each token"

    def score(self, view: View) -> FloatArray:
        """Return the mean (n,) of 1 − margin."""
        runs = read_tags(view)
        return means(unsure(runs.values), runs)

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Give the mean margin."""
        return [
            f"a token's two likeliest tags lie {1 - score:.0%} apart on average" for score in scores
        ]


class TokenMarginTop(Ranking):
    """Score the mean of 1 − margin over the `tokens` least certain tokens of a text.

    Source: after Scheffer et al. 2001; the few hardest tokens of a text speak for it.
    """

    name: ClassVar[str] = "token_margin_top"
    needs: ClassVar[frozenset[str]] = frozenset({"token_proba"})
    tasks: ClassVar[frozenset[str]] = TAGGING
    cost: ClassVar[str] = PER_TOKEN
    evidence: ClassVar[str] = (
        "+2.4 ± 0.6 and +1.9 ± 0.4 points of token F1 over random at equal tokens in ours; no "
        "published comparison."
    )
    source: ClassVar[str] = "after Scheffer et al. 2001, over the hardest tokens"

    def __init__(self, tokens: int = 3) -> None:
        self.tokens = count(tokens, "tokens")

    def score(self, view: View) -> FloatArray:
        """Return the mean (n,) of the largest 1 − margin."""
        runs = read_tags(view)
        return top_means(self.worth(view, runs.values), runs, self.tokens)

    def worth(self, view: View, proba: FloatArray) -> FloatArray:
        """Return what each token (total,) counts."""
        return unsure(proba)

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Give the margin of the hardest tokens."""
        return [
            f"the two likeliest tags of its hardest tokens lie {1 - score:.0%} apart"
            for score in scores
        ]


class EntityTokenMargin(TokenMarginTop):
    """Score 1 − margin over the hardest tokens that may belong to an entity.

    A token counts where its likeliest tag is not O, or where P(not O) exceeds `floor`; the others
    count 0. The tags are named by the classes of the view; where these name no O, as in tagging
    parts of speech, or do not name the tags, every token counts.

    Source: the entity-ness guard of practice against long texts without entities; the margin is
    that of Scheffer et al. 2001.
    """

    name: ClassVar[str] = "entity_token_margin"
    evidence: ClassVar[str] = (
        "Keeps texts without entities from the front of the queue; in ours no better than "
        "token_margin_top (+2.5 ± 0.7 and +1.8 ± 0.4 points of token F1 over random)."
    )
    source: ClassVar[str] = "after Scheffer et al. 2001, over tokens that may be in an entity"

    def __init__(self, tokens: int = 3, floor: float = 0.2) -> None:
        super().__init__(tokens)
        if not 0.0 <= floor < 1.0:
            raise InvalidInput(f"floor is a probability in [0, 1); given: {floor}")
        self.floor = floor

    def worth(self, view: View, proba: FloatArray) -> FloatArray:
        """Return 1 − margin of the tokens (total,) that may be in an entity, 0 for the others."""
        found = unsure(proba)
        if len(view.classes) != proba.shape[1] or "O" not in view.classes:
            return found
        outside = view.classes.index("O")
        p = proba[:, outside].astype(np.float64)
        inside = (proba.argmax(axis=1) != outside) | (1.0 - p > self.floor)
        return np.where(inside, found, 0.0)
