"""Oracle: who answers in a simulation, how often wrongly, and how long it takes.

What an oracle says of an example depends on the seed and the example alone: all arms of a seed
get the same wrong answers, whenever they ask.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from asknext.core import registry
from asknext.core.errors import InvalidInput
from asknext.core.examples import Example
from asknext.core.seeds import generator, unit
from asknext.core.tasks import Task


@dataclass(frozen=True)
class Effort:
    """Be what an answer costs: seconds for each, and seconds for each word that is read.

    A character of a script without spaces counts as a word. Both 0: nobody looks at the clock.
    """

    answer: float = 0.0
    word: float = 0.0

    def __post_init__(self) -> None:
        if not (self.answer >= 0 and self.word >= 0):
            raise InvalidInput(
                f"seconds are 0 or more; given: {self.answer:g} for each answer and "
                f"{self.word:g} for each word"
            )

    def seconds(self, text: str) -> float | None:
        """Return what one answer takes, None where nobody looks at the clock.

        >>> Effort(2.0, 0.5).seconds("two words"), Effort(word=1.0).seconds("服务好")
        (3.0, 3.0)
        """
        if self == NO_TIME:
            return None
        places = registry.get("service", "encoder.words")(text)
        return self.answer + self.word * sum(text[start].isalnum() for start, _ in places)


NO_TIME = Effort()


def _another(task: Any, gold: Any, rng: np.random.Generator) -> Any:
    others = [label for label in task.labels if label != gold]
    return others[int(rng.integers(len(others)))] if others else gold


def _one_more_or_less(task: Any, gold: Any, rng: np.random.Generator) -> Any:
    label = task.labels[int(rng.integers(len(task.labels)))]
    return sorted(set(gold) ^ {label})


def _anywhere(task: Any, gold: Any, rng: np.random.Generator) -> Any:
    return float(rng.uniform(task.low, task.high))


def _overlooked(task: Any, gold: Any, rng: np.random.Generator) -> Any:
    return []


WRONG: Mapping[str, Callable[[Any, Any, np.random.Generator], Any]] = {
    "classification": _another,
    "multi_label": _one_more_or_less,
    "regression": _anywhere,
    "tagging": _overlooked,
}
"""What a wrong answer is, by task: another label, one label more or less, any number of the scale,
no span at all."""


class Oracle:
    """Answer with the known labels of examples, a share `noise` of them wrongly.

    Raises:
        InvalidInput: a share outside [0, 1), or of a task without a notion of a wrong answer.
    """

    def __init__(
        self, task: Task, examples: Sequence[Example], *, noise: float, effort: Effort, seed: int
    ) -> None:
        check_noise(task, noise)
        self._task = task
        self._examples = {example.id: example for example in examples}
        self._noise, self._effort, self._seed = noise, effort, seed

    def answer(self, example: str) -> Any:
        """Return the answer to an example."""
        one = self._examples[example]
        if unit(self._seed, "noise", one.key) >= self._noise:
            return one.gold
        rng = generator(self._seed, "wrong", one.key)
        return WRONG[self._task.kind](self._task, one.gold, rng)

    def seconds(self, example: str) -> float | None:
        """Return what the answer takes."""
        return self._effort.seconds(self._examples[example].text)


def check_noise(task: Task, noise: float) -> None:
    """Raise InvalidInput where this share of wrong answers cannot be given."""
    if not 0 <= noise < 1:
        raise InvalidInput(f"noise is the share of wrong answers, 0 up to 1; given: {noise:g}")
    if noise and task.kind not in WRONG:
        raise InvalidInput(
            f"there are no wrong answers to draw from in a {task.kind} task; leave out the noise, "
            f"or take one of: {', '.join(WRONG)}"
        )
