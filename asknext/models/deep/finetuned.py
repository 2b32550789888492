"""FineTuned: a language model whose own weights learn from the labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

from asknext.core.batch import Batch, FloatArray
from asknext.core.errors import NotReady
from asknext.core.predictions import Prediction
from asknext.models.checks import usable
from asknext.models.deep.fitted import Fitted
from asknext.models.deep.members import Request, fit_members
from asknext.models.deep.policies import policy
from asknext.models.deep.predicting import predicted
from asknext.models.deep.problems import PROBLEMS, problem_class
from asknext.models.deep.progress import OnStep, go_on
from asknext.models.deep.saving import load_fitted, save_fitted
from asknext.models.deep.tuning import TRIAL, Tuning

TASKS = frozenset(PROBLEMS)


class FineTuned:
    """Fine-tune an encoder from Hugging Face, with a head for the task.

    Settings are those of `Tuning`; `on_step` is called after every update and may stop it. The
    same labels and seed give the same weights on the same machine.

    Arrays: those of the task (``proba``; ``label_proba``; ``mean``, ``variance``;
    ``token_proba``, ``token_logit``, ``token_tags``, ``token_places``; ``reward_gap``) and
    ``embedding`` (unit mean of the last layer) and ``features`` (what the last linear layer
    reads); of preferences, ``pair_difference``. Ensembles, and `dropout_samples`, give
    ``committee_…``. Computed when read, for classification: ``class_gradient_norm`` and
    ``boundary_distance``.
    """

    name: ClassVar[str] = "transformer"
    reads: ClassVar[frozenset[str]] = frozenset({"examples"})
    provides: ClassVar[frozenset[str]] = frozenset(
        {"proba", "label_proba", "mean", "variance", "token_proba", "token_logit", "token_places"}
        | {"token_tags"}
        | {"reward_gap", "embedding", "features", "pair_difference"}
        | {"committee_proba", "committee_mean", "committee_gap"}
        | {"class_gradient_norm", "boundary_distance"}
    )
    shows: ClassVar[frozenset[str]] = frozenset({"labelled_proba"})
    tasks: ClassVar[frozenset[str]] = TASKS
    trial: ClassVar[Mapping[str, Any]] = TRIAL

    def __init__(self, task: Any, *, on_step: OnStep = go_on, **settings: Any) -> None:
        self.task = task
        self.on_step = on_step
        self.tuning = Tuning.of(settings)
        problem_class(task, self.tuning.pairs)
        policy(self.tuning.policy)
        self._fitted: Fitted | None = None

    def fit(
        self,
        batch: Batch,
        labels: Sequence[Any],
        *,
        seed: int,
        init: Self | None = None,
        weights: FloatArray | None = None,
    ) -> Self:
        """Return a model trained on n labels; what is taken from `init` is said by the policy.

        Raises:
            InvalidInput: no labels, counts that differ, labels the task does not have.
            Cancelled: `on_step` returned False.
            DoesNotFit: there is too little memory; the message says what to choose.
        """
        examples, said, weighed = usable(list(batch.examples), labels, weights)
        request = Request(
            self.task,
            examples,
            said,
            weighed,
            self.tuning,
            seed,
            None if init is None else init.fitted,
            self.on_step,
        )
        return self._with(fit_members(request))

    def predict(self, batch: Batch) -> Prediction:
        """Return what the model says about n examples."""
        return predicted(self.fitted, list(batch.examples), self.tuning.dropout_samples)

    @property
    def fitted(self) -> Fitted:
        """Return the trained model; raises NotReady before `fit`."""
        if self._fitted is None:
            raise NotReady("this language model has not been trained; call fit first")
        return self._fitted

    @property
    def classes(self) -> tuple[str, ...]:
        """Return what the outputs of the network stand for."""
        return self.fitted.problem.classes

    @property
    def facts(self) -> Mapping[str, Any]:
        """Return how training went, as JSON: reason, steps, seconds, losses, memory, device."""
        return self.fitted.facts

    def save(self, folder: Path) -> None:
        """Write a Hugging Face folder that loads without asknext, whole or not at all."""
        save_fitted(self.fitted, self.task, self.tuning, folder)

    @classmethod
    def load(cls, folder: Path, task: Any) -> Self:
        """Read what `save` wrote; raises InvalidInput where it is of another task."""
        fitted, tuning = load_fitted(folder, task)
        return cls(task, **tuning)._with(fitted)

    def _with(self, fitted: Fitted) -> Self:
        made = type(self)(self.task, on_step=self.on_step, **self.tuning.to_json())
        made._fitted = fitted
        return made
