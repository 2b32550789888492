"""Label Studio: the shape its import accepts, and a configuration that fits the tasks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from asknext.data.label_studio import config_path, write_label_studio

TASK = {"kind": "classification", "labels": ["退款", 'a < b & "c"']}


def row(id: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "fields": {"text": f"text {id}"}, "task": TASK, **more}


def test_each_answer_is_an_annotation(tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    answers = [
        {"who": "ann", "action": "label", "value": "退款", "at": 1.0, "seconds": 2.5, "note": ""},
        {"who": "bo", "action": "skip", "value": None, "at": 2.0, "seconds": None, "note": ""},
    ]
    rows = [
        row("1", answers=answers, label="退款", meta={"source": "web", "text": "hidden"}),
        row("2", label="退款", copy_of="1", answers=[]),
        row("3", label=None),
    ]
    assert write_label_studio(iter(rows), path) == 3
    choice = {
        "from_name": "label",
        "to_name": "text",
        "type": "choices",
        "value": {"choices": ["退款"]},
    }
    assert json.loads(path.read_text(encoding="utf-8")) == [
        {
            "data": {"source": "web", "text": "text 1", "asknext_id": "1"},
            "annotations": [
                {"result": [choice], "lead_time": 2.5},
                {"result": [], "was_cancelled": True},
            ],
        },
        {"data": {"text": "text 2", "asknext_id": "2"}, "annotations": [{"result": [choice]}]},
        {"data": {"text": "text 3", "asknext_id": "3"}, "annotations": []},
    ]


def test_configuration_fits_the_tasks(tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    write_label_studio([row("1", fields={"text": "a", "text_pair": "b"})], path)
    view = ElementTree.fromstring(config_path(path).read_text(encoding="utf-8"))
    shown = [(text.get("name"), text.get("value")) for text in view.iter("Text")]
    assert shown == [("text", "$text"), ("text_pair", "$text_pair")]
    (choices,) = view.iter("Choices")
    assert (choices.get("name"), choices.get("toName")) == ("label", "text")
    assert [choice.get("value") for choice in choices] == TASK["labels"]
