"""LinearTokens: a conditional random field over the tags of a text, on cached token vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from asknext.core.batch import Batch, FloatArray, IntArray, Ragged, Tokens
from asknext.core.errors import InvalidInput
from asknext.core.predictions import Prediction
from asknext.core.spans import MASKED, encode, steps_of
from asknext.models.chain import Chain, Walk
from asknext.models.chain_fit import Judged, Weights, minimise, starts
from asknext.models.checks import checked_weights, counted
from asknext.models.coefficients import Coefficients, begin
from asknext.models.head import Head
from asknext.models.lazy import Lazy
from asknext.models.threads import one_blas_thread
from asknext.models.written import write_model

TASKS = frozenset({"tagging"})
NEVER = -30.0  # the score of a tag that no label shows: its probability is 1e-13
RARE, MOST = 0.15, 3.0  # below this share of tokens, those inside of spans count up to so often
AT_ONCE = 1 << 22  # tokens × tags that are walked together
NO_TEXTS = Walk.of(np.zeros(1, np.int64))


@dataclass(frozen=True)
class Field:
    """Hold the coefficients of the tags, and the scores (tags, tags) of steps between them."""

    coefficients: Coefficients
    steps: FloatArray


class LinearTokens(Head[Field]):
    """Learn the BIO tags of a text's tokens from their vectors, and which tag follows which.

    Whole paths of tags are predicted, none that BIO forbids; probabilities of tags are exact
    marginals. A text is cut where nobody judged it: such a part teaches nothing. All tags of the
    task have a column; one that no label shows has a probability near 0. Where few tokens lie
    inside of spans, O has to be likelier by up to three times, so that rare spans are found at
    all.

    Args:
        task: a tagging task; predictions have the columns of ``task.tags``.
        C: inverse strength of the L2 penalty, on the sum of the losses of the texts.
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
    provides: ClassVar[frozenset[str]] = frozenset(
        {"token_proba", "token_logit", "token_places", "token_tags"}
        | {"sequence_logprob", "sequence_length"}
    )
    shows: ClassVar[frozenset[str]] = frozenset({"transition"})
    tasks: ClassVar[frozenset[str]] = TASKS
    called: ClassVar[str] = "tagger"

    def __init__(self, task: Any, *, C: float = 10.0, tol: float = 0.5, most: int = 300) -> None:
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
        judged = self._prepare(batch.need_tokens(), labels, weights)
        tags = self.task.tags
        seen = np.unique(judged.numbers)
        coef = np.zeros((len(tags), judged.vectors.shape[1]), np.float32)
        bias = np.full(len(tags), NEVER, np.float32)
        bias[seen if len(seen) else [0]] = 0.0
        steps = steps_of(tags)
        if len(seen) > 1:
            found = self._learn(judged, seen, init)
            coef[seen], bias[seen] = found.weight.T, found.bias
            steps[np.ix_(seen, seen)] += found.steps
        return self._with(Field(Coefficients(tags, coef, bias, self.settings), steps))

    def _learn(self, judged: Judged, seen: IntArray, init: Self | None) -> Weights:
        tags = [self.task.tags[i] for i in seen]
        lean = _lean(judged.numbers, np.repeat(judged.weights, np.diff(judged.offsets)))
        numbers = np.searchsorted(seen, judged.numbers)
        shown = replace(judged, numbers=numbers, tags=tags, lean=lean)
        start = _begin(init._fitted if init is not None else None, tags, judged.vectors.shape[1])
        with one_blas_thread():
            return minimise(shown, start, tol=self.tol, most=self.most)

    def _prepare(self, tokens: Tokens, labels: Sequence[Any], weights: FloatArray | None) -> Judged:
        """Return the runs of tokens that people judged; where they did not, a text is cut."""
        if len(labels) != len(tokens):
            raise InvalidInput(f"{len(tokens)} texts came with {len(labels)} labels")
        weighed = checked_weights(weights, len(tokens))
        counted(weighed)
        marked = [self.task.validate(spans) for spans in labels]
        runs = [
            encode(spans, np.asarray(tokens.places[i], np.int64), self.task.tags)
            for i, spans in enumerate(marked)
        ]
        numbers, owner = np.concatenate(runs), tokens.vectors.owner
        used = np.flatnonzero((numbers != MASKED) & (weighed[owner] > 0))
        vectors = np.asarray(tokens.vectors.values[used], np.float32)
        if not np.isfinite(vectors).all():
            raise InvalidInput("token vectors must be finite numbers; encode these examples again")
        text = owner[used]
        cut = (np.diff(used, prepend=-2) > 1) | (np.diff(text, prepend=-1) > 0)
        first = np.flatnonzero(cut)
        return Judged(
            vectors,
            numbers[used],
            np.append(first, len(used)),
            weighed[text[first]],
            used[first] == tokens.vectors.offsets[text[first]],
            self.task.tags,
            self.C,
        )

    def predict(self, batch: Batch) -> Prediction:
        """Return what is in `provides`, each computed when it is read; columns as `classes`."""
        tokens = batch.need_tokens()
        offsets = tokens.vectors.offsets
        with one_blas_thread():
            scores = self.fitted.coefficients.logits(tokens.vectors.values)
        scores[offsets[:-1][np.diff(offsets) > 0]] += starts(self.classes).astype(np.float32)

        return Prediction(
            self.classes,
            Lazy(
                {
                    "token_proba": lambda: Ragged(
                        self._walked(lambda chain: chain.marginals, scores, offsets), offsets
                    ),
                    "token_logit": lambda: Ragged(scores, offsets),
                    "token_places": lambda: tokens.places,
                    "token_tags": lambda: Ragged(
                        self._walked(Chain.best_path, scores, offsets), offsets
                    ),
                    "sequence_logprob": lambda: self._walked(_surety, scores, offsets),
                    "sequence_length": lambda: np.diff(offsets),
                }
            ),
        )

    def _walked(self, ask: Callable[[Chain], Any], scores: FloatArray, offsets: IntArray) -> Any:
        with one_blas_thread():
            parts = [ask(chain) for chain in self._chains(scores, offsets)]
        found = np.concatenate(parts) if parts else ask(Chain(scores, self.fitted.steps, NO_TEXTS))
        return found if found.dtype == np.int64 else found.astype(np.float32)

    def _chains(self, scores: FloatArray, offsets: IntArray) -> Iterator[Chain]:
        """Yield the chains of some texts at a time."""
        size = max(1, AT_ONCE // max(1, scores.shape[1]))
        first = 0
        while first < len(offsets) - 1:
            reach = int(np.searchsorted(offsets, offsets[first] + size, side="right")) - 1
            last = max(first + 1, reach)
            start, end = int(offsets[first]), int(offsets[last])
            walk = Walk.of(offsets[first : last + 1] - start)
            yield Chain(scores[start:end], self.fitted.steps, walk)
            first = last

    @property
    def parameters(self) -> dict[str, FloatArray]:
        """Return ``transition``: the scores (tags, tags) of steps, with which BIO is kept."""
        return {"transition": self.fitted.steps}

    @property
    def coefficients(self) -> Coefficients:
        """Return the coefficients of the tags; raises NotReady before `fit`."""
        return self.fitted.coefficients

    @property
    def classes(self) -> tuple[str, ...]:
        """Return the tags of the task as it was when the tagger was fitted."""
        return self.fitted.coefficients.classes

    def save(self, folder: Path) -> None:
        """Write ``head.npz`` and ``head.json``."""
        found = self.fitted.coefficients
        arrays = {"coef": found.coef, "intercept": found.intercept, "steps": self.fitted.steps}
        write_model(folder, found.about(), arrays)

    @classmethod
    def load(cls, folder: Path, task: Any) -> Self:
        """Read what `save` wrote; raises InvalidInput where it was made for other labels.

        A tagger that was saved before steps were learnt has those that BIO allows.
        """
        found = Coefficients.load(folder)
        with np.load(folder / "head.npz", allow_pickle=False) as arrays:
            steps: FloatArray = (
                arrays["steps"] if "steps" in arrays.files else steps_of(found.classes)
            )
        if found.classes != task.tags[: len(found.classes)]:
            raise InvalidInput(
                f"this tagger knows the tags {', '.join(found.classes)}; those of the task are: "
                f"{', '.join(task.tags)}"
            )
        return cls._made(task, found.settings)._with(Field(found, steps))


def _surety(chain: Chain) -> FloatArray:
    """Return log p of the best path of each text."""
    return np.minimum(chain.path_scores(chain.best_path()) - chain.log_totals, 0.0)


def _begin(init: Field | None, tags: Sequence[str], columns: int) -> Weights:
    """Return what `init` knows of these tags, zeros for the rest."""
    steps = np.zeros((len(tags), len(tags)))
    both = begin(init.coefficients if init is not None else None, tags, columns)
    both[-1] = np.maximum(both[-1], NEVER / 5)  # a tag new to `init` starts within reach
    if init is not None and init.coefficients.columns == columns:
        place = {tag: i for i, tag in enumerate(init.coefficients.classes)}
        old = [i for i, tag in enumerate(tags) if tag in place]
        rows = [place[tags[i]] for i in old]
        steps[np.ix_(old, old)] = init.steps[np.ix_(rows, rows)]
    return Weights(both[:-1], both[-1], np.where(steps_of(tags) == 0, steps, 0.0))


def _lean(numbers: IntArray, weights: FloatArray) -> float:
    """Return by how many nats O has to be likelier: more where tokens inside of spans are few."""
    share = float(weights @ (numbers > 0)) / float(weights.sum())
    return float(np.log(np.clip(RARE / max(share, 1e-9), 1.0, MOST)))
