"""Problems: what each kind of task means to a network, one file for each kind."""

from __future__ import annotations

from typing import Any

from asknext.core.errors import Unsupported
from asknext.models.deep.problems.base import Problem
from asknext.models.deep.problems.classification import ClassificationProblem
from asknext.models.deep.problems.multi_label import MultiLabelProblem
from asknext.models.deep.problems.preference import PreferenceProblem
from asknext.models.deep.problems.regression import RegressionProblem
from asknext.models.deep.problems.tagging import TaggingProblem

PROBLEMS: dict[str, type[Problem]] = {
    "classification": ClassificationProblem,
    "multi_label": MultiLabelProblem,
    "regression": RegressionProblem,
    "tagging": TaggingProblem,
    "preference": PreferenceProblem,
}


def problem_class(task: Any) -> type[Problem]:
    """Return the problem of a task; raises Unsupported naming the kinds there are."""
    if task.kind not in PROBLEMS:
        raise Unsupported(
            f"the model 'transformer' cannot learn {task.kind!r}; it learns: "
            f"{', '.join(sorted(PROBLEMS))}. For generation choose 'seq2seq' or 'causal'."
        )
    return PROBLEMS[task.kind]


__all__ = ["PROBLEMS", "Problem", "problem_class"]
