"""What the report says of a project's evidence."""

from __future__ import annotations

from typing import Any

from asknext.cli.evidence import lines

SPAN = {"estimate": 0.8, "low": 0.7, "high": 0.9}
FOUND: dict[str, Any] = {
    "answers": 200,
    "random_answers": 20,
    "reason": None,
    "powered": {"metric": "accuracy", "unanswered": 300, "saved": 12.4, **SPAN},
    "weighted": {"estimate": None, "reason": "x", "n": 0},
    "audit": [{"half": 0.05, "more": 226}],
    "classes": {
        "source": "control",
        "n": 20,
        "macro_f1": SPAN,
        "per_class": [{"label": "退款", "precision": None, "recall": SPAN, "f1": SPAN}],
    },
    "curves_reason": None,
    "outlook": {
        "targets": [
            {"target": 0.8, "low": 0, "more": 0, "high": 10},
            {"target": 0.9, "low": 100, "more": 250, "high": None},
            {"target": 0.95, "low": 400, "more": None, "high": None},
        ]
    },
    "saving": {
        "random_answers": {"estimate": 350.0, "low": 180.0, "high": 900.0},
        "answers": {"estimate": 150.0, "low": -20.0, "high": 700.0},
        "bounded": True,
        "minutes": {"estimate": 12.0, "low": -3.0, "high": 60.0},
        "equal_number": {
            "answers": 12.0, "asked": 0.5, "random": 0.4, "difference": 0.1,
            "low": -0.05, "high": 0.25,
        },
    },
}  # fmt: skip


def test_an_audit_says_where_random_texts_run_out() -> None:
    rows = [{"half": 0.05, "more": 226, "left": 40}]
    assert any("control arm has 40 texts left" in x for x in lines({**FOUND, "audit": rows}))
    rows = [{"half": 0.05, "more": 26, "left": 40}]
    assert not any("texts left" in x for x in lines({**FOUND, "audit": rows}))


def test_predictions_that_do_not_help_are_not_said_to() -> None:
    powered = {**FOUND["powered"], "unanswered": 0, "saved": 0.0}
    assert not any("helped by" in line for line in lines({**FOUND, "powered": powered}))


def test_every_number_is_said_in_words() -> None:
    said = "\n".join(lines(FOUND))
    for part in (
        "evidence, at 200 answers",
        "accuracy helped by predictions of 300 unanswered texts: 80.0% (between 70.0% and 90.0%); "
        "they stand for 12 more random answers",
        "± 5%: 226",
        "macro F1 80.0% (between 70.0% and 90.0%) (questions drawn at random, 20)",
        "退款: precision –, recall 80.0%",
        "80%: probably reached",
        "90%: about 250 more answers (90 %: 100 to open)",
        "95%: not foreseeable with the texts there are",
        "200 answers reached what about 350 random ones would have: 150 saved (90 %: -20 to 700 or "
        "more",
        "minutes saved: 12 (90 %: -3 to 60)",
        "difference +10.0%, 90 %: -5.0% to +25.0%",
    ):
        assert part in said, part


def test_without_evidence_it_says_why_or_nothing() -> None:
    assert lines(None) == []
    few = {"reason": "too few", "random_answers": 3}
    assert lines(few) == ["no evidence yet: too few (there are 3)"]
