"""The dashboard's language model: switched on, trained, stopped, rolled back, and said in words."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asknext.core.errors import NotFound
from asknext.core.home import Home
from asknext.loop.deep.requests import cancel, request
from asknext.loop.deep.running import train_due
from asknext.loop.encoding import encode_project
from asknext.loop.session import Session
from asknext.store.opening import open_store
from tests.browser.test_accessible import PHONE, WIDE, check
from tests.loop.deep.world import answer, make, tiny_bert

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("training"),
]

PATIENCE = 480_000  # milliseconds: a child that imports torch takes its time on a busy machine


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("transformers", reason="needs the extra 'hf'")
    return tiny_bert(tmp_path_factory.mktemp("tiny") / "base")


@pytest.fixture
def prepare(server: Any, base: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make a project with labels in the home of the server, which has not opened it yet."""
    monkeypatch.delenv("ASKNEXT_STORE", raising=False)
    home = Home.find(server.home)
    store = open_store(home.store_url)

    def ready(labels: int, **settings: Any) -> Session:
        make(store, "trips", base, **settings)
        encode_project(store, home, "trips")
        session = Session(store, "trips", home)
        session.train()
        answer(session, labels)
        session.train()
        return session

    yield ready
    store.close()


def configure(session: Session, deep: dict[str, Any]) -> None:
    settings = session.store.settings(session.project)
    session.store.configure(settings.changed(deep=deep), time.time())
    session.sync()


def train(session: Session, **deep: Any) -> None:
    """Train now, in this process, with other settings of the model."""
    configure(session, {**session.settings.deep, **deep})
    request(session)
    train_due(session)
    session.sync()
    session.train()


def card_of(desk: Any) -> Any:
    page = desk.open("/p/trips/dashboard")
    page.wait_for_selector("deep-card h2")
    return page


def confirm(page: Any, text: str) -> None:
    page.click(f"deep-card button:has-text('{text}')")
    page.click("dialog[open] button[value=yes]")


def test_a_model_is_switched_on_trained_and_rolled_back(
    desk: Any, server: Any, prepare: Callable[..., Session], base: Path
) -> None:
    session = prepare(30)
    configure(session, {})
    page = card_of(desk)
    assert "fine-tuned" in page.text_content(".deep-start")
    page.wait_for_selector(".deep-parts", state="hidden")
    page.fill("#deep-base", "")
    page.click("deep-card button[type=submit]")
    page.wait_for_selector("deep-card .bad")
    page.fill("#deep-base", str(base))
    page.fill("#deep-every", "0")
    page.click("deep-card button[type=submit]")
    page.wait_for_selector(".deep-parts")
    deep = server.call("GET", "/projects/trips")["settings"]["deep"]
    assert deep == {"base": str(base), "every": 0}
    assert "only when you ask" in page.text_content(".deep-part")

    page.click("text=Train now")
    page.wait_for_selector("li[data-run=r0001]")
    page.wait_for_selector("li[data-run=r0001][data-state=promoted]", timeout=PATIENCE)
    page.wait_for_selector("text=/Serving: r0001, made from base/", timeout=PATIENCE)
    assert re.search(r"reached \d+.* of the model before", page.text_content("li[data-run]"))
    confirm(page, "Go back")
    page.wait_for_selector("text=None serves yet")
    assert server.call("GET", "/projects/trips/runs")["serving"] == ""
    page.wait_for_selector("deep-card button:has-text('Go back')", state="hidden")

    page.click("deep-card .settings summary")
    page.click("text=Switch off")
    page.wait_for_selector(".deep-start")
    assert server.call("GET", "/projects/trips")["settings"]["deep"] == {}


def test_a_training_is_watched_and_stopped(
    desk: Any, server: Any, prepare: Callable[..., Session]
) -> None:
    prepare(30, deep={"every": 0, "epochs": 100_000})
    page = card_of(desk)
    page.click("text=Train now")
    page.wait_for_selector(".deep-going >> text=/step \\d+ of [\\d,]+ · loss/", timeout=PATIENCE)
    assert page.get_attribute(".deep-going progress", "max") != "1"
    assert page.is_disabled("deep-card button:has-text('Train now')")
    stop = page.locator("deep-card button:has-text('Stop the training')")
    stop.focus()
    before = page.text_content(".deep-going .hint")
    page.wait_for_function(
        "old => document.querySelector('.deep-going .hint')?.textContent !== old", arg=before
    )
    assert stop.evaluate("button => button === document.activeElement")
    confirm(page, "Stop the training")
    page.wait_for_selector("li[data-run=r0001][data-state=cancelled]")
    page.wait_for_selector(".deep-going", state="hidden")
    assert server.call("GET", "/projects/trips/runs")["runs"][0]["state"] == "cancelled"


def test_how_trainings_ended_and_what_is_left_out_is_said_in_both_languages(
    make_desk: Callable[..., Any], prepare: Callable[..., Session], base: Path
) -> None:
    session = prepare(
        60, n=200, strategy="clipped(margin, share=0.9)", deep={"every": 0, "epochs": 12}
    )
    train(session)
    with pytest.raises(NotFound):
        train(session, base="/no/such/folder")
    answer(session, 90)
    train(session, base=str(base), learning_rate=50.0)
    cancel(session, request(session).id)
    session.sync()
    states = {run.id: run.state for run in session.state.runs.values()}
    assert states == {
        "r0001": "promoted",
        "r0002": "failed",
        "r0003": "refused",
        "r0004": "cancelled",
    }
    said = {
        "en": ["not worse (difference", "ended with an error", "reached only", "before its end"],
        "zh": ["并不更差（差值", "训练出错", "它只得", "在结束前被停止"],
    }
    for language, size in (("en", WIDE), ("zh", PHONE)):
        page = card_of(make_desk(language, **size))
        for number, words in enumerate(said[language], 1):
            page.wait_for_selector(f"li[data-run=r000{number}]:has-text('{words}')")
        page.wait_for_selector(".left-out li")
        check(page, language)
        own = page.text_content("deep-card .runs .box")  # the library's own words
        found = page.text_content("deep-card").replace(own, "").replace(str(base), "")
        english = set(re.findall(r"[A-Za-z]{3,}", found))
        assert language == "en" or english <= {"base", "minilm", "project"}  # what is typed
