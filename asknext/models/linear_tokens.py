"""LinearTokens: a softmax over the tags of each token, on cached token vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np

from asknext.core.batch import Batch, FloatArray, IntArray, Ragged, Tokens
from asknext.core.errors import InvalidInput
from asknext.core.predictions import Prediction
from asknext.core.spans import MASKED, encode, steps_of
from asknext.models.checks import checked_weights, counted
from asknext.models.coefficients import begin
from asknext.models.head import LinearModel
from asknext.models.lazy import Lazy
from asknext.models.logistic import Problem, minimise, softmax
from asknext.models.threads import one_blas_thread

TASKS = frozenset({"tagging"})
NEVER = -30.0  # the score of a tag that no label shows: its probability is 1e-13
RARE, MOST = 0.15, 3.0  # below this share of tokens, those inside of spans count up to so often


class LinearTokens(LinearModel):
    """Learn the BIO tag of each token from its vector.

    Tokens in a part that nobody judged are left out; a text counts by its tokens. All tags of the
    task have a column; one that no label shows has a probability near 0. Where few tokens lie
    inside of spans these count up to three times, so that rare ones are found at all.

    Args:
        task: a tagging task; predictions have the columns of ``task.tags``.
        C: inverse strength of the L2 penalty, on the sum of the losses of the tokens.
        tol: fitting stops when about this many nats can still be gained in the sum of the losses
            (in that of 1,000 tokens where there are more).
        most: most evaluations of the gradient.

    The problem is convex, so `seed` changes nothing.

    >>> from asknext.core.tasks import Tagging
    >>> places = Ragged.of([[[0, 2], [3, 7]], [[0, 2]]])
    >>> tokens = Tokens(Ragged.of([[[1.0, 0], [0, 1]], [[1.0, 0]]]), places)
    >>> batch = Batch(2, load_tokens=lambda: tokens)
    >>> said = [[{"start": 0, "end": 2, "label": "PER"}], [{"start": 0, "end": 2, "label": "PER"}]]
    >>> task = Tagging(("PER", "LOC"))
    >>> task.values(LinearTokens(task).fit(batch, said, seed=0).predict(batch))[0]
    [{'start': 0, 'end': 2, 'label': 'PER'}]
    """

    name: ClassVar[str] = "linear_tokens"
    reads: ClassVar[frozenset[str]] = frozenset({"tokens"})
    provides: ClassVar[frozenset[str]] = frozenset({"token_proba", "token_logit", "token_places"})
    shows: ClassVar[frozenset[str]] = frozenset({"transition"})
    tasks: ClassVar[frozenset[str]] = TASKS
    called: ClassVar[str] = "tagger"

    def __init__(self, task: Any, *, C: float = 5.0, tol: float = 0.1, most: int = 300) -> None:
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
        """Return a tagger fitted to the spans of n texts; weight 0 means "not there".

        Where no token was judged, all tags but O are improbable.

        Raises:
            InvalidInput: no labels, counts that differ, a label the task does not have, vectors
                or weights that are not finite numbers, negative weights.
        """
        tokens = batch.need_tokens()
        vectors, numbers, weighed = self._prepare(tokens, labels, weights)
        seen = np.unique(numbers)
        tags = self.task.tags
        coef = np.zeros((len(tags), tokens.vectors.shape[1]), np.float32)
        bias = np.full(len(tags), NEVER, np.float32)
        bias[seen if len(seen) else [0]] = 0.0
        if len(seen) > 1:
            weighed = weighed * np.where(numbers > 0, _emphasis(numbers), 1.0)
            problem = Problem(vectors, np.searchsorted(seen, numbers), weighed, len(seen), self.C)
            known = init._fitted if init is not None else None
            start = begin(known, [tags[i] for i in seen], coef.shape[1])
            start[-1] = np.maximum(start[-1], NEVER / 5)  # a tag new to `init` starts within reach
            with one_blas_thread():
                coef[seen], bias[seen] = minimise(problem, start, tol=self.tol, most=self.most)
        return self._with(self._coefficients(tags, coef, bias))

    def _prepare(
        self, tokens: Tokens, labels: Sequence[Any], weights: FloatArray | None
    ) -> tuple[FloatArray, IntArray, FloatArray]:
        """Return vectors (t, d), tag numbers (t,) and weights (t,) of the tokens that count."""
        if len(labels) != len(tokens):
            raise InvalidInput(f"{len(tokens)} texts came with {len(labels)} labels")
        weighed = checked_weights(weights, len(tokens))
        counted(weighed)
        marked = [self.task.validate(spans) for spans in labels]
        runs = [
            encode(spans, np.asarray(tokens.places[i], np.int64), self.task.tags)
            for i, spans in enumerate(marked)
        ]
        numbers = np.concatenate(runs)
        each = weighed[tokens.vectors.owner]
        used = (numbers != MASKED) & (each > 0)
        vectors = np.asarray(tokens.vectors.values[used], np.float32)
        if not np.isfinite(vectors).all():
            raise InvalidInput("token vectors must be finite numbers; encode these examples again")
        return vectors, numbers[used], each[used]

    def predict(self, batch: Batch) -> Prediction:
        """Return ``token_proba``, ``token_logit`` and ``token_places``, columns as `classes`."""
        tokens = batch.need_tokens()
        offsets = tokens.vectors.offsets
        with one_blas_thread():
            scores = self.coefficients.logits(tokens.vectors.values)
        return Prediction(
            self.classes,
            Lazy(
                {
                    "token_proba": lambda: Ragged(softmax(scores.copy()), offsets),
                    "token_logit": lambda: Ragged(scores, offsets),
                    "token_places": lambda: tokens.places,
                }
            ),
        )

    @property
    def parameters(self) -> dict[str, FloatArray]:
        """Return ``transition``: tokens are judged one by one, but BIO forbids some steps."""
        return {"transition": steps_of(self.task.tags)}

    def _check(self, classes: tuple[str, ...]) -> None:
        if classes != self.task.tags[: len(classes)]:
            raise InvalidInput(
                f"this tagger knows the tags {', '.join(classes)}; those of the task are: "
                f"{', '.join(self.task.tags)}"
            )


def _emphasis(numbers: IntArray) -> float:
    """Return how often a token inside of spans counts: more where they are few."""
    return float(np.clip(RARE / np.mean(numbers > 0), 1.0, MOST))
