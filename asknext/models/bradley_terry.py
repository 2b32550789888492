"""BradleyTerry: a reward that is linear in the features of an answer, learnt from comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from asknext.core.batch import Batch, FloatArray
from asknext.core.predictions import Prediction
from asknext.core.tasks.preference import BAD, FIRST, SECOND, TIE
from asknext.models.checks import checked_vectors, checked_weights, counted, numbered
from asknext.models.head import Head
from asknext.models.lazy import Lazy
from asknext.models.parts import Differences, Prompts
from asknext.models.posterior import Posterior, directions
from asknext.models.sigmoids import Questions, minimise, sigmoid
from asknext.models.threads import one_blas_thread
from asknext.models.written import read_model, write_model

TASKS = frozenset({"preference"})
ANSWERS = (FIRST, SECOND, TIE, BAD)
TARGETS = np.array([1.0, 0.0, 0.5, np.nan])  # the share of a in what each answer says
ARRAYS = ("mean", "middle", "basis", "values")


@dataclass(frozen=True)
class _Compared:
    """Hold differences (n, d), the share (n,) of the first answer, and weights (n,)."""

    rows: FloatArray
    share: FloatArray
    weights: FloatArray


class BradleyTerry(Head[Posterior]):
    """Learn which of two answers is better from the difference of their features.

    The vectors are those of the encoder ``paired``: three blocks of equal width, for the prompt
    and for the prompt with either answer. The reward gap is w · (second block − third block);
    the chance that a is preferred is its logistic function, so swapping the answers turns the
    sign and nothing else. A tie counts half for each side; ``bad`` says nothing about the two and
    is left out. Without a comparison all gaps are 0.

    Args:
        C: inverse strength of the L2 penalty. Choosing it by the evidence was tried: it took larger
            ones and was 11 points of accuracy worse on one of two data sets
            (docs/decisions/0015-instant-models.md).
        tol: fitting stops when about this many nats can still be gained.
        most: most evaluations of the gradient.

    Source: Bradley and Terry 1952; MacKay 1992, The Evidence Framework Applied to Classification
    Networks, for the posterior.

    >>> from asknext.core.tasks import Preference
    >>> vectors = np.array([[0, 0, 1, 0, 0, 1], [0, 0, 0, 1, 1, 0]], np.float32)
    >>> batch = Batch(2, vectors=vectors)
    >>> judge = BradleyTerry(Preference(), C=1.0).fit(batch, ["a", "b"], seed=0)
    >>> [round(float(gap), 2) for gap in judge.predict(batch).array("reward_gap")]
    [1.04, -1.04]
    """

    name: ClassVar[str] = "bradley_terry"
    reads: ClassVar[frozenset[str]] = frozenset({"vectors"})
    provides: ClassVar[frozenset[str]] = frozenset({"reward_gap"})
    shows: ClassVar[frozenset[str]] = frozenset(
        {"committee_gap", "pair_difference", "prompt_embedding", "labelled_reward_gap"}
        | {"labelled_pair_difference", "labelled_prompt_embedding"}
        | {"pending_pair_difference", "pending_prompt_embedding"}
    )
    tasks: ClassVar[frozenset[str]] = TASKS
    called: ClassVar[str] = "model of preferences"

    def __init__(self, task: Any, *, C: float = 1.0, tol: float = 1e-4, most: int = 1000) -> None:
        super().__init__(task, C, tol, most)

    def fit(
        self,
        batch: Batch,
        labels: Sequence[Any],
        *,
        seed: int,
        init: Self | None = None,
        weights: FloatArray | None = None,
    ) -> Self:
        """Return the reward learnt from n comparisons; weight 0 means "not there".

        The problem is convex, so `seed` changes nothing.

        Raises:
            InvalidInput: no labels, counts that differ, an unknown answer, vectors that are not
                three blocks, or that are not finite, negative weights.
        """
        vectors = checked_vectors(batch, labels)
        weighed = checked_weights(weights, len(vectors))
        counted(weighed)
        share = TARGETS[numbered(labels, ANSWERS)]
        used = np.flatnonzero((weighed > 0) & np.isfinite(share))
        data = _Compared(Differences(vectors[used])[:], share[used], weighed[used])
        warm = None if init is None or init._fitted is None else init._fitted.mean
        start = warm if warm is not None and len(warm) == data.rows.shape[1] else None
        with one_blas_thread():
            return self._with(self._learn(data, start))

    def _learn(self, data: _Compared, start: FloatArray | None) -> Posterior:
        if not len(data.rows):
            nothing = np.zeros(data.rows.shape[1])
            return Posterior.of(nothing, nothing, nothing[:, None], np.zeros(1), 1.0 / self.C)
        # Each comparison stands there both ways round, for half: then the intercept is 0 of itself.
        asked = Questions(
            np.concatenate([data.rows, -data.rows]),
            np.concatenate([data.share, 1.0 - data.share])[:, None],
            np.tile(data.weights / 2, 2),
            self.C,
        )
        both = np.zeros((data.rows.shape[1] + 1, 1))
        if start is not None:
            both[:-1, 0] = start
        mean = minimise(asked, both, tol=self.tol, most=self.most)[:-1, 0]
        return _laplace(data, mean, self.C)

    def predict(self, batch: Batch) -> Prediction:
        """Return ``reward_gap`` (n,) and, computed when read, the differences and the prompts."""
        table, posterior = batch.need_vectors(), self.posterior
        pairs: Any = Differences(table)

        def gap() -> FloatArray:
            with one_blas_thread():
                return posterior.expected(pairs)

        return Prediction(
            (),
            Lazy(
                {
                    "reward_gap": gap,
                    "pair_difference": lambda: pairs,
                    "prompt_embedding": lambda: Prompts(table),
                }
            ),
        )

    def draws(self, batch: Batch, members: int, seed: int) -> FloatArray:
        """Return the gaps (members, n) float32 under rewards drawn from the posterior."""
        pairs: Any = Differences(batch.need_vectors())
        with one_blas_thread():
            return self.posterior.draws(pairs, members, seed)

    @property
    def posterior(self) -> Posterior:
        """Return the posterior of the reward's coefficients; raises NotReady before `fit`."""
        return self.fitted

    def save(self, folder: Path) -> None:
        """Write ``head.npz`` and ``head.json``."""
        posterior = self.posterior
        about = {"prior": posterior.prior, **self.settings}
        write_model(folder, about, {name: getattr(posterior, name) for name in ARRAYS})

    @classmethod
    def load(cls, folder: Path, task: Any) -> Self:
        """Read what `save` wrote."""
        about, (mean, middle, basis, values) = read_model(folder, *ARRAYS)
        posterior = Posterior(mean, middle, basis, values, float(about["prior"]))
        return cls._made(task, about)._with(posterior)


def _laplace(data: _Compared, mean: FloatArray, C: float) -> Posterior:
    proba = sigmoid(data.rows @ mean)
    height = np.sqrt(data.weights * proba * (1.0 - proba))
    basis, squares = directions(data.rows * height[:, None])
    return Posterior.of(mean, np.zeros(len(mean)), basis, squares, 1.0 / C)
