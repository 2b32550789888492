"""No serious or critical finding of axe on any page, in both languages, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROWS = [(f"r{i:03d}", f"{'parcel' if i % 2 else 'invoice'} number {i}") for i in range(40)]
LABELS = ["delivery", "billing"]
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
WIDE = {"viewport": {"width": 1280, "height": 800}}


def findings(page: Any) -> list[str]:
    """What axe finds serious or critical, each with the elements."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="needs axe-playwright-python, of 'dev'"
    )
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


def overflow(page: Any) -> int:
    """Pixels by which the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


def check(page: Any, place: str) -> None:
    assert findings(page) == [], place
    assert overflow(page) <= 0, place


def open_annotate(desk: Any) -> Any:
    page = desk.open("/p/trips")
    page.wait_for_selector("main[data-phase=question] .passage")
    return page


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_nothing_serious_on_any_page(
    make_desk: Callable[..., Any], server: Any, language: str, scheme: str, size: dict[str, Any]
) -> None:
    desk = make_desk(language, color_scheme=scheme, **size)
    page = desk.open("/")
    page.wait_for_selector(".welcome")
    check(page, "no project yet")
    server.project("trips", ROWS, labels=LABELS, guidelines="Read twice.")
    page.reload()
    page.wait_for_selector(".project-card")
    check(page, "projects")

    page = desk.open("/new")
    file = {"name": "a.csv", "mimeType": "text/csv", "buffer": b"message,label\nhello,x\nworld,y\n"}
    page.set_input_files("#file-field", file)
    page.wait_for_selector("column-choice select")
    page.click("summary")
    check(page, "new project")

    page = open_annotate(desk)
    check(page, "annotate")
    for key in ("1", "2", "s"):
        before = page.get_attribute("main", "data-example")
        page.keyboard.press(key)
        page.wait_for_function(
            "old => document.querySelector('main').dataset.example !== old", arg=before
        )
    page.wait_for_selector(".saved[data-unsent='0']")
    check(page, "annotate, after some answers")
    page.keyboard.press("w")
    page.wait_for_selector("side-panel .facts, side-panel .why-reason")
    check(page, "why")
    page.keyboard.press("g")
    page.wait_for_selector("side-panel .guidelines")
    check(page, "guidelines")
    page.keyboard.press("Escape")
    page.keyboard.press("F1")
    page.wait_for_selector("dialog[open]")
    check(page, "keys")

    page = desk.open("/p/trips/dashboard")
    page.wait_for_selector("figure-plot .plot .main-svg")
    page.click(".settings summary")
    check(page, "dashboard")

    for place in ("evidence", "errors"):
        page = desk.open(f"/p/trips/{place}")
        page.wait_for_selector("main .found .card")
        check(page, place)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_focus_is_visible_and_the_page_speaks_the_readers_language(
    make_desk: Callable[..., Any], server: Any, language: str
) -> None:
    server.project("trips", ROWS, labels=LABELS)
    desk = make_desk(language)
    page = open_annotate(desk)
    assert page.get_attribute("html", "lang") == {"en": "en", "zh": "zh-CN"}[language]
    first = page.text_content(".passage")
    heard = page.locator("[aria-live=polite]").last
    assert first in heard.text_content()
    page.keyboard.press("1")
    page.locator(".passage").filter(has_not_text=first).wait_for()
    assert page.text_content(".passage") in heard.text_content()
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_the_language_is_switched_by_address_and_remembered(desk: Any, server: Any) -> None:
    page = desk.open("/?lang=zh")
    page.wait_for_selector("main h1")
    assert page.get_attribute("html", "lang") == "zh-CN"
    page.goto(server.base + "/new")
    page.wait_for_selector("main h1")
    assert page.get_attribute("html", "lang") == "zh-CN"
    page.get_by_role("button", name="English").click()
    # A selector is asked of each new page again; a function can run while there is no document.
    page.wait_for_selector("html[lang=en] main h1")
    assert page.text_content("main h1") == "New project"
