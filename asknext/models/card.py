"""The model card: what people should know before they use an exported model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

KNOWN = frozenset({"project", "asknext", "date", "counts", "classes", "quality", "strategy"})

HOW = {
    "control": "answers to randomly drawn questions, each predicted by a model that had not seen "
    "it",
    "test": "a fixed test set that the model never learnt from",
}


def write_card(
    path: Path, *, task: Mapping[str, Any], encoder: str, model: str, card: Mapping[str, Any]
) -> None:
    """Write ``README.md``: task, labels, data, quality and how it was measured, how to load.

    `card` may hold ``project``, ``asknext`` (version), ``date``, ``counts`` (name to number),
    ``classes`` (list of label and count), ``quality`` (metric, estimate, low, high, n, source,
    note) and ``strategy``; anything else is listed at the end.
    """
    parts = [
        _head(card),
        _facts(task, encoder, model, card),
        _quality(card.get("quality")),
        _labels(task, card.get("classes") or ()),
        _counts(card.get("counts") or {}),
        _usage(),
        _rest({name: card[name] for name in card if name not in KNOWN}),
    ]
    path.write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")


def _plain(value: object) -> str:
    """Keep a person's words from being read as Markdown or HTML."""
    text = " ".join(str(value).split())
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>|#" else c for c in text)


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *([_plain(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _head(card: Mapping[str, Any]) -> str:
    title = _plain(card.get("project") or "A model")
    return f"---\nlibrary_name: asknext\ntags:\n- active-learning\n---\n\n# {title}"


def _facts(task: Mapping[str, Any], encoder: str, model: str, card: Mapping[str, Any]) -> str:
    rows: list[tuple[str, object]] = [
        ("Task", task.get("kind", "unknown")),
        ("Encoder", encoder),
        ("Model", model),
    ]
    strategy = card.get("strategy")
    if isinstance(strategy, Mapping):
        share = float(strategy.get("control") or 0.0)
        rows.append(("Asked by", f"{strategy.get('name')}, {share:.0%} at random"))
    rows += [
        (name, card[key]) for key, name in (("date", "Date"), ("asknext", "asknext")) if key in card
    ]
    return _table(("", ""), rows)


def _quality(quality: Mapping[str, Any] | None) -> str:
    if not quality or quality.get("estimate") is None:
        return "## Quality\n\nNot measured: no random questions were answered and there is no test."
    level = float(quality.get("level") or 0.95)
    how = HOW.get(str(quality.get("source")), str(quality.get("source")))
    return (
        f"## Quality\n\n**{_plain(quality['metric'])} {_number(quality['estimate'])}** "
        f"({level:.0%} interval {_number(quality.get('low'))} to {_number(quality.get('high'))}, "
        f"n = {quality.get('n')}).\n\nMeasured on {_plain(how)}."
    )


def _number(value: Any) -> str:
    return "unknown" if value is None else f"{float(value):.3f}"


def _labels(task: Mapping[str, Any], classes: Sequence[Mapping[str, Any]]) -> str:
    counts = {row["label"]: row["count"] for row in classes}
    labels = list(task.get("labels") or counts)
    if not labels:
        return ""
    rows = [(label, counts.get(label, 0)) for label in labels]
    return "## Labels\n\n" + _table(("Label", "Examples learnt from"), rows)


def _counts(counts: Mapping[str, Any]) -> str:
    if not counts:
        return ""
    return "## Data\n\n" + _table(("What", "How many"), [(k, v) for k, v in counts.items()])


def _usage() -> str:
    return (
        "## How to use\n\n```python\nimport asknext\n\n"
        'model = asknext.load_model("path/to/this/folder")\n'
        'model.predict(["a text", "另一段文字"])\n'
        "# [{'value': ..., 'confidence': ..., 'proba': {...}}, ...]\n```\n\n"
        "Or in a terminal: `asknext predict path/to/this/folder texts.csv`.\n\n"
        "Probabilities are calibrated only where `model/head.json` says so."
    )


def _rest(rest: Mapping[str, Any]) -> str:
    if not rest:
        return ""
    return "## More\n\n" + _table(("", ""), [(name, value) for name, value in rest.items()])
