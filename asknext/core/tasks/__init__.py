"""Tasks: what an answer looks like, one file for each kind.

A task validates answers, reads a model's prediction as answers, and says how it is asked. It
knows nothing of models, stores or screens. A new task is one class here and one registry line.
"""

from asknext.core.tasks.base import Task
from asknext.core.tasks.classification import Classification
from asknext.core.tasks.generation import Generation
from asknext.core.tasks.multi_label import MultiLabel
from asknext.core.tasks.preference import Preference
from asknext.core.tasks.regression import Regression
from asknext.core.tasks.tagging import Tagging

__all__ = [
    "Classification",
    "Generation",
    "MultiLabel",
    "Preference",
    "Regression",
    "Tagging",
    "Task",
]
