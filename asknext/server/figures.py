"""Figures by name: the report's numbers drawn by `evaluation`, as Plotly JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asknext.evaluation.figures import (
    answers_per_hour,
    class_balance,
    learning_curve,
    outlook,
)

Report = dict[str, Any]

FIGURES: dict[str, Callable[[Report, str], dict[str, Any]]] = {
    "learning-curve": lambda report, lang: learning_curve(report["curve"], lang),
    "class-balance": lambda report, lang: class_balance(report["classes"], lang),
    "answers-per-hour": lambda report, lang: answers_per_hour(report["per_hour"], lang),
    "outlook": lambda report, lang: outlook(report["evidence"], lang),
}


def draw(name: str, report: Report, lang: str) -> dict[str, Any]:
    """Draw one figure of a report."""
    drawn = FIGURES[name](report, lang)
    return {"data": drawn["data"], "layout": drawn["layout"]}
