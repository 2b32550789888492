"""Each form of an answer in a real browser: by keyboard alone, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.forms import PEOPLE, make, order, press, shown_marks, stored

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DONE = {"en": ("Done", "None of these", "Equally good"), "zh": ("完成", "都不适用", "一样好")}


def wait_question(page: Any, other_than: str | None = None) -> str:
    """Wait for a question, another one than before; return its id."""
    page.wait_for_function(
        "old => { const {phase, example} = document.querySelector('main')?.dataset ?? {};"
        " return phase === 'question' && example && example !== old; }",
        arg=other_than,
    )
    return str(page.get_attribute("main", "data-example"))


def answer(page: Any, kind: str, i: int, given: dict[str, Any], orders: dict[str, Any]) -> str:
    """Answer the question on the screen; note what should be stored; return its id."""
    example = wait_question(page)
    if kind == "preference":
        orders[example] = order(page)
    given[example] = PEOPLE[kind](page, i)
    wait_question(page, other_than=example)
    return example


def standing(page: Any, kind: str) -> Any:
    """What the form says, where an earlier answer stands in it again."""
    if kind == "multi_label":
        pressed = page.locator(".label-button[aria-pressed=true]")
        return [one.get_attribute("data-label") for one in pressed.all()]
    if kind == "regression":
        return float(page.input_value(".number-field"))
    if kind == "generation":
        return page.input_value(".write-field")
    if kind == "preference":
        choice = page.get_attribute(".label-button.given", "data-choice")
        places = {"first": 0, "second": 1}
        return order(page)[places[choice]] if choice in places else choice
    return shown_marks(page)


def as_shown(kind: str, value: Any, fields: dict[str, Any]) -> Any:
    """An answer as `standing` tells it."""
    if kind != "tagging":
        return value
    return [(fields["text"][span["start"] : span["end"]], span["label"]) for span in value]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", list(PEOPLE))
def test_answers_by_keyboard_alone_arrive_as_shown(
    make_desk: Callable[..., Any], server: Any, kind: str, language: str
) -> None:
    make(server, kind, suggest=False)
    page = make_desk(language).open(f"/p/{kind}")
    given: dict[str, Any] = {}
    orders: dict[str, Any] = {}
    for i in range(7):
        last = answer(page, kind, i, given, orders)
    assert any(words in page.text_content(".pad") for words in DONE[language])

    press(page, *(["Escape"] if kind == "generation" else []), "z")
    page.wait_for_function("id => document.querySelector('main').dataset.example === id", arg=last)
    fields = server.call("GET", f"/projects/{kind}/examples/{last}")["example"]["fields"]
    assert standing(page, kind) == as_shown(kind, given.pop(last), fields)
    if kind == "preference":
        assert order(page) == orders[last]
    if kind != "preference":
        start_again(page, kind)
    assert answer(page, kind, 1, given, orders) == last

    page.wait_for_selector(".saved[data-unsent='0']")
    page.reload()
    wait_question(page)
    assert page.locator("answer-strip .past").count() == len(given) == 7
    for i in range(3, 6):
        answer(page, kind, i, given, orders)
    page.wait_for_selector(".saved[data-unsent='0']")

    found = stored(server.home, kind)
    assert {example: data["value"] for example, data in found.items()} == given
    if kind == "preference":
        assert {example: data["shown"]["order"] for example, data in found.items()} == orders
        assert len({tuple(one) for one in orders.values()}) == 2


def start_again(page: Any, kind: str) -> None:
    """Take out of the form what stands in it, by keys."""
    if kind == "multi_label":
        for pressed in page.locator(".label-button[aria-pressed=true]").all():
            press(page, pressed.get_attribute("aria-keyshortcuts"))
    elif kind == "regression":
        press(page, "Backspace")
    elif kind == "generation":
        press(page, "Enter", "Control+a", "Delete")
    else:
        while page.locator(".mark").count():
            press(page, "Escape", "Tab", "Delete")
