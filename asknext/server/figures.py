"""Figures by name: the report's numbers drawn by `evaluation`, as Plotly JSON."""

from __future__ import annotations

import json
from typing import Any

FIGURES = ("learning-curve", "class-balance", "answers-per-hour")


def draw(name: str, report: dict[str, Any], lang: str) -> dict[str, Any]:
    """Draw one figure of a report; Plotly is imported here, when the first one is wanted."""
    from asknext.evaluation import figures

    make = {
        "learning-curve": lambda: figures.learning_curve(report["curve"], lang=lang),
        "class-balance": lambda: figures.class_balance(report["classes"], lang=lang),
        "answers-per-hour": lambda: figures.answers_per_hour(report["per_hour"], lang=lang),
    }[name]
    drawn: dict[str, Any] = json.loads(make().to_json())
    return {"data": drawn["data"], "layout": drawn["layout"]}
