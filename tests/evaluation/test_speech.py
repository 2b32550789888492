"""Pages say what the app says, in both languages."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest

from asknext.core.protocols import Moment
from asknext.evaluation.speech import CATALOGUE, Speech, catalogue, number, percent
from asknext.stopping.budget import Budget
from asknext.stopping.compose import all_of
from asknext.stopping.patience import Patience
from asknext.stopping.stable import StablePredictions
from asknext.stopping.target import Target

STATIC = Path(str(files("asknext.server") / "static"))
CHINESE = re.compile(r"[\u3400-\u9fff]")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_the_app_says_too_is_said_in_its_words(lang: str) -> None:
    app = json.loads((STATIC / "i18n" / f"{lang}.json").read_text(encoding="utf-8"))
    own = {key for key in catalogue(lang) if key.startswith("note.")}
    assert {key: app.get(key) for key in catalogue(lang).keys() - own} == {
        key: text for key, text in catalogue(lang).items() if key not in own
    }


def test_reasons_are_understood_as_the_app_does() -> None:
    script = (STATIC / "js" / "sentences.js").read_text(encoding="utf-8")
    app = [json.loads(line) for line in re.findall(r'^  (\[".*"\]),$', script, re.MULTILINE)]
    ours = json.loads((CATALOGUE / "sentences.json").read_text(encoding="utf-8"))
    assert ours
    assert ours == [pair for pair in app if pair in ours], "the same sentences in the same order"
    assert {f"said.{key}" for key, _ in ours} <= catalogue("en").keys()


def test_both_languages_have_the_same_entries_and_places() -> None:
    assert catalogue("en").keys() == catalogue("zh").keys()
    for key, english in catalogue("en").items():
        places = [set(re.findall(r"{\w+}", text)) for text in (english, catalogue("zh")[key])]
        assert places[0] == places[1] or key.startswith("said."), key
        assert not CHINESE.search(english), key
        assert CHINESE.search(catalogue("zh")[key]) or key in ("evidence.half", "said.joined"), key


def test_reasons_of_stop_rules_are_said_in_chinese() -> None:
    history = [Moment(answers=12 + i, estimate=0.7, low=0.6, high=0.8, n=30) for i in range(3)]
    rules = [
        Budget(answers=50),
        Budget(answers=5, minutes=1000),
        Target(quality=0.9),
        StablePredictions(),
        Patience(rule="target", arguments={"quality": 0.8}, times=2),
        all_of(Budget(answers=50), Target(quality=0.9)),
    ]
    for rule in rules:
        reason = rule.judge(history).reason
        assert CHINESE.search(Speech("zh").said(reason)), reason
    assert Speech("zh").said("No rule of ours says this.") == "No rule of ours says this."


def test_plural_and_numbers_are_those_of_the_app() -> None:
    say = Speech("en")
    assert say("found.since", count=1) == "1 answer has come since."
    assert say("found.since", count=1200) == "1,200 answers have come since."
    assert [percent(share) for share in (0.625, 0.375, 1.0, 0.004)] == ["63%", "38%", "100%", "0%"]
    assert [number(value) for value in (-0.4, 2.5, -2.6)] == ["0", "3", "-3"]
