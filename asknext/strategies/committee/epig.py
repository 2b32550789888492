"""EPIG: ask what tells most about the predictions that matter."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.errors import InvalidInput
from asknext.core.picks import Picks
from asknext.core.view import View
from asknext.strategies.change.lookahead import sample
from asknext.strategies.committee.disagreement import camps, consensus, p_log_p, read_committee
from asknext.strategies.probabilities import entropies
from asknext.strategies.ranking import checked, picks_of, top, wanted

REFERENCES = 100
AT_ONCE = 2**19  # numbers in one joint distribution: they stay near the processor


def joint_information(members: FloatArray, references: FloatArray) -> FloatArray:
    """Return mean_r I(label of i; label of r) (n,) in nats, for (t, n, c) and (t, r, c).

    I = H(y) + H(y_r) − H(y, y_r), with p(y, y_r) = mean_t p_t(y) p_t(y_r).

    >>> sure = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])
    >>> joint_information(sure, sure).round(4).tolist()
    [0.6931]
    """
    count, points, classes = members.shape[0], members.shape[1], members.shape[2]
    across = references.reshape(count, -1) / count
    alone = entropies(consensus(references)).mean()
    found = entropies(consensus(members)) + alone
    size = max(1, AT_ONCE // max(1, classes * across.shape[1]))
    for start in range(0, points, size):
        part = members[:, start : start + size]
        joint = part.reshape(count, -1).T @ across.astype(part.dtype)
        terms = p_log_p(joint).reshape(part.shape[1], -1).sum(axis=1, dtype=np.float64)
        found[start : start + size] += terms / references.shape[1]
    return np.asarray(np.maximum(found, 0.0))


class EPIG:
    """Score the expected information that a label gives about the labels of reference points.

    BALD asks what tells most about the model, also where nobody will use it; this asks only for
    what bears on the references: ``reference_committee_proba`` where given, at most `references`
    of them, else that many random candidates. Members stand for samples of the posterior, so
    the joint probabilities are means over them.

    Source: Bickford Smith et al. 2023 (EPIG), equation 5, its sums over classes exact.
    """

    name: ClassVar[str] = "epig"
    version: ClassVar[int] = 1
    needs: ClassVar[frozenset[str]] = frozenset({"committee_proba"})
    tasks: ClassVar[frozenset[str]] = frozenset({"classification"})
    cost: ClassVar[str] = "n × references × classes² × members"
    evidence: ClassVar[str] = (
        "reported above BALD where the pool is wider than what matters; needs a committee that "
        "disagrees for good reasons"
    )
    source: ClassVar[str] = "Bickford Smith et al. 2023"

    def __init__(self, references: int = REFERENCES) -> None:
        if references < 1:
            raise InvalidInput(f"references is a number of rows, 1 or more; given: {references}")
        self.references = references

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks."""
        k = wanted(view, k)
        if k == 0:
            return Picks(())
        members = read_committee(view)
        checked(np.asarray(members.sum(axis=(0, 2), dtype=np.float64)), view, self)
        others = self._references(view, members, rng)
        score = checked(joint_information(members, others), view, self)
        rows = top(score, k, rng)
        return picks_of(self, view, rows, scores=score[rows], reasons=camps(view, rows))

    def _references(self, view: View, members: FloatArray, rng: np.random.Generator) -> FloatArray:
        given = "reference_committee_proba" in view.provides
        whole = read_committee(view, "reference_committee_proba") if given else members
        if len(whole) != len(members):
            raise InvalidInput(
                f"committee_proba has {len(members)} members and reference_committee_proba "
                f"{len(whole)}; both must come from one committee"
            )
        found = whole[:, sample(whole.shape[1], self.references, rng)]
        if not np.isfinite(found).all():
            raise InvalidInput("NaN or infinite numbers in what the committee says of references")
        return found
