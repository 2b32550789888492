"""The whole job in a real browser against a real server, by keyboard alone."""

from __future__ import annotations

import csv
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WORDS = {
    "delivery": ["parcel", "courier", "tracking", "van", "doorstep"],
    "billing": ["invoice", "refund", "card", "bank", "fee"],
}
CHINESE = {
    "好评": ["干净", "热情", "安静", "方便", "满意"],
    "差评": ["肮脏", "冷漠", "吵闹", "偏远", "失望"],
}


def texts(words: dict[str, list[str]], n: int = 60) -> list[tuple[str, str]]:
    """(id, text) rows, all different; the words of a text tell its label."""
    labels = list(words)
    rows = []
    for i in range(n):
        own = words[labels[i % len(labels)]]
        rows.append((f"r{i:03d}", f"{i} {own[i % 5]} {own[(i // 5) % 5]}"))
    return rows


def gold(words: dict[str, list[str]], text: str) -> str:
    return next(label for label, own in words.items() if any(word in text for word in own))


def tab_to(page: Any, selector: str) -> None:
    """Press Tab until what matches has the focus."""
    for _ in range(150):
        if page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {selector}")


def wait_text(page: Any) -> str:
    """Wait for a question; return its text."""
    page.wait_for_selector("main[data-phase=question] .passage")
    return str(page.text_content(".passage"))


def answer(page: Any, key: str) -> None:
    """Press a key and wait until another text is on the screen."""
    before = page.get_attribute("main", "data-example")
    page.keyboard.press(key)
    page.wait_for_function(
        "old => document.querySelector('main').dataset.example !== old", arg=before
    )


def label_one(page: Any, words: dict[str, list[str]]) -> tuple[str, str]:
    """Answer the text on the screen rightly, by its key; return the text and its label."""
    text = wait_text(page)
    label = gold(words, text)
    answer(page, str(list(words).index(label) + 1))
    return text, label


def wait_saved(page: Any) -> None:
    page.wait_for_selector(".saved[data-unsent='0']")


def wait_unsent(page: Any, n: int) -> None:
    page.wait_for_selector(f".saved[data-unsent='{n}']")


def create_by_keyboard(page: Any, file: Path, labels: list[str]) -> None:
    """Upload a file, type labels, choose the quick encoder, create: Tab, Enter, letters, arrows."""
    page.on("filechooser", lambda _: None)  # the dialog is caught from now on, not only below
    tab_to(page, "a[href='/new']")
    page.keyboard.press("Enter")
    page.wait_for_selector("#file-field", state="attached")
    tab_to(page, "#file-field")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(file)
    page.wait_for_selector("column-choice select")
    assert page.input_value("#column-text") == "message"
    assert page.input_value("#column-id") == "id"
    tab_to(page, "#label-field")
    for label in labels:
        page.keyboard.insert_text(label)
        page.keyboard.press("Enter")
    assert page.locator("chip-editor .chip").count() == len(labels)
    tab_to(page, "summary")
    page.keyboard.press("Enter")
    tab_to(page, "#encoder-field")
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    assert page.input_value("#encoder-field") == "tfidf"
    tab_to(page, "button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/p/"))


def downloaded(page: Any, format: str) -> Path:
    tab_to(page, f"a[data-format={format}]")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    return Path(download.value.path())


@pytest.mark.parametrize(
    ("language", "words", "said"),
    [
        ("en", WORDS, ("Projects", "Skip", "All saved", "Texts labelled")),
        ("zh", CHINESE, ("项目", "跳过", "已全部保存", "已标注文本")),
    ],
    ids=["en", "zh"],
)
def test_from_a_file_to_labels_by_keyboard_alone(
    make_desk: Callable[..., Any],
    tmp_path: Path,
    language: str,
    words: dict[str, list[str]],
    said: tuple[str, ...],
) -> None:
    desk = make_desk(language)
    file = tmp_path / "messages.csv"
    rows = texts(words)
    file.write_text("id,message\n" + "".join(f"{i},{t}\n" for i, t in rows), encoding="utf-8")
    page = desk.open("/")
    page.wait_for_selector("main h1")
    assert said[0] in page.title()
    create_by_keyboard(page, file, list(words))

    given = dict(label_one(page, words) for _ in range(15))
    assert len(given) == 15
    last, label = list(given.items())[-1]
    page.keyboard.press("z")
    page.wait_for_function("t => document.querySelector('.passage')?.textContent === t", arg=last)
    wrong = next(other for other in words if other != label)
    answer(page, str(list(words).index(wrong) + 1))
    given[last] = wrong  # a correction counts, not what was taken back

    assert said[1] in str(page.text_content("[data-command=skip]"))
    skipped = wait_text(page)
    answer(page, "s")
    flagged = wait_text(page)
    answer(page, "f")
    noted = wait_text(page)
    page.keyboard.press("n")
    page.wait_for_selector("#note-field:focus")
    page.keyboard.insert_text("looks odd, 有点怪")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog", state="detached")
    given[noted] = gold(words, noted)
    answer(page, str(list(words).index(given[noted]) + 1))
    wait_saved(page)
    assert said[2] in str(page.text_content(".saved"))
    assert page.locator("answer-strip .past").count() == 10

    tab_to(page, "a[href$='/dashboard']")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-count=labelled]")
    assert said[3] in str(page.text_content(".counts"))
    shown = {name: page.text_content(f"[data-count={name}]") for name in ("labelled", "skipped")}
    assert shown == {"labelled": "16", "skipped": "1"}
    assert page.text_content("[data-count=flagged]") == "1"
    page.wait_for_selector("figure-plot .plot .main-svg")

    with downloaded(page, "csv").open(encoding="utf-8-sig", newline="") as exported:
        found = {
            row["text" if "text" in row else "message"]: row for row in csv.DictReader(exported)
        }
    assert {text: found[text]["label"] for text in given} == given
    assert {text for text, row in found.items() if row["label"]} == set(given)
    assert not found[skipped]["label"]
    assert not found[flagged]["label"]


