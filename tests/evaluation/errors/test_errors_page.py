"""The page of errors: whole, self-contained, nothing that people wrote is HTML."""

from __future__ import annotations

import re
from html import escape

import numpy as np
import pytest

from asknext.core import registry
from asknext.core.tasks import Generation, Regression
from asknext.evaluation.errors.evidence import Evidence, Opinion
from asknext.evaluation.errors.page import WORDS, errors_page
from asknext.evaluation.speech import Speech
from tests.evaluation.errors.making import evidence

KINDS = [name for name in registry.BUILT_IN["error_list"] if name != "label_errors"]


def page(made: Evidence, lang: str = "en") -> str:
    found = {
        "labelled": len(made),
        "judged": {"before": {"n": 1}, "out_of_fold": {"n": len(made) - 1}},
        "unjudged": 0,
        "lists": [registry.get("error_list", name)(made) for name in KINDS],
    }
    return errors_page(found, "<mail>", lang)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_list_is_on_it_and_texts_are_escaped(lang: str) -> None:
    score = np.array([0.0] * 20 + [1.0] * 40)
    texts = ["<script>alert('退款')</script>"] * 20 + ["good"] * 40
    said = [[Opinion("ann", "a"), Opinion("<b>", "b")], *([[Opinion("ann", "a")]] * 59)]
    made = evidence(
        score, texts=texts, said=said, actual=["a"] * 59 + ["b"], near=np.zeros(60, int)
    )
    shown = page(made, lang)
    for kind in KINDS:
        assert WORDS[lang][kind] in shown
        hint = escape(Speech(lang)(f"errors.{kind}-hint"))
        assert f'<h2>{WORDS[lang][kind]}</h2><p class="note">{hint}</p>' in shown
    assert "<script" not in shown
    assert "&lt;script&gt;alert(&#x27;退款&#x27;)" in shown
    assert "ann: a, &lt;b&gt;: b" in shown
    assert not re.search(r"(src|href)=", shown)
    assert "100.0%" in shown, "all texts with this word are wrong"


def test_differences_are_marked() -> None:
    made = evidence([0.5], task=Generation(), actual=["a red car"], predicted=["a blue car"])
    assert "a <del>red</del><ins>blue</ins> car" in page(made)


def test_both_languages_say_the_same() -> None:
    assert set(WORDS["en"]) == set(WORDS["zh"])


def test_numbers_are_shown_as_they_are_with_how_far_off_they_are() -> None:
    task = Regression(low=0, high=10)
    shown = page(evidence([0.55], task=task, actual=[3.5], predicted=[8.0]))
    assert "<td>+4.5</td><td>3.5</td><td>8.0</td>" in shown
    assert "350" not in shown


@pytest.mark.parametrize(
    ("lang", "hard", "waver"), [("en", "hard", "ambiguous"), ("zh", "难学", "摇摆")]
)
def test_of_each_region_some_are_shown(lang: str, hard: str, waver: str) -> None:
    steady, unsure = np.full((2, 140), 0.1), np.array([[0.1], [0.9]]).repeat(70, axis=1)
    shown = page(evidence([0.0] * 210, stages=np.hstack([steady, unsure])), lang)
    assert (shown.count(f"<td>{hard}</td>"), shown.count(f"<td>{waver}</td>")) == (50, 50)


def test_what_could_not_be_made_says_why_and_q_what_it_is() -> None:
    shown = page(evidence([1.0] * 5))
    assert "needs the predictions of two successive models at least" in shown
    assert WORDS["en"]["explained"] not in shown
    texts = ["refund"] * 20 + ["good"] * 40
    shown = page(evidence([0.0] * 20 + [1.0] * 40, texts=texts))
    assert WORDS["en"]["explained"] in shown


def test_types_of_error_are_shown_in_chinese() -> None:
    made = evidence([0.5], task=Generation(), actual=["a red car"], predicted=[""])
    assert "<td>空</td>" in page(made, "zh")
