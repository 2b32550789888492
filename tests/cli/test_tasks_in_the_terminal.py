"""Projects of every kind of task, made and labelled with the command line's own parts."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asknext.cli.forms import WAITING, form_for
from asknext.cli.importing import choose_task, given_columns, mapping_of
from asknext.cli.label import LABEL_KEYS, Desk, read_key
from asknext.core.errors import InvalidAnswer, InvalidInput
from asknext.core.settings import task_from_json
from asknext.loop.choosing import choose_columns, task_json
from asknext.loop.opening import open_session

FILES = {
    "multi_label": [{"text": f"text {i}", "labels": ["b", "a"][: i % 3]} for i in range(9)],
    "regression": [{"text": f"text {i}", "score": 1 + i / 3} for i in range(9)],
    "tagging": [{"tokens": ["Bo", "in", "Rome"], "tags": ["B-P", "O", "B-L"]}] * 9,
    "preference": [
        {"prompt": f"p{i}", "chosen": f"yes, {i}", "rejected": f"no, {i}"} for i in range(9)
    ],
    "generation": [
        {"source": f"a sentence, number {i}", "target": f"ein ganzer Satz, die Nummer {i}"}
        for i in range(9)
    ],
    "classification": [{"text": f"some text {i}", "label": "xy"[i % 2]} for i in range(9)],
}  # fmt: skip


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def make(kind: str) -> Path:
        path = tmp_path / f"{kind}.jsonl"
        path.write_text("\n".join(map(json.dumps, FILES[kind])), encoding="utf-8")
        return path

    return make


WANTED = {
    "multi_label": {"labels": ["a", "b"]},
    "regression": {"low": 1.0, "high": 4.0, "step": 0.03},
    "tagging": {"labels": ["L", "P"]},
    "preference": {"what": ""},
    "generation": {"what": ""},
    "classification": {"labels": ["x", "y"]},
}


@pytest.mark.parametrize("kind", FILES)
def test_the_task_is_guessed_and_told(
    write: Callable[[str], Path], kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made, mapping = choose_task(write(kind), {}, {})
    assert made == {"kind": kind, **WANTED[kind]}
    assert f"task guessed: {kind}, since" in " ".join(capsys.readouterr().err.split())
    assert task_json(kind, path=write(kind), mapping=mapping) == made


@pytest.mark.parametrize(
    ("kind", "said", "columns", "wanted"),
    [
        ("regression", {"kind": "regression", "low": 0, "high": 10, "step": 1}, {},
         {"kind": "regression", "low": 0.0, "high": 10.0, "step": 1.0}),
        ("regression", {"low": 0}, {},
         {"kind": "regression", "low": 0.0, "high": 4.0, "step": 0.04}),
        ("classification", {"kind": "multi_label"}, {},
         {"kind": "multi_label", "labels": ["x", "y"]}),
        ("multi_label", {"labels": ["a", "b", "c"]}, {},
         {"kind": "multi_label", "labels": ["a", "b", "c"]}),
        ("generation", {"labels": ["a", "b"]}, {"text": "source"},
         {"kind": "classification", "labels": ["a", "b"]}),
        ("generation", {"what": "a German sentence"}, {},
         {"kind": "generation", "what": "a German sentence"}),
        ("preference", {"what": "the kinder one"}, {},
         {"kind": "preference", "what": "the kinder one"}),
    ],
)  # fmt: skip
def test_what_is_said_goes_before_what_is_guessed(
    write: Callable[[str], Path], kind: str, said: Any, columns: Any, wanted: Any
) -> None:
    assert choose_task(write(kind), said, columns)[0] == wanted


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        ("poetry", {}, "no task 'poetry'"),
        ("classification", {"labels": ["one"]}, "at least 2 labels"),
        ("classification", {"labels": "a,b"}, "labels are a list"),
        ("tagging", {}, "needs labels"),
        ("regression", {"low": 1}, "needs a scale"),
        ("regression", {"low": 5, "high": 1}, "low < high"),
        ("regression", {"low": "x", "high": 1}, "cannot be made"),
    ],
)
def test_an_impossible_task_is_refused(kind: str, given: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        task_json(kind, given)


def test_a_pair_needs_two_answers(write: Callable[[str], Path], tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="needs text, a, b; map the columns that hold a, b"):
        open_session("p", write("regression"), task="preference", home=tmp_path, encoder="tfidf")


def test_given_columns_push_out_guessed_ones(write: Callable[[str], Path]) -> None:
    assert mapping_of(write("tagging"), None, None) == {"tokens": "tokens", "tags": "tags"}
    found = mapping_of(write("preference"), None, None, columns=["a=rejected", "b=chosen"])
    assert found == {"text": "prompt", "a": "rejected", "b": "chosen"}
    with pytest.raises(InvalidInput, match="allowed: ROLE=NAME"):
        given_columns(["colour=red"])


def test_the_columns_are_guessed_for_the_kind(write: Callable[[str], Path]) -> None:
    chosen = choose_columns(write("regression"), {"kind": "classification", "labels": ["a", "b"]})
    assert (chosen.kind, chosen.mapping["text"], chosen.mapping["label"]) == (
        "classification", "text", None,
    )  # fmt: skip


KEYS: dict[str, tuple[Any, list[str], list[str], Any]] = {
    "choice": ({"kind": "classification", "labels": ["x", "y"]}, ["%", "2"], [], "y"),
    "choices": (
        {"kind": "multi_label", "labels": ["x", "y", "z"]}, ["3", "1", "\n"], [], ["x", "z"],
    ),
    "none": ({"kind": "multi_label", "labels": ["x"]}, ["\n"], [], []),
    "number": ({"kind": "regression", "low": 1, "high": 5}, ["\n"], [" 3.5 "], 3.5),
    "again": ({"kind": "regression", "low": 1, "high": 5}, ["\n", "\n"], ["9", "4"], 4.0),
    "spans": (
        {"kind": "tagging", "labels": ["PER", "LOC"]}, ["\n", "\n"],
        ["Rome=LOC; Bo=PER", "Bo=PER;Rome = LOC"],
        [{"start": 0, "end": 2, "label": "PER"}, {"start": 6, "end": 10, "label": "LOC"}],
    ),
    "write": ({"kind": "generation", "what": ""}, ["\n"], ["Bo ist in Rom"], "Bo ist in Rom"),
}  # fmt: skip


@pytest.mark.parametrize("name", KEYS)
def test_keys_make_an_answer(name: str) -> None:
    data, keys, lines, wanted = KEYS[name]
    task = task_from_json(data)
    form = form_for(task.form(), LABEL_KEYS)
    assert form is not None
    fields = {"text": "Bo in Rome"}
    form.start("x", fields)
    given, answer = iter(lines), WAITING
    for key in keys:
        try:
            value = form.press(key, lambda _: next(given))
            answer = value if value is WAITING else task.validate(value, fields)
        except InvalidAnswer:
            answer = WAITING
    assert answer == wanted


def test_a_pair_is_shown_in_both_orders_and_answered_by_field() -> None:
    form = form_for(task_from_json({"kind": "preference"}).form(), LABEL_KEYS)
    seen = set()
    for i in range(20):
        form.start(f"x{i}", {"text": "?", "a": "A", "b": "B"})
        shown = dict(form.shown())
        answer = form.press("1", input)
        assert shown["1"] == answer.upper()
        assert form.press("3", input) == "tie"
        seen.add(answer)
    assert seen == {"a", "b"}


def test_a_desk_takes_numbers(
    write: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = open_session(
        "p", write("regression"), home=tmp_path, encoder="tfidf", label_use="gold"
    )
    form = form_for(session.task.form(), LABEL_KEYS)
    assert form is not None
    # a skip, a number outside the scale, Enter again and one inside, quit
    monkeypatch.setattr(sys, "stdin", io.StringIO("s\n\n99\n\n2.5\nq\n"))
    Desk(session, "ann", form, read_key, lambda: None).work()
    session.sync()
    assert list(session.state.labels.values()) == [2.5]
    assert session.counts()["skipped"] == 1
