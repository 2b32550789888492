"""Committees: ask where models that all fit the labels disagree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import InvalidInput
from asknext.core.view import View
from asknext.strategies.probabilities import STRIP, entropies
from asknext.strategies.ranking import Ranking


def read_committee(view: View, name: str = "committee_proba") -> FloatArray:
    """Return what the members say (t, n, c); raises InvalidInput for another shape."""
    proba = np.asarray(view.array(name))
    fits = proba.ndim == 3 and proba.shape[0] > 0 and proba.shape[2] > 0
    if not fits or (name == "committee_proba" and proba.shape[1] != len(view)):
        raise InvalidInput(
            f"{name} has shape {proba.shape}; it must be (members, {len(view)}, classes), with "
            "one member and one class at least"
        )
    return proba if proba.dtype in (np.float32, np.float64) else proba.astype(np.float32)


def strips(committee: FloatArray) -> Iterator[tuple[slice, FloatArray]]:
    """Walk through the candidates of (t, n, c) in strips that stay in the processor's cache."""
    for start in range(0, committee.shape[1], STRIP):
        part = slice(start, min(start + STRIP, committee.shape[1]))
        yield part, committee[:, part]


def p_log_p(proba: FloatArray) -> FloatArray:
    """Return p log p of each number, 0 at p = 0. NaN stays NaN."""
    found = np.maximum(proba, np.finfo(proba.dtype).tiny)
    np.log(found, out=found)
    found *= proba
    return np.asarray(found)


def consensus(members: FloatArray) -> FloatArray:
    """Return the mean of the members (n, c) in float64."""
    return np.asarray(members.mean(axis=0, dtype=np.float64))


def information(members: FloatArray) -> FloatArray:
    """Return H(mean of the members) − mean of H(member), (n,), in nats, for members (t, n, c).

    >>> sure = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
    >>> information(sure).round(4).tolist(), information(sure[:1]).tolist()
    ([0.6931], [0.0])
    """
    found = np.empty(members.shape[1])
    for part, strip in strips(members):
        # The members are added up class by class: sums over a short last axis are slow.
        own = np.zeros(strip.shape[1:])
        for member in strip:
            own += p_log_p(member)
        found[part] = entropies(consensus(strip)) + own.sum(axis=1) / len(members)
    return np.maximum(found, 0.0)


def votes(members: FloatArray) -> FloatArray:
    """Return the share of the members (n, c) whose likeliest class each class is.

    A member torn between two classes votes for the first of them; a row with NaN is NaN.
    """
    found = np.empty(members.shape[1:])
    for part, strip in strips(members):
        chosen = strip.argmax(axis=2)
        for label in range(members.shape[2]):
            found[part, label] = (chosen == label).mean(axis=0)
        found[part][~np.isfinite(strip).all(axis=(0, 2))] = np.nan
    return found


def camps(view: View, rows: IntArray) -> list[str]:
    """Say how the members' votes are split on each row."""
    members = read_committee(view)[:, rows]
    names = view.classes if len(view.classes) == members.shape[2] else ()
    return [_camps(row, len(members), names) for row in votes(members)]


def _camps(shares: FloatArray, members: int, names: tuple[str, ...]) -> str:
    order = np.argsort(-shares, kind="stable")[:2]
    counts = [round(float(share) * members) for share in shares[order]]
    if len(counts) < 2 or counts[1] == 0:
        return f"all {members} models guess the same, but not with the same confidence"
    if not names:
        return f"{members} models disagree: the largest camps are {counts[0]} and {counts[1]}"
    first, second = (names[label] for label in order)
    return f"{members} models disagree: {counts[0]} say “{first}”, {counts[1]} say “{second}”"


class _Committee(Ranking):
    """Rank by what the members of a committee say."""

    needs: ClassVar[frozenset[str]] = frozenset({"committee_proba"})
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    cost: ClassVar[str] = "members × n × classes"

    def reasons(self, view: View, rows: IntArray, scores: FloatArray) -> list[str]:
        """Say how the votes are split."""
        return camps(view, rows)


class VoteEntropy(_Committee):
    """Score the entropy of the members' votes, in nats.

    Few members give few different scores, so ties are many; the generator breaks them.

    Source: Dagan and Engelson 1995 (unnormalised).
    """

    name: ClassVar[str] = "vote_entropy"
    drawn: ClassVar[str] = "which of the many that tie go first"
    evidence: ClassVar[str] = (
        "classic, but votes are coarse: many ties; plain margin of one good model is hard to beat"
    )
    source: ClassVar[str] = "Dagan and Engelson 1995; Engelson and Dagan 1996"

    def score(self, view: View) -> FloatArray:
        """Return the entropy of the votes (n,)."""
        return entropies(votes(read_committee(view)))


class ConsensusEntropy(_Committee):
    """Score the entropy of the mean of the members' probabilities, in nats.

    It is the entropy of a better calibrated model, the committee; members that are all unsure
    count as much as members that disagree.
    """

    name: ClassVar[str] = "consensus_entropy"
    evidence: ClassVar[str] = (
        "entropy of an ensemble: better calibrated than one model, else with entropy's weakness "
        "(often below random with many classes)"
    )
    source: ClassVar[str] = "Settles 2009, section 3.2; modAL's consensus entropy"

    def score(self, view: View) -> FloatArray:
        """Return the entropy of the consensus (n,)."""
        members = read_committee(view)
        found = np.empty(len(view))
        for part, strip in strips(members):
            found[part] = entropies(consensus(strip))
        return found


class ConsensusKL(_Committee):
    """Score the mean Kullback–Leibler divergence of the members from their consensus, in nats.

    Mean KL(p_t ‖ mean) = H(mean) − mean H(p_t), so it is the same number as `bald`; both names
    are kept because the two literatures use them, and they differ in where members come from.

    Source: McCallum and Nigam 1998.
    """

    name: ClassVar[str] = "consensus_kl"
    evidence: ClassVar[str] = "the same number as bald: see there"
    source: ClassVar[str] = "McCallum and Nigam 1998"

    def score(self, view: View) -> FloatArray:
        """Return the mean divergence (n,)."""
        return information(read_committee(view))


class BALD(_Committee):
    """Score the mutual information of label and model: unsure together, each sure alone.

    Source: Houlsby et al. 2011; Gal, Islam and Ghahramani 2017.
    """

    name: ClassVar[str] = "bald"
    evidence: ClassVar[str] = (
        "strong one by one; its top k collapse on redundant pools (repeated MNIST, 10 a batch: "
        "89.5 % against 92.7 % at random): use batch_bald, a guard or power(bald) for batches"
    )
    source: ClassVar[str] = "Houlsby et al. 2011; Gal et al. 2017"

    def score(self, view: View) -> FloatArray:
        """Return the mutual information (n,)."""
        return information(read_committee(view))
