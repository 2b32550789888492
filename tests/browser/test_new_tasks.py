"""A project of each kind is made of a file in the app: the kind is guessed and can be changed."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.browser.test_every_form import wait_question

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WORDS = ["red", "green", "blue", "grey"]
FILES: dict[str, list[dict[str, Any]]] = {
    "preference": [
        {"prompt": f"what is {i}?", "a": f"it is {w} {i}", "b": f"no idea {i}"}
        for i, w in enumerate(WORDS * 5)
    ],
    "generation": [
        {"source": f"ein Satz über {w} {i}", "target": f"a whole sentence about {w} {i}"}
        for i, w in enumerate(WORDS * 5)
    ],
    "tagging": [
        {"tokens": ["Bo", "is", "in", w, str(i)], "ner_tags": ["B-PER", "O", "O", "B-LOC", "O"]}
        for i, w in enumerate(WORDS * 5)
    ],
}
FORMS = {"preference": "pair", "generation": "write", "tagging": "spans", "regression": "number"}


def choose(page: Any, name: str, rows: list[dict[str, Any]]) -> None:
    content = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    file = {"name": f"{name}.jsonl", "mimeType": "application/json", "buffer": content}
    page.set_input_files("#file-field", file)
    page.wait_for_selector("column-choice select")
    page.click("summary")
    page.select_option("#encoder-field", "tfidf")


def create(page: Any) -> dict[str, str]:
    page.click("button[type=submit]")
    page.wait_for_url(re.compile(r"/p/"))
    page.wait_for_selector("main[data-form]")
    form: str = page.get_attribute("main", "data-form")
    return {"form": form}


@pytest.mark.parametrize("kind", list(FILES))
def test_the_kind_of_a_file_is_guessed(desk: Any, server: Any, kind: str) -> None:
    page = desk.open("/new")
    choose(page, kind, FILES[kind])
    assert page.is_checked(f"#task-{kind}")
    if kind != "preference":
        page.check("#use-gold")  # else all texts are answered already
    assert create(page) == {"form": FORMS[kind]}
    wait_question(page)
    task = server.call("GET", f"/projects/{kind}")["settings"]["task"]
    assert task["kind"] == kind
    if kind == "tagging":
        assert task["labels"] == ["LOC", "PER"]


def test_another_kind_can_be_chosen_and_says_what_is_missing(desk: Any, server: Any) -> None:
    page = desk.open("/new")
    choose(page, "notes", [{"text": f"note {i} about {w}"} for i, w in enumerate(WORDS * 5)])
    page.check("#task-tagging")
    page.click("button[type=submit]")
    page.wait_for_selector(".result .bad")
    page.check("#task-preference")
    page.click("button[type=submit]")
    page.wait_for_selector(".result .bad")
    page.check("#task-regression")
    page.fill("#scale-low", "5")
    page.click("button[type=submit]")
    page.wait_for_selector(".result .bad")
    page.fill("#scale-low", "-1,5")
    assert create(page) == {"form": "number"}
    task = server.call("GET", "/projects/notes")["settings"]["task"]
    assert task == {"kind": "regression", "low": -1.5, "high": 5.0, "step": 1.0}
