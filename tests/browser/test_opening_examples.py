"""One example of a list is opened, answered or corrected, and the queue goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import test_findings_pages as findings
from tests.browser.forms import PEOPLE, make, press, stored
from tests.browser.test_accessible import PHONE, WIDE, check
from tests.browser.test_every_form import answer, as_shown, standing, start_again, wait_question

pytestmark = [pytest.mark.browser, pytest.mark.slow]

REMINDER = {"en": "You answered", "zh": "您的回答是"}
OPENED = {"en": "You opened this text", "zh": "您从列表中打开"}


def wait_open(page: Any, example: str) -> None:
    page.wait_for_selector(f'main[data-phase=question][data-example="{example}"]')


def told(server: Any, project: str, example: str) -> list[tuple[str, Any]]:
    found = server.call("GET", f"/projects/{project}/examples/{example}")["answers"]
    return [(each["who"], each["value"]) for each in found]


def answer_some(server: Any, project: str, value: Callable[[int], Any], n: int = 20) -> None:
    questions = server.call("POST", f"/projects/{project}/ask", {"k": n})["questions"]
    for i, question in enumerate(questions):
        body = {"example": question["id"], "value": value(i), "seconds": 2}
        server.call("POST", f"/projects/{project}/answers", body)


@pytest.mark.parametrize("kind", list(PEOPLE))
def test_an_answer_of_any_form_stands_in_its_form_and_is_changed(
    make_desk: Callable[..., Any], server: Any, kind: str
) -> None:
    make(server, kind, suggest=False)
    desk = make_desk()
    page = desk.open(f"/p/{kind}")
    given: dict[str, Any] = {}
    orders: dict[str, Any] = {}
    first, second = (answer(page, kind, i, given, orders) for i in range(2))
    page.wait_for_selector(".saved[data-unsent='0']")
    page.close()

    page = desk.open(f"/p/{kind}?example={first}")
    wait_open(page, first)
    fields = server.call("GET", f"/projects/{kind}/examples/{first}")["example"]["fields"]
    assert standing(page, kind) == as_shown(kind, given[first], fields)
    before = given[first]
    if kind == "tagging":  # Esc, with which a person begins to mark, would leave the text as it was
        press(page, "Tab", "Delete", "Enter")
        given[first] = before[1:]
    else:
        start_again(page, kind)
        given[first] = PEOPLE[kind](page, 1)
    wait_question(page, other_than=first)
    assert wait_question(page) not in (first, second)
    assert given[first] != before
    page.wait_for_selector(".saved[data-unsent='0']")
    assert {id: data["value"] for id, data in stored(server.home, kind).items()} == given
    assert told(server, kind, first) == [("me", given[first])]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_label_is_corrected_from_the_list(
    make_desk: Callable[..., Any], server: Any, language: str
) -> None:
    findings.make(server, findings.MANY)
    page = make_desk(language, **(WIDE if language == "en" else PHONE)).open("/p/trips/errors")
    link = page.locator("#worst [data-open]").first
    link.wait_for()
    check(page, "errors")
    example = link.get_attribute("data-open")
    link.focus()
    press(page, "Enter")
    wait_open(page, example)
    said = findings.gold(example)
    assert REMINDER[language] in page.text_content(".revisited")
    assert said in page.text_content(".revisited")
    assert page.get_attribute(".label-button.given", "data-label") == said
    check(page, "opened")
    page.reload()
    wait_open(page, example)
    other = next(label for label in findings.LABELS if label != said)
    press(page, str(findings.LABELS.index(other) + 1))
    wait_question(page, other_than=example)
    assert page.url.endswith("/p/trips")
    page.wait_for_selector(".saved[data-unsent='0']")
    assert told(server, "trips", example) == [("me", other)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_text_is_corrected_from_the_list(
    make_desk: Callable[..., Any], server: Any, language: str
) -> None:
    make(server, "generation", control=0.4)
    answer_some(server, "generation", lambda i: f"Satz {i} ist 第 {i % 3} 句.")
    page = make_desk(language).open("/p/generation/errors")
    link = page.locator("#worst [data-open]").first
    link.wait_for()
    example = link.get_attribute("data-open")
    [(_, said)] = told(server, "generation", example)
    link.press("Enter")
    wait_open(page, example)
    assert page.input_value(".write-field") == said
    start_again(page, "generation")
    page.keyboard.insert_text("ganz neu 新")
    press(page, "Control+Enter")
    wait_question(page, other_than=example)
    page.wait_for_selector(".saved[data-unsent='0']")
    assert told(server, "generation", example) == [("me", "ganz neu 新")]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_another_person_answered_is_answered_too_or_left(
    make_desk: Callable[..., Any], server: Any, language: str
) -> None:
    server.project("trips", [(f"r/{i} ü", findings.text(i)) for i in range(30)], labels=["x", "y"])
    for example in ("r/3 ü", "r/4 ü"):
        body = {"example": example, "value": "x", "who": "ann"}
        server.call("POST", "/projects/trips/answers", body)
    desk = make_desk(language, **(WIDE if language == "en" else PHONE))
    page = desk.open("/p/trips?example=r%2F3+%C3%BC")
    wait_open(page, "r/3 ü")
    assert OPENED[language] in page.text_content(".revisited")
    if language == "en":
        press(page, "Escape")
    else:  # a phone has no such key
        check(page, "opened-by-another")
        page.locator(".revisited button").click()
    wait_question(page, other_than="r/3 ü")
    assert page.locator(".revisited").count() == 0
    assert stored(server.home, "trips").keys() == {"r/3 ü", "r/4 ü"}

    page = desk.open("/p/trips?example=r%2F4+%C3%BC")
    wait_open(page, "r/4 ü")
    press(page, "2")
    wait_question(page, other_than="r/4 ü")
    page.wait_for_selector(".saved[data-unsent='0']")
    assert told(server, "trips", "r%2F4 ü") == [("ann", "x"), ("me", "y")]

    desk.forgive("404")
    page = desk.open("/p/trips?example=gone")
    page.wait_for_selector("main[data-phase=error] .state")
    page.click(".state button")
    wait_question(page)
