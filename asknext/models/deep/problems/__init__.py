"""Problems: what each kind of task means to a network, one file for each kind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asknext.core.errors import InvalidInput, Unsupported
from asknext.models.deep.problems.base import OnBody, Problem
from asknext.models.deep.problems.classification import ClassificationProblem
from asknext.models.deep.problems.likeness import LikenessProblem
from asknext.models.deep.problems.multi_label import MultiLabelProblem
from asknext.models.deep.problems.preference import PreferenceProblem
from asknext.models.deep.problems.regression import RegressionProblem
from asknext.models.deep.problems.reward import RewardProblem, reads_layers
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


def read_problem(task: Any, pairs: str, folder: Path) -> type[Problem]:
    """Return the problem of a task for the base in `folder`: some bases have layers to read."""
    found = problem_class(task, pairs)
    return RewardProblem if found is PreferenceProblem and reads_layers(folder) else found


def saved_problem(task: Any, facts: Mapping[str, Any]) -> type[Problem]:
    """Return the problem of a folder whose ``asknext.json`` these facts are."""
    found = problem_class(task, str(facts["tuning"].get("pairs", TOGETHER)))
    rewards = found is PreferenceProblem and facts["auto"] == RewardProblem.auto
    return RewardProblem if rewards else found


__all__ = [
    "PROBLEMS",
    "TOGETHER",
    "OnBody",
    "Problem",
    "problem_class",
    "read_problem",
    "saved_problem",
]
