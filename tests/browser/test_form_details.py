"""What the forms do besides: mouse and finger, suggestions, parts, refusals, accessibility."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from asknext.core.tasks import MultiLabel, Regression
from tests.browser.forms import MARKS, TASKS, heard, make, order, press, shown_marks, stored
from tests.browser.test_accessible import PHONE, WIDE, check
from tests.browser.test_every_form import wait_question

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PLACE = """([text, from]) => {
  const pieces = [...document.querySelectorAll('[data-at]')];
  const all = pieces.map(p => p.textContent).join('');
  const start = all.indexOf(text, from), end = start + text.length;
  const place = unit => {
    const piece = pieces.findLast(p => Number(p.dataset.at) <= unit);
    return [piece.firstChild, unit - Number(piece.dataset.at)];
  };
  const range = document.createRange();
  range.setStart(...place(start));
  const [node, offset] = place(end - 1);
  range.setEnd(node, offset + 1);
  const boxes = range.getClientRects(), first = boxes[0], last = boxes[boxes.length - 1];
  return [first.left, first.top + first.height / 2, last.right, last.top + last.height / 2];
}"""


def where(page: Any, text: str) -> tuple[float, float, float, float]:
    """The ends of a text on the screen: x and y of its start, x and y of its end."""
    left, top, right, bottom = page.evaluate(PLACE, [text, 0])
    return left, top, right, bottom


def drag(page: Any, text: str) -> None:
    left, top, right, bottom = where(page, text)
    page.mouse.move(left + 1, top)
    page.mouse.down()
    page.mouse.move(right - 1, bottom, steps=4)
    page.mouse.up()


def click(page: Any, text: str) -> None:
    left, top, right, bottom = where(page, text)
    page.mouse.click((left + right) / 2, (top + bottom) / 2)


def open_text(page: Any, start: str) -> str:
    """Skip until a text that starts so is on the screen; return its id."""
    example = wait_question(page)
    for _ in range(30):
        if str(page.text_content(".marking")).startswith(start):
            return example
        press(page, "s")
        example = wait_question(page, other_than=example)
    raise AssertionError(f"no text starts with {start!r}")


def span(text: str, phrase: str, label: str | None) -> dict[str, Any]:
    start = text.index(phrase)
    return {"start": start, "end": start + len(phrase), "label": label}


def given(server: Any, kind: str, page: Any) -> dict[str, Any]:
    """What is stored by example, labels alone."""
    page.wait_for_selector(".saved[data-unsent='0']")
    found = stored(server.home, kind)
    return {example: data["value"] for example, data in found.items() if data["action"] == "label"}


def test_marks_are_made_and_changed_by_mouse(desk: Any, server: Any) -> None:
    make(server, "tagging", suggest=False)
    page = desk.open("/p/tagging")
    start = next(iter(MARKS))
    example = open_text(page, start)
    drag(page, "Ana Mari\u0301a")
    page.click("[data-label=PER]")
    page.click("[data-label=LOC]", force=True)  # what is chosen is that mark: it changes
    assert shown_marks(page) == [("Ana Mari\u0301a", "LOC")]
    page.click("[data-label=PER].label-button")
    press(page, "Escape")
    page.click("[data-label=LOC].label-button")  # first the label, then the text
    drag(page, "Paulo 🇧🇷")
    click(page, "Sa\u0303o")  # a word beside it joins
    press(page, "Escape")
    assert shown_marks(page) == [("Ana Mari\u0301a", "PER"), ("Sa\u0303o Paulo 🇧🇷", "LOC")]
    click(page, "flew")
    assert heard(page) == "flew"
    click(page, "Paulo")
    page.click("[data-pad=remove]")
    press(page, "Control+z")
    page.click("[data-pad=done]")
    wait_question(page, other_than=example)
    assert given(server, "tagging", page)[example] == [
        span(start, "Ana Mari\u0301a", "PER"),
        span(start, "Sa\u0303o Paulo 🇧🇷", "LOC"),
    ]


@pytest.mark.parametrize("next_step", ["click", "key"])
def test_a_drag_is_marked_though_timers_are_late(desk: Any, server: Any, next_step: str) -> None:
    """Browsers let clicks and keys overtake timers: on a busy machine the mark was lost."""
    make(server, "tagging", suggest=False)
    page = desk.open("/p/tagging")
    open_text(page, next(iter(MARKS)))
    page.evaluate("window.setTimeout = () => 1")
    page.click("[data-label=LOC].label-button")
    drag(page, "Paulo 🇧🇷")
    if next_step == "click":
        click(page, "flew")
        assert shown_marks(page) == [("flew", "LOC"), ("Paulo 🇧🇷", "LOC")]
    else:
        press(page, "Escape")
        assert shown_marks(page) == [("Paulo 🇧🇷", "LOC")]


def test_marks_are_made_by_finger(make_desk: Callable[..., Any], server: Any) -> None:
    make(server, "tagging", suggest=False)
    page = make_desk("zh", **PHONE).open("/p/tagging")
    start = next(text for text in MARKS if "Lovelace" in text)
    example = open_text(page, start)
    for word in ("Ada", "Lovelace"):
        left, top, right, bottom = where(page, word)
        page.touchscreen.tap((left + right) / 2, (top + bottom) / 2)
    page.tap("[data-label=PER].label-button")
    assert shown_marks(page) == [("Ada Lovelace", "PER")]
    page.tap("[data-pad=done]")
    wait_question(page, other_than=example)
    assert given(server, "tagging", page) == {example: [span(start, "Ada Lovelace", "PER")]}


def test_a_part_is_judged_and_the_rest_left_open(desk: Any, server: Any) -> None:
    make(server, "tagging", suggest=False)
    page = desk.open("/p/tagging")
    start = next(text for text in MARKS if "Lovelace" in text)
    example = open_text(page, start)
    text = str(page.text_content(".marking"))
    press(page, "End", "Home", "ArrowRight", "ArrowRight", "Shift+ArrowRight", "o")
    chosen = heard(page)
    assert page.get_attribute("[data-pad=part]", "aria-pressed") == "true"
    assert chosen
    press(page, "Escape", "o")
    assert page.locator(".marking .faint").count() == 0
    press(page, "End", "ArrowLeft", "2", "ArrowLeft", "Shift+ArrowLeft", "o", "Enter")
    wait_question(page, other_than=example)
    (spans,) = given(server, "tagging", page).values()
    names = [(text[one["start"] : one["end"]], one["label"]) for one in spans]
    assert ("London", "LOC") in names
    assert [label for _, label in names].count(None) >= 1
    inside = [i for i in range(len(text)) if not any(s["start"] <= i < s["end"] for s in spans)]
    assert text[min(inside) : max(inside) + 1].strip(". 0123456789")


def test_a_number_off_the_scale_is_refused_and_can_be_mended(desk: Any, server: Any) -> None:
    make(server, "regression", Regression(1.0, 5.0, 0.5), suggest=False)
    page = desk.open("/p/regression")
    example = wait_question(page)
    press(page, "Enter")
    assert "1" in page.text_content(".number-hint.wrong")
    press(page, "9", "Enter")
    assert "9" in page.text_content(".number-hint.wrong")
    assert page.get_attribute(".number-field", "aria-invalid") == "true"
    press(page, "Backspace", "2", "Enter")
    other = wait_question(page, other_than=example)
    press(page, "s")  # a command, though the field has the focus
    wait_question(page, other_than=other)
    assert given(server, "regression", page) == {example: 2.0}


def test_many_labels_are_switched_by_typing(desk: Any, server: Any) -> None:
    labels = tuple(f"topic {i} {'费用' if i % 7 == 0 else 'lost'}" for i in range(30))
    make(server, "multi_label", MultiLabel(labels), suggest=False)
    page = desk.open("/p/multi_label")
    example = wait_question(page)
    for typed in ("21 费", "3 l"):
        press(page, "/")
        page.keyboard.type(typed)
        press(page, "Enter")
    press(page, "Enter")
    wait_question(page, other_than=example)
    assert given(server, "multi_label", page) == {example: ["topic 3 lost", "topic 21 费用"]}


ANSWERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "multi_label": lambda fields: ["joy", "love"],
    "regression": lambda fields: 4.0,
    "tagging": lambda fields: [
        span(fields["text"], phrase, label)
        for start, marks in MARKS.items()
        if fields["text"].startswith(start)
        for phrase, label in marks
    ],
    "generation": lambda fields: f"a translation of {fields['text']}",
    "preference": lambda fields: "a",
}
SUGGESTED = {
    "multi_label": "[data-pad=accept]:not([hidden])",
    "regression": ".number-mark:not([hidden])",
    "tagging": ".mark-suggested",
    "generation": "[data-form=write]",
    "preference": ".label-button.suggested",
}


def suggestion(page: Any, kind: str) -> Any:
    """What the form shows as the model's answer."""
    if kind == "multi_label":
        shown = page.locator(".label-button.suggested").all()
        return [one.get_attribute("data-label") for one in shown]
    if kind == "regression":
        return round(
            (5 - 1)
            * float(
                page.locator(".number-mark").evaluate("mark => mark.style.getPropertyValue('--at')")
            )
            + 1,
            6,
        )
    if kind == "tagging":
        return shown_marks(page)
    if kind == "generation":
        return page.input_value(".write-field").strip()
    place = {"first": 0, "second": 1}[page.get_attribute(".label-button.suggested", "data-choice")]
    return order(page)[place]


