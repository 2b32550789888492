"""Policy gradient: learn from the answers which kind of candidate is worth asking."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.picks import Picks
from asknext.core.view import View
from asknext.strategies.adaptive.credit import Settled, own_state, settle
from asknext.strategies.adaptive.traits import read_traits
from asknext.strategies.head import softmax
from asknext.strategies.probabilities import read_proba
from asknext.strategies.ranking import picks_of, wanted
from asknext.strategies.wrappers.combined import rank_shares
from asknext.strategies.wrappers.stochastic import gumbel_top
from asknext.strategies.wrapping import positive

KINDS = ("unsure", "unlike the labels", "typical", "of a class with few labels")
START = (6.0, 2.0, 0.0, 0.0)  # a soft margin with some novelty
LARGEST = 20.0  # weight of a kind, either way


class PolicyGradient:
    """Draw candidates by a policy over four ranks, and move it towards what surprised the model.

    The chance of a candidate is ∝ exp(Σ weight × rank), over the ranks (0 to 1) of its doubt, its
    distance to the labels, its nearness to the centre, and the lack of labels of its predicted
    class. An answer earns 1 − p(label) if the model predicted it, else 1; REINFORCE with a
    running mean as baseline moves the four weights. `probability` of a pick is its chance at its
    place. The state holds weights, baseline and what is out.

    Source: Williams 1992 (REINFORCE); Fang et al. 2017 and Liu et al. 2018 learn such a policy
    from simulated episodes, ours learns from the project's answers alone.
    """

    name: ClassVar[str] = "policy_gradient"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset({"proba", "embedding", "labelled_embedding"})
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    drawn: ClassVar[str] = "the picks themselves"
    cost: ClassVar[str] = "n × labelled × columns, and four sorts of n numbers"
    evidence: ClassVar[str] = (
        "None of its own: published policies were trained over many projects, and one project "
        "gives few rewards. It begins as a soft margin; surprise also rewards noisy labels."
    )
    source: ClassVar[str] = "Williams 1992; after Fang, Li and Cohn 2017 (PAL)"

    def __init__(self, rate: float = 0.2) -> None:
        self.rate = positive(self.name, "rate", rate)

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) draws, having learnt from the answers since the last ones."""
        k = wanted(view, k)
        if k == 0:
            return Picks((), view.state)
        weights, baseline, waiting = self._learn(view)
        kinds = read_kinds(view)
        logits = kinds @ weights
        rows, keys, chances = gumbel_top(logits, k, rng)
        usual = softmax(logits[None, :])[0] @ kinds
        records = _records(view, rows, kinds[rows] - usual)
        reasons = [_reason(kind, weights) for kind in kinds[rows]]
        made = picks_of(self, view, rows, scores=keys, reasons=reasons)
        drawn = zip(made, chances.tolist(), strict=True)
        state = {
            "of": self.name,
            "weights": weights.tolist(),
            "baseline": baseline,
            "open": waiting + records,
        }
        return Picks(tuple(replace(pick, probability=chance) for pick, chance in drawn), state)

    def _learn(self, view: View) -> tuple[FloatArray, float, list[Any]]:
        """Return the weights of the kinds, the baseline, and what is still out."""
        kept = own_state(view, self.name)
        weights = np.array(kept.get("weights", START), float)
        baseline = float(kept.get("baseline", 0.5))
        settled, waiting = settle(view, kept.get("open", []))
        for one in settled:
            reward = surprise(one)
            step = self.rate * (reward - baseline) * np.array(one.record["slope"])
            weights = np.clip(weights + step, -LARGEST, LARGEST)
            baseline += 0.05 * (reward - baseline)
        return weights, baseline, waiting


def surprise(one: Settled) -> float:
    """Return 1 − p(label) if that label was predicted, else 1."""
    right = one.record["guess"] == one.label
    return float(1.0 - one.record["p"]) if right else 1.0


def read_kinds(view: View) -> FloatArray:
    """Return the ranks (n, 4) of the candidates, 0 to 1, by each of the `KINDS`."""
    traits = read_traits(view, PolicyGradient.name)
    values = (-traits[:, 1], traits[:, 3], -traits[:, 4], -traits[:, 5])
    return np.column_stack([rank_shares(value) for value in values])


def _records(view: View, rows: IntArray, slopes: FloatArray) -> list[dict[str, Any]]:
    """Return what is to be remembered of each pick until its answer comes."""
    proba = read_proba(view)[rows]
    best = proba.argmax(axis=1)
    named = view.classes if len(view.classes) == proba.shape[1] else ()
    return [
        {
            "id": view.candidates[row],
            "guess": named[number] if named else "",
            "p": round(float(p[number]), 6),
            "slope": [round(float(x), 6) for x in slope],
        }
        for row, number, p, slope in zip(rows.tolist(), best.tolist(), proba, slopes, strict=True)
    ]


def _reason(kind: FloatArray, weights: FloatArray) -> str:
    largest = int((kind * weights).argmax())
    return f"drawn by what was worth asking so far; mostly because it is {KINDS[largest]}"