def test_answers_given_offline_arrive_exactly_once_after_the_tab_was_closed(
    desk: Any, server: Any
) -> None:
    desk.forgive("ERR_INTERNET_DISCONNECTED")
    server.project("trips", texts(WORDS), labels=list(WORDS))
    page = desk.open("/p/trips")
    wait_text(page)
    page.wait_for_function("() => document.querySelector('main').dataset.waiting >= 5")
    desk.context.set_offline(True)
    given = dict(label_one(page, WORDS) for _ in range(5))
    wait_unsent(page, 5)
    assert server.call("GET", "/projects/trips")["counts"]["answers"] == 0
    page.close()

    desk.context.set_offline(False)
    again = desk.open("/p/trips")
    wait_text(again)
    wait_saved(again)
    past = server.call("GET", "/projects/trips/history?who=me&limit=50")["answers"]
    assert {one["fields"]["text"]: one["value"] for one in past} == given
    assert server.call("GET", "/projects/trips")["counts"]["answers"] == 5
    assert wait_text(again) not in given


def test_a_lost_reply_does_not_double_an_answer(desk: Any, server: Any) -> None:
    desk.forgive("ERR_FAILED")
    server.project("trips", texts(WORDS), labels=list(WORDS))
    page = desk.open("/p/trips")
    lost: list[str] = []

    def lose_first(route: Any) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().text())  # the server stores it, the app never hears
        route.abort()

    page.route("**/answers", lose_first)
    text, label = label_one(page, WORDS)
    page.wait_for_function(
        "() => document.querySelector('status-line .saved').dataset.unsent === '0'"
    )
    assert '"fresh":true' in lost[0].replace(" ", "")
    past = server.call("GET", "/projects/trips/history?who=me&limit=50")["answers"]
    assert [(one["fields"]["text"], one["value"]) for one in past] == [(text, label)]
    assert server.call("GET", "/projects/trips")["counts"]["answers"] == 1


def test_answers_survive_a_power_cut_of_the_server(desk: Any, server: Any) -> None:
    desk.forgive("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING", "ERR_EMPTY_RESPONSE")
    desk.forgive("ERR_CONNECTION_RESET", "ERR_SOCKET_NOT_CONNECTED")
    server.project("trips", texts(WORDS), labels=list(WORDS))
    page = desk.open("/p/trips")
    given = dict(label_one(page, WORDS) for _ in range(3))
    wait_saved(page)
    page.wait_for_function("() => document.querySelector('main').dataset.waiting >= 5")
    server.end(signal.SIGKILL)
    given |= dict(label_one(page, WORDS) for _ in range(3))
    page.keyboard.press("z")
    page.wait_for_function("() => document.querySelectorAll('answer-strip .past').length === 5")
    taken_back = wait_text(page)
    wait_unsent(page, 4)
    server.start()
    wait_saved(page)
    given.pop(taken_back)
    past = server.call("GET", "/projects/trips/history?who=me&limit=50")["answers"]
    assert {one["fields"]["text"]: one["value"] for one in past} == given
    assert wait_text(page) == taken_back


