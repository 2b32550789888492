"""How good it is, where it goes wrong: numbers explained, lists asked, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.test_accessible import PHONE, WIDE, check

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WORDS = {"delivery": "parcel late van", "billing": "invoice card fee", "return": "broken swap box"}
LABELS = list(WORDS)
CHINESE = re.compile(r"[\u3400-\u9fff]")
FEW, MANY = 12, 60


def text(i: int) -> str:
    """Texts that tell their label, but for some whose words are those of another one."""
    words = WORDS[LABELS[(i + (i % 7 == 0)) % 3]].split()
    return f"{words[i % 3]} {words[(i // 3) % 3]} number {i}"


def gold(id: str) -> str:
    return LABELS[int(id[1:]) % 3]


def make(server: Any, answers: int) -> None:
    rows = [(f"r{i:03d}", text(i)) for i in range(160)]
    server.project("trips", rows, labels=LABELS, control=0.4)
    label(server, answers)


def label(server: Any, count: int) -> None:
    for question in server.call("POST", "/projects/trips/ask", {"k": count})["questions"]:
        body = {"example": question["id"], "value": gold(question["id"]), "seconds": 4}
        server.call("POST", "/projects/trips/answers", body)


def finished(page: Any, answers: int) -> None:
    page.wait_for_selector(f"#found-line:has-text('{answers}') >> p:not([role=status])")


def test_how_good_it_is_is_explained(make_desk: Callable[..., Any], server: Any) -> None:
    make(server, FEW)
    page = make_desk(**WIDE).open("/p/trips/dashboard")
    page.click("text=How good is it?")
    page.wait_for_selector(".found-none progress")
    finished(page, FEW)
    assert "12 of 20" in page.text_content(".found-none")
    check(page, "not enough answers")
    label(server, MANY - FEW)
    page.click("text=Work it out again")
    page.wait_for_selector("#quality-number")
    finished(page, MANY)
    found = server.call("GET", "/projects/trips/evidence")["found"]
    shown = f"{found['quality']['estimate']:.0%}"
    assert page.text_content("#quality-number") == shown
    assert f"{found['random_answers']} questions drawn at random" in page.text_content(".quality")
    rows = page.locator("#classes tbody th").all_text_contents()
    assert rows == [row["label"] for row in found["classes"]["per_class"]]
    for part in ("#saving", "#outlook .main-svg", "#audit", "#classes", ".advices"):
        page.wait_for_selector(part)
    check(page, "evidence")

    page = make_desk("zh", color_scheme="dark", **PHONE).open("/p/trips/evidence")
    page.wait_for_selector("#outlook .main-svg")
    finished(page, MANY)
    assert page.text_content("#quality-number") == shown
    words = page.locator("main h1, main h2, main p, main .targets li").all_text_contents()
    assert [
        said for said in words if said.strip("–0123456789% ") and not CHINESE.search(said)
    ] == []
    check(page, "evidence, in Chinese on a phone")

    failed = {"state": "failed", "of": 0, "error": "no such luck", "found": None}
    page.route("**/api/projects/trips/evidence", lambda route: route.fulfill(json=failed))
    page.reload()
    page.wait_for_selector("#found-line .bad:has-text('no such luck')")
    assert page.locator("#found-line button").count() == 1
    assert page.locator(".found > *").count() == 0, "what is not known is not said"


def test_where_it_goes_wrong_is_shown_and_asked(make_desk: Callable[..., Any], server: Any) -> None:
    make(server, MANY)
    page = make_desk(**WIDE).open("/p/trips/errors")
    page.wait_for_selector("#confusions .found-item")
    finished(page, MANY)
    lists = server.call("GET", "/projects/trips/errors")["found"]["lists"]
    listed = {each["kind"]: each for each in lists}
    assert set(page.locator("[data-list]").evaluate_all("all => all.map(x => x.id)")) == set(listed)
    first = listed["confusions"]["items"][0]
    name = page.locator("#confusions .found-name").first
    assert name.text_content() == f"{first['actual']} → {first['predicted']}"
    check(page, "errors")

    page.locator("#confusions .list-head .ask").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#confusions .result >> text=/\\d+ texts? come/")
    asked = server.call("POST", "/projects/trips/ask", {"k": 1, "who": "ann"})["questions"][0]
    assert asked["id"] in {id for item in listed["confusions"]["items"] for id in item["ids"]}
    page.locator("#confusions .found-item .ask").first.click()
    page.wait_for_selector("#confusions .result >> text=Nothing was sent")

    page = make_desk("zh", color_scheme="dark", **PHONE).open("/p/trips/errors")
    page.wait_for_selector("#worst .found-item")
    finished(page, MANY)
    words = page.locator("main h1, main h2, main .hint, .list-empty").all_text_contents()
    assert [said for said in words if not CHINESE.search(said)] == []
    page.locator("#slices .found-item .ask, #worst .ask").first.click()
    page.wait_for_selector("#slices .result .box, #worst .result .box")
    check(page, "errors, in Chinese on a phone")


def test_random_questions_are_asked_from_the_page(
    make_desk: Callable[..., Any], server: Any
) -> None:
    rows = [(f"r{i:03d}", text(i)) for i in range(700)]
    server.project("trips", rows, labels=LABELS, control=0.9)
    label(server, MANY)
    page = make_desk(**WIDE).open("/p/trips/evidence")
    finished(page, MANY)
    rows_of = server.call("GET", "/projects/trips/evidence")["found"]["audit"]
    offered = [row for row in rows_of if 0 < row["more"] <= row["left"]]
    assert page.locator("#audit .ask").count() == len(offered) > 0
    page.locator("#audit .ask").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#audit .result >> text={offered[0]['more']} questions drawn at random")
    check(page, "evidence, with an audit asked")
    assert page.get_attribute("#audit .result a", "href") == "/p/trips"
    asked = server.call("POST", "/projects/trips/ask", {"k": 1, "who": "ann"})["questions"][0]
    assert (asked["strategy"], asked["suggestion"]) == ("wanted@1", None)
    assert asked["reason"] == "drawn at random, to measure how good the model is"

    page = make_desk("zh", **PHONE).open("/p/trips/evidence")
    finished(page, MANY)
    assert CHINESE.search(page.text_content("#audit .ask") or "")
    check(page, "an audit, in Chinese on a phone")
