"""The evidence of a project in words: what ``asknext report`` says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Found = Mapping[str, Any]


def lines(found: Found | None) -> list[str]:
    """Return the evidence as sentences, none where there is none."""
    if found is None:
        return []
    if found["reason"]:
        return [f"no evidence yet: {found['reason']} (there are {found['random_answers']})"]
    return [f"evidence, at {found['answers']} answers:", *(f"  {one}" for one in _said(found))]


def _said(found: Found) -> Iterator[str]:
    if found["powered"]["unanswered"]:
        yield _powered(found)
    if found["weighted"]["estimate"] is not None:
        both = found["weighted"]
        yield f"with the strategy's own answers, weighted: {_span(both)}, from {both['n']} answers"
    yield _audit(found["audit"])
    if found["classes"] and found["classes"]["macro_f1"]:
        yield f"macro F1 {_span(found['classes']['macro_f1'])} ({_source(found['classes'])})"
    for row in (found["classes"] or {}).get("per_class", ()):
        yield _class(row)
    if found["curves_reason"]:
        yield f"no outlook and no saving: {found['curves_reason']}"
    if found["outlook"]:
        yield from (_target(one) for one in found["outlook"]["targets"])
    if found["saving"]:
        yield from _saving(found["saving"], found["answers"])


def _span(span: Found) -> str:
    return f"{span['estimate']:.1%} (between {span['low']:.1%} and {span['high']:.1%})"


def _source(classes: Found) -> str:
    where = "test set" if classes["source"] == "test" else "questions drawn at random"
    return f"{where}, {classes['n']}"


def _powered(found: Found) -> str:
    powered = found["powered"]
    return (
        f"{powered['metric']} helped by predictions of {powered['unanswered']} unanswered texts: "
        f"{_span(powered)}; they stand for {powered['saved']:.0f} more random answers"
    )


def _audit(rows: list[Found]) -> str:
    shown = ", ".join(f"± {row['half']:.0%}: {row['more']}" for row in rows)
    said = f"random answers still needed for an interval of {shown}"
    left = rows[0].get("left") if rows else None
    if left is None or all(row["more"] <= left for row in rows):
        return said
    return f"{said}; the control arm has {left} texts left"


def _class(row: Found) -> str:
    shown = [
        f"{name} {'–' if row[name] is None else _span(row[name])}"
        for name in ("precision", "recall", "f1")
    ]
    return f"{row['label']}: {', '.join(shown)}"


def _target(one: Found) -> str:
    """Say when a quality is reached."""
    if one["more"] is None:
        return f"{one['target']:.0%}: not foreseeable with the texts there are"
    if one["more"] == 0:
        return f"{one['target']:.0%}: probably reached"
    high = "open" if one["high"] is None else one["high"]
    return f"{one['target']:.0%}: about {one['more']} more answers (90 %: {one['low']} to {high})"


def _saving(saving: Found, now: int) -> Iterator[str]:
    answers, needed = saving["answers"], saving["random_answers"]
    most = " or more" if saving["bounded"] else ""
    yield (
        f"{now} answers reached what about {needed['estimate']:.0f} random ones would have: "
        f"{answers['estimate']:.0f} saved (90 %: {answers['low']:.0f} to {answers['high']:.0f}"
        f"{most}; prolonged from few random answers)"
    )
    if saving["minutes"]:
        spent = saving["minutes"]
        ends = f"{spent['low']:.0f} to {spent['high']:.0f}"
        yield f"minutes saved: {spent['estimate']:.0f} (90 %: {ends})"
    if saving["equal_number"]:
        equal = saving["equal_number"]
        yield (
            f"at {equal['answers']:.0f} answers each, without prolonging: {equal['asked']:.1%} as "
            f"asked, {equal['random']:.1%} at random (difference {equal['difference']:+.1%}, 90 %: "
            f"{equal['low']:+.1%} to {equal['high']:+.1%})"
        )