@pytest.mark.parametrize("kind", list(ANSWERS))
def test_a_suggestion_is_taken_as_it_is_shown(desk: Any, server: Any, kind: str) -> None:
    make(server, kind, control=0.0)
    asked = server.call("POST", f"/projects/{kind}/ask", {"k": 14, "who": "ann"})["questions"]
    for question in asked:
        value = ANSWERS[kind](question["fields"])
        body = {"example": question["id"], "value": value, "who": "ann"}
        server.call("POST", f"/projects/{kind}/answers", body)

    page = desk.open(f"/p/{kind}")
    example = wait_question(page)
    page.wait_for_function("() => Number(document.querySelector('main').dataset.model) >= 14")
    for _ in range(12):  # the one on the screen keeps what it came with
        press(page, *(["Escape"] if kind == "generation" else []), "s")
        example = wait_question(page, other_than=example)
        if page.locator(SUGGESTED[kind]).count():
            break
    shown = suggestion(page, kind)
    assert shown
    press(page, {"multi_label": "Shift+Enter", "generation": "Control+Enter"}.get(kind, "Enter"))
    wait_question(page, other_than=example)
    page.wait_for_selector(".saved[data-unsent='0']")
    data = stored(server.home, kind)[example]
    fields = server.call("GET", f"/projects/{kind}/examples/{example}")["example"]["fields"]
    value = data["value"]
    if kind == "tagging":
        value = [(fields["text"][one["start"] : one["end"]], one["label"]) for one in value]
    assert value == shown
    assert data["suggested"] is True


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", list(TASKS))
def test_axe_finds_nothing_serious_on_any_form(
    make_desk: Callable[..., Any], server: Any, kind: str, language: str
) -> None:
    make(server, kind, suggest=False, guidelines="Read twice.")
    for scheme, size in (("light", WIDE), ("dark", PHONE)):
        page = make_desk(language, color_scheme=scheme, **size).open(f"/p/{kind}")
        example = wait_question(page)
        check(page, f"{kind} at first")
        begun = {"multi_label": "1", "regression": "ArrowRight", "generation": "x"}
        press(
            page, *{"tagging": ("ArrowRight", "1", "ArrowRight")}.get(kind, (begun.get(kind, "w"),))
        )
        check(page, f"{kind} begun")
        press(page, *{"preference": ("1",), "generation": ("Control+Enter",)}.get(kind, ("Enter",)))
        if kind != "generation" or size is WIDE:
            wait_question(page, other_than=example)
        press(page, "Escape", "F1")
        page.wait_for_selector("dialog[open]")
        check(page, f"{kind}, keys")
