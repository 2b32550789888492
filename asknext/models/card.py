"""The model card: what people should know before they use an exported model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

KNOWN = frozenset(
    {"project", "asknext", "date", "counts", "classes", "quality", "strategy"}
    | {"seed", "versions", "revision", "calibration"}
)

HOW = {
    "control": "answers to randomly drawn questions, each predicted by a model that had not seen "
    "it",
    "held_out": "answers to randomly drawn questions, which the model never learnt from",
    "test": "a fixed test set that the model never learnt from",
}


def write_card(
    path: Path, *, task: Mapping[str, Any], encoder: str, model: str, card: Mapping[str, Any]
) -> None:
    """Write ``README.md``: task, labels, data, quality and how it was measured, how to load.

    `card` may hold ``project``, ``asknext`` (version), ``date``, ``counts`` (name to number),
    ``classes`` (list of label and count), ``quality`` (metric, estimate, low, high, n, source,
    note), ``strategy``, ``seed``, ``versions`` (library to version), ``revision`` of the encoder
    and ``calibration`` (reason, temperature); anything else is listed at the end.
    """
    write_parts(
        path,
        [
            _head(card),
            _facts(task, encoder, model, card),
            quality_part(card.get("quality")),
            labels_part(task, card.get("classes") or ()),
            counts_part(card.get("counts") or {}),
            calibration_part(card.get("calibration"), "The probabilities that it gives have it."),
            _usage(),
            limits_part(task),
            LICENCE,
            _rest({name: card[name] for name in card if name not in KNOWN}),
        ],
    )


def write_parts(path: Path, parts: Sequence[str]) -> None:
    """Write the parts that are not empty, a blank line between them."""
    path.write_text("\n\n".join(part for part in parts if part) + "\n", encoding="utf-8")


def plain(value: object) -> str:
    """Return a person's words so that nothing in them is read as Markdown or HTML."""
    text = " ".join(str(value).split())
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>|#" else c for c in text)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *([plain(cell) for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _head(card: Mapping[str, Any]) -> str:
    title = plain(card.get("project") or "A model")
    return (
        f"---\nlibrary_name: asknext\nlicense: unknown\ntags:\n- active-learning\n---\n\n# {title}"
    )


def _facts(task: Mapping[str, Any], encoder: str, model: str, card: Mapping[str, Any]) -> str:
    rows: list[tuple[str, object]] = [
        ("Task", task.get("kind", "unknown")),
        ("Encoder", encoder),
        *([("Encoder revision", card["revision"])] if card.get("revision") else []),
        ("Model", model),
        *origin_rows(card),
    ]
    return table(("", ""), rows)


def origin_rows(card: Mapping[str, Any]) -> list[tuple[str, object]]:
    """Return how the examples were asked for, the seed, the date and the versions."""
    rows: list[tuple[str, object]] = []
    strategy = card.get("strategy")
    if isinstance(strategy, Mapping):
        share = float(strategy.get("control") or 0.0)
        rows.append(("Asked by", f"{strategy.get('name')}, {share:.0%} at random"))
    named = (("seed", "Seed"), ("date", "Date"), ("asknext", "asknext"))
    rows += [(name, card[key]) for key, name in named if key in card]
    return rows + list((card.get("versions") or {}).items())


def quality_part(quality: Mapping[str, Any] | None) -> str:
    """Return the quality with its interval and how it was measured."""
    if not quality or quality.get("estimate") is None:
        return "## Quality\n\nNot measured: no random questions were answered and there is no test."
    level = float(quality.get("level") or 0.95)
    how = HOW.get(str(quality.get("source")), str(quality.get("source")))
    return (
        f"## Quality\n\n**{plain(quality['metric'])} {_number(quality['estimate'])}** "
        f"({level:.0%} interval {_number(quality.get('low'))} to {_number(quality.get('high'))}, "
        f"n = {quality.get('n')}).\n\nMeasured on {plain(how)}."
    )


def _number(value: Any) -> str:
    return "unknown" if value is None else f"{float(value):.3f}"


def labels_part(
    task: Mapping[str, Any],
    classes: Sequence[Mapping[str, Any]],
    head: str = "Examples learnt from",
) -> str:
    """Return how many examples there are of each label; `head` says of which."""
    counts = {row["label"]: row["count"] for row in classes}
    labels = list(task.get("labels") or counts)
    if not labels:
        return ""
    rows = [(label, counts.get(label, 0)) for label in labels]
    return "## Labels\n\n" + table(("Label", head), rows)


def counts_part(counts: Mapping[str, Any]) -> str:
    """Return how many examples and answers there are."""
    if not counts:
        return ""
    return "## Data\n\n" + table(("What", "How many"), [(k, v) for k, v in counts.items()])


def _usage() -> str:
    return (
        "## How to use\n\n```python\nimport asknext\n\n"
        'model = asknext.load_model("path/to/this/folder")\n'
        'model.predict(["a text", "另一段文字"])\n'
        "# [{'value': ..., 'confidence': ..., 'proba': {...}}, ...]\n```\n\n"
        "Or in a terminal: `asknext predict path/to/this/folder texts.csv`."
    )


def calibration_part(calibration: Mapping[str, Any] | None, where: str) -> str:
    """Return whether probabilities were calibrated, by which temperature, and `where` it is."""
    if not calibration:
        return ""
    temperature = float(calibration.get("temperature") or 1.0)
    done = f" {where}" if temperature != 1.0 else ""
    reason = plain(calibration.get("reason", ""))
    return f"## Calibration\n\nTemperature {temperature:.3g}: {reason}.{done}"


def limits_part(task: Mapping[str, Any]) -> str:
    """Return what the model is for and what nobody has looked at."""
    kind = str(task.get("kind"))
    return f"## Intended use and limits\n\n{USES.get(kind, USES['classification'])} {LIMITS}"


USES = {
    "classification": "It chooses one of the labels above, also for texts to which none applies.",
    "multi_label": "It gives each label a probability by itself; 0.5 is the usual threshold.",
    "regression": "It estimates a number on the scale that people used; it knows no other scale.",
    "tagging": "It marks spans; spans that overlap or lie inside each other are never marked.",
    "generation": "It writes; what it writes can be wrong, made up or unfit. Have people read it.",
    "preference": "It says which of two answers people would prefer, not whether one is true.",
}

LIMITS = (
    "It is for texts like those that it learnt from: their kind, language and source. Nobody has "
    "checked other languages and subjects, nor whether it is fair to groups of people: look at its "
    "errors on such texts before you rely on it. The examples were chosen to be learnt from, so "
    "how often a label occurs among them does not say how often it occurs."
)

LICENCE = (
    "## Licence\n\nNot chosen yet. Whoever passes this model on puts a licence here and into the "
    "first lines of this file; the licence of the base model and the rights in the texts that it "
    "learnt from bind, too."
)


def _rest(rest: Mapping[str, Any]) -> str:
    if not rest:
        return ""
    return "## More\n\n" + table(("", ""), [(name, value) for name, value in rest.items()])
