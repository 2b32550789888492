"""Problems: what each kind of task means to a network, one file for each kind."""

from __future__ import annotations

from typing import Any

from asknext.core.errors import InvalidInput, Unsupported
from asknext.models.deep.problems.base import Problem
from asknext.models.deep.problems.classification import ClassificationProblem
from asknext.models.deep.problems.likeness import LikenessProblem
from asknext.models.deep.problems.multi_label import MultiLabelProblem
from asknext.models.deep.problems.preference import PreferenceProblem
from asknext.models.deep.problems.regression import RegressionProblem
from asknext.models.deep.problems.tagging import TaggingProblem

TOGETHER = "together"

PROBLEMS: dict[str, type[Problem]] = {
    "classification": ClassificationProblem,
    "multi_label": MultiLabelProblem,
    "regression": RegressionProblem,
    "tagging": TaggingProblem,
    "preference": PreferenceProblem,
}


def problem_class(task: Any, pairs: str = TOGETHER) -> type[Problem]:
    """Return the problem of a task whose texts are read ``together`` or ``apart``.

    Raises:
        Unsupported: a task that is not learnt; the message names the kinds that are.
        InvalidInput: texts that cannot be read apart.
    """
    if task.kind not in PROBLEMS:
        raise Unsupported(
            f"the model 'transformer' cannot learn {task.kind!r}; it learns: "
            f"{', '.join(sorted(PROBLEMS))}. For generation choose 'seq2seq' or 'causal'."
        )
    if pairs == TOGETHER:
        return PROBLEMS[task.kind]
    if task.kind != "regression":
        raise InvalidInput(
            'pairs = "apart" makes a number of how alike two texts are and serves regression; '
            f'this task is {task.kind!r}: leave it "together"'
        )
    return LikenessProblem


__all__ = ["PROBLEMS", "TOGETHER", "Problem", "problem_class"]
