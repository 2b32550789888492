"""Exam: how good the models of a simulation are on test examples that nobody was asked about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from asknext.core import registry
from asknext.core.batch import Batch
from asknext.core.errors import InvalidInput
from asknext.core.examples import Example
from asknext.core.protocols import Model
from asknext.core.tasks import Task
from asknext.loop.deep.loading import model_of
from asknext.loop.encoding import encoder_of, fill
from asknext.loop.measuring import score
from asknext.loop.session import Session
from asknext.loop.space import Caches, Space

LABELLED = ("classification", "multi_label")


class Exam:
    """Grade models on the test examples.

    Args:
        task: the task of the examples.
        test: examples with a known answer.
        caches: vectors of the test examples.
        positive: a label; then a grade is the F1 of this label instead of the task's own figure.
    """

    def __init__(
        self, task: Task, test: Sequence[Example], caches: Caches, positive: str = ""
    ) -> None:
        check_positive(task, positive)
        self.task = task
        self.test = test
        self.positive = positive
        self.batch = space_of(test, caches).batch(np.arange(len(test)))
        self.gold = [example.gold for example in test]
        self._run = ""
        self._tuned = self.batch
        self._written = float("nan")

    def grade(self, session: Session) -> float:
        """Grade what serves, on the vectors that it reads."""
        space = session.serving.space
        if space is None or not session.run:
            return self.of(session.serving.model)
        if session.run != self._run:
            self._take_over(session, space)
        return self.of(session.serving.model, self._tuned) if space.ready is None else self._written

    def _take_over(self, session: Session, space: Space) -> None:
        """Encode, or answer, the test examples by the deep model that serves from now on."""
        self._run = session.run
        if space.ready is not None:
            batch = Batch(len(self.test), load=lambda: self.test)
            self._written = self.of(model_of(session, session.run), batch)
            return
        encoder = encoder_of(session.store, session.home, session.project, space.caches.run)
        fill(space.caches, encoder, lambda: self.test, None, len(self.test))
        space.caches.refresh()
        self._tuned = space_of(self.test, space.caches).batch(np.arange(len(self.test)))

    def of(self, model: Model | None, batch: Batch | None = None) -> float:
        """Grade a model, on the first vectors where no others are given."""
        if model is None:
            return float("nan")
        said = model.predict(batch or self.batch)
        if self.positive:
            return f1_of(self.positive, self.task.values(said), self.gold)
        return float(score(self.task, said, self.gold).mean())


def f1_of(label: str, predicted: Sequence[Any], actual: Sequence[Any]) -> float:
    """Return the F1 of one label, 0 where it is neither said nor there.

    >>> f1_of("a", ["a", "b", "a"], ["a", "a", "b"]), f1_of("a", [["a", "b"]], [["a"]])
    (0.5, 1.0)
    """
    from sklearn.metrics import f1_score

    said, there = (
        [label in value if isinstance(value, list) else label == value for value in values]
        for values in (predicted, actual)
    )
    return float(f1_score(there, said, zero_division=0.0))


def metric_of(task: Task, positive: str = "") -> str:
    """Name the figure that an exam gives."""
    name = str(registry.get("metrics", task.kind)(task).metric)
    return f"F1 of {positive}" if positive else name


def check_positive(task: Task, positive: str) -> None:
    """Raise InvalidInput where there is no such label whose F1 could be the grade."""
    there = tuple(task.form().get("labels", ())) if task.kind in LABELLED else ()
    if positive and positive not in there:
        raise InvalidInput(
            f"{positive!r} is no label of this {task.kind} task; labels: "
            f"{', '.join(there) or 'none'}"
        )


def space_of(examples: Sequence[Example], caches: Caches) -> Space:
    """Find examples in the caches."""
    places = caches.find([example.key for example in examples], lambda: examples)
    return Space(caches, places, lambda rows: [examples[row] for row in rows])
