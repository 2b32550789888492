"""BAL-PM: pairs that the reward models dispute, on prompts far from those asked already."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from asknext.core.batch import BLOCK, FloatArray
from asknext.core.errors import InvalidInput, Unsupported
from asknext.core.picks import Picks
from asknext.core.view import View
from asknext.strategies.kernels.lazy import lazy_greedy
from asknext.strategies.kernels.reading import UnitVectors, Vectors, tiles
from asknext.strategies.kernels.weighted import UnitRowsWith
from asknext.strategies.preference.reward_gaps import PREFERENCE, read_committee, sigmoid
from asknext.strategies.ranking import checked, picks_of, wanted

NEAREST = 1e-3  # prompts closer than that are the same
FARTHEST = 2.0  # of two unit vectors; stands for the distance while nothing is asked
EXACT = 1e-9  # how far rounding may move a score
DIGITS = 10  # kept of a score, so that equal pairs have equal scores


class BalPm:
    """Pick one by one the largest epistemic uncertainty + beta · log distance of the prompt.

    Epistemic uncertainty is what the preference tells about the model: the entropy of the mean of
    σ(gap) over the committee less the mean of the entropies, in nats. The distance is that of the
    prompt's vector to the nearest prompt labelled, out with annotators or picked; its log is what
    a prompt adds to the nearest-neighbour estimate of the entropy of all prompts asked.

    Source: Melo et al. 2024 (BAL-PM), section 4; their estimate counts neighbours in the pool
    too and takes the k-th, ours takes the nearest prompt asked, so that a prompt asked already is
    passed over at once.
    """

    name: ClassVar[str] = "bal_pm"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset({"committee_gap", "prompt_embedding"})
    tasks: ClassVar[frozenset[str]] = PREFERENCE
    cost: ClassVar[str] = "members × n, n × labelled × columns, then lazily k × a few rows"
    evidence: ClassVar[str] = (
        "33 to 68 % fewer labels than random or plain disagreement for reward models in its "
        "paper; not tested by others, and beta needs care."
    )
    source: ClassVar[str] = "Melo et al. 2024 (BAL-PM), section 4"

    def __init__(self, beta: float = 0.1) -> None:
        numeric = isinstance(beta, int | float) and not isinstance(beta, bool)
        if not numeric or not 0.0 <= beta < np.inf:
            raise InvalidInput(f"beta is a number of 0 or more; given: {beta!r}")
        self.beta = beta

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks; needs ``labelled_prompt_embedding`` once there are labels."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        dispute = checked(epistemic(read_committee(view)), view, self)
        table: Any = UnitRowsWith(view.array("prompt_embedding"), dispute)
        novelty = Novelty(known_prompts(view), self.beta)
        rows, scores = lazy_greedy(Vectors(table, "prompt_embedding"), novelty, k, rng)
        reasons = [
            f"the reward models dispute it ({dispute[row]:.2g} nats), and nothing like its prompt "
            "was asked"
            for row in rows
        ]
        return picks_of(self, view, rows, scores=np.minimum.accumulate(scores), reasons=reasons)


def epistemic(gaps: FloatArray) -> FloatArray:
    """Return the mutual information (n,) of preference and model, from gaps (members, n).

    In nats; NaN where a gap is not finite.

    >>> epistemic(np.array([[50.0, 0.0], [-50.0, 0.0]])).round(4).tolist()
    [0.6931, 0.0]
    """
    found = np.empty(gaps.shape[1])
    for start in range(0, gaps.shape[1], BLOCK):
        part = np.asarray(gaps[:, start : start + BLOCK], np.float64)
        proba = np.where(np.isfinite(part), sigmoid(part), np.nan)
        spread = binary_entropy(proba.mean(axis=0)) - binary_entropy(proba).mean(axis=0)
        found[start : start + BLOCK] = np.maximum(spread, 0.0)
    return found


def binary_entropy(proba: FloatArray) -> FloatArray:
    """Return −p log p − (1 − p) log(1 − p) in nats; 0 at 0 and 1.

    >>> binary_entropy(np.array([0.5, 1.0])).round(4).tolist()
    [0.6931, 0.0]
    """
    from scipy.special import entr

    return np.asarray(entr(proba) + entr(1.0 - proba))


def known_prompts(view: View) -> FloatArray:
    """Return the unit vectors (m, d) of the prompts labelled or out with annotators, if given.

    Raises:
        Unsupported: there are labels, but no ``labelled_prompt_embedding``.
    """
    if len(view.labelled) and "labelled_prompt_embedding" not in view.provides:
        raise Unsupported(
            f"{len(view.labelled)} pairs are labelled but 'labelled_prompt_embedding' is not "
            "available; give the vectors of their prompts, so that they are not asked again"
        )
    found = [np.empty((0, view.array("prompt_embedding").shape[1]), np.float32)]
    for name in ("labelled_prompt_embedding", "pending_prompt_embedding"):
        if name in view.provides:
            table = UnitVectors(view.array(name), name)
            found.append(table.rows(np.arange(len(table))))
    return np.concatenate(found)


class Novelty:
    """Give each row, a prompt's vector and its dispute (d + 1), dispute + beta · log distance."""

    def __init__(self, known: FloatArray, beta: float) -> None:
        self._asked = known.astype(np.float64)
        self._known = len(known)
        self._beta = beta

    def first(self, block: FloatArray, squares: FloatArray) -> FloatArray:
        """Return the worth (b,) of these rows before any pick."""
        return self._worth(block, self._asked)

    def pick(self, vector: FloatArray) -> None:
        """Add a prompt to those asked."""
        self._asked = np.concatenate([self._asked, vector[None, :-1].astype(np.float64)])

    def lowered(
        self, worth: FloatArray, block: FloatArray, squares: FloatArray, since: int
    ) -> FloatArray:
        """Return the worth (b,) with the picks after the first `since`."""
        return np.minimum(worth, self._worth(block, self._asked[self._known + since :]))

    def exact(self, block: FloatArray) -> FloatArray:
        """Return the worth (b,) now."""
        return self._worth(block, self._asked).round(DIGITS)

    def slack(self) -> float:
        """Return how far float64 may be off."""
        return EXACT * max(self._beta, 1.0)

    def _worth(self, block: FloatArray, asked: FloatArray) -> FloatArray:
        wide = block.astype(np.float64)
        gap = np.full(len(wide), FARTHEST)
        for part in tiles(len(wide), len(asked)) if len(asked) else ():
            gap[part] = _gaps(wide[part, :-1], asked)
        return np.asarray(wide[:, -1] + self._beta * np.log(np.clip(gap, NEAREST, FARTHEST)))


def _gaps(points: FloatArray, asked: FloatArray) -> FloatArray:
    own = np.einsum("ij,ij->i", points, points)
    half = 0.5 * np.einsum("ij,ij->i", asked, asked)
    squares = own - 2.0 * (points @ asked.T - half).max(axis=1)
    return np.asarray(np.sqrt(np.maximum(squares, 0.0)))