def test_a_newer_model_swaps_what_waits_and_leaves_the_screen_alone(desk: Any, server: Any) -> None:
    server.project("trips", texts(WORDS, 200), labels=list(WORDS))
    page = desk.open("/p/trips")
    text = wait_text(page)
    page.wait_for_function("() => document.querySelector('main').dataset.waiting >= 5")
    here = page.locator(".label-button").first.bounding_box()
    old = set(str(page.get_attribute("main", "data-next")).split())
    released: list[str] = []
    page.on(
        "request",
        lambda request: (
            released.extend(request.post_data_json["examples"])
            if request.url.endswith("/release")
            else None
        ),
    )
    asked = server.call("POST", "/projects/trips/ask", {"k": 12, "who": "ann"})["questions"]
    for question in asked:
        value = gold(WORDS, question["fields"]["text"])
        body = {"example": question["id"], "value": value, "who": "ann"}
        server.call("POST", "/projects/trips/answers", body)
    page.wait_for_function("() => document.querySelector('main').dataset.model === '12'")
    assert old & set(released)
    assert wait_text(page) == text
    assert page.locator(".label-button").first.bounding_box() == here


def test_suggestions_hide_and_show_and_accept(desk: Any, server: Any) -> None:
    server.project("trips", texts(WORDS, 200), labels=list(WORDS), control=0.0)
    page = desk.open("/p/trips")
    for _ in range(8):
        label_one(page, WORDS)
    page.wait_for_function(
        "() => document.querySelector('.label-button.suggested') !== null || "
        "document.querySelector('main').dataset.model >= '8'"
    )
    for _ in range(12):
        if page.locator(".label-button.suggested").count():
            break
        label_one(page, WORDS)
    suggested = page.get_attribute(".label-button.suggested", "data-label")
    page.keyboard.press("h")
    page.wait_for_selector(".label-button.suggested", state="detached")
    page.keyboard.press("h")
    page.wait_for_selector(".label-button.suggested")
    text = wait_text(page)
    answer(page, "Enter")
    wait_saved(page)
    past = server.call("GET", "/projects/trips/history?who=me&limit=1")["answers"][0]
    assert (past["fields"]["text"], past["value"]) == (text, suggested)


def test_an_earlier_answer_can_be_opened_kept_and_changed(desk: Any, server: Any) -> None:
    server.project("trips", texts(WORDS), labels=list(WORDS))
    page = desk.open("/p/trips")
    first, label = label_one(page, WORDS)
    waiting = wait_text(page)
    page.locator("answer-strip .past").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".revisited")
    assert page.text_content(".passage") == first
    assert page.get_attribute(".label-button.given", "data-label") == label
    page.keyboard.press("Escape")
    page.wait_for_function(
        "t => document.querySelector('.passage')?.textContent === t", arg=waiting
    )
    page.locator("answer-strip .past").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".revisited")
    wrong = next(other for other in WORDS if other != label)
    answer(page, str(list(WORDS).index(wrong) + 1))
    wait_saved(page)
    past = server.call("GET", "/projects/trips/history?who=me&limit=9")["answers"]
    assert [(one["fields"]["text"], one["value"]) for one in past] == [(first, wrong)]


def test_many_labels_are_found_by_typing(desk: Any, server: Any) -> None:
    labels = [f"intent {i} {'fee' if i % 7 == 0 else 'lost'}" for i in range(40)]
    server.project("intents", texts(WORDS), labels=labels)
    page = desk.open("/p/intents")
    text = wait_text(page)
    page.keyboard.press("/")
    page.keyboard.type("21 f")
    assert page.locator(".label-button:visible").count() == 1
    answer(page, "Enter")
    wait_saved(page)
    past = server.call("GET", "/projects/intents/history?who=me&limit=1")["answers"][0]
    assert (past["fields"]["text"], past["value"]) == (text, "intent 21 fee")


def test_unreadable_rows_are_shown_and_may_be_skipped(
    desk: Any, server: Any, tmp_path: Path
) -> None:
    desk.forgive("422")
    file = tmp_path / "broken.csv"
    lines = [f"{id},{text}" for id, text in texts(WORDS, 30)]
    lines[4] = "r004,"
    file.write_text("id,message\n" + "\n".join(lines) + "\n", encoding="utf-8")
    page = desk.open("/new")
    page.set_input_files("#file-field", file)
    page.wait_for_selector("column-choice select")
    page.fill("#label-field", "delivery\nbilling")
    page.click("summary")
    page.select_option("#encoder-field", "tfidf")
    page.click("button[type=submit]")
    page.wait_for_selector("#bad-rows")
    cells = page.locator("#bad-rows tbody tr").first.locator("td").all_text_contents()
    assert cells[1] == "message"
    assert server.call("GET", "/projects")["projects"] == []
    page.click("#bad-rows button")
    page.wait_for_url(re.compile(r"/p/broken$"))
    wait_text(page)
    assert server.call("GET", "/projects/broken")["counts"]["examples"] == 29


def test_a_stranger_is_told_to_open_the_printed_link(chromium: Any, server: Any) -> None:
    context = chromium.new_context()
    page = context.new_page()
    answered = page.goto(server.base + "/")
    assert answered.status == 401
    shown = page.text_content("body")
    assert "asknext serve" in shown
    assert "请打开" in shown
    context.close()
