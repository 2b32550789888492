"""Head: what the models that learn at once have in common, whatever they learn."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.errors import NotReady
from asknext.models.checks import checked_above, checked_task
from asknext.models.coefficients import Calibration, Coefficients

Numbers = TypeVar("Numbers")


class Head(Generic[Numbers]):
    """Hold a task, settings and, once there are labels, fitted numbers; `fit` is the subclass's.

    Args:
        task: one of a kind in `tasks`.
        C: inverse strength of the L2 penalty, on the sum of the losses.
        tol: fitting stops when about this many nats can still be gained.
        most: most evaluations of the gradient.
    """

    name: ClassVar[str]
    tasks: ClassVar[frozenset[str]]
    called: ClassVar[str]  # in sentences about one that has not been fitted

    def __init__(self, task: Any, C: float, tol: float, most: int) -> None:
        checked_above(C=C, tol=tol, most=most)
        self.task = checked_task(task, self.tasks, self.name)
        self.C = float(C)
        self.tol = float(tol)
        self.most = int(most)
        self._fitted: Numbers | None = None

    @property
    def settings(self) -> dict[str, float]:
        """Return what it was made with, to make another one like it."""
        return {"C": self.C, "tol": self.tol, "most": self.most}

    @property
    def fitted(self) -> Numbers:
        """Return the fitted numbers; raises NotReady before `fit`."""
        if self._fitted is None:
            raise NotReady(f"this {self.called} has not been fitted; call fit first")
        return self._fitted

    def _with(self, numbers: Numbers) -> Self:
        made = self._made(self.task, self.settings)
        made._fitted = numbers
        return made

    @classmethod
    def _made(cls, task: Any, settings: Mapping[str, Any]) -> Self:
        numbers = {name: settings[name] for name in ("C", "tol")}
        return cls(task, **numbers, most=int(settings["most"]))


class LinearModel(Head[Coefficients], ABC):
    """Be a head whose numbers are coefficients, with a row for each class."""

    @property
    def coefficients(self) -> Coefficients:
        """Return the fitted numbers; raises NotReady before `fit`."""
        return self.fitted

    @property
    def classes(self) -> tuple[str, ...]:
        """Return the names of the columns of what is predicted."""
        return self.fitted.classes

    @property
    def calibration(self) -> Calibration:
        """Return the temperature in use and why."""
        return self.fitted.calibration

    def calibrated(self, calibration: Calibration) -> Self:
        """Return the same head with another temperature, e.g. the one of the head before it."""
        return self._with(replace(self.fitted, calibration=calibration))

    @property
    def parameters(self) -> dict[str, FloatArray]:
        """Return what strategies may read of the head: ``weight``, ``bias`` and ``penalty``."""
        penalty = np.array(1.0 / self.C)
        return {"weight": self.fitted.coef, "bias": self.fitted.intercept, "penalty": penalty}

    def save(self, folder: Path) -> None:
        """Write ``head.npz`` and ``head.json``."""
        self.fitted.save(folder)

    @classmethod
    def load(cls, folder: Path, task: Any) -> Self:
        """Read what `save` wrote; raises InvalidInput where it was made for other labels."""
        return cls._of(Coefficients.load(folder), task)

    @classmethod
    def _of(cls, fitted: Coefficients, task: Any) -> Self:
        made = cls._made(task, fitted.settings)
        made._check(fitted.classes)
        return made._with(fitted)

    @abstractmethod
    def _check(self, classes: tuple[str, ...]) -> None:
        """Raise InvalidInput where the task does not know these classes of a saved head."""

    def _coefficients(
        self, classes: tuple[str, ...], coef: FloatArray, intercept: FloatArray
    ) -> Coefficients:
        return Coefficients(classes, coef, intercept, self.settings)
