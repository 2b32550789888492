"""The page of errors: whole, self-contained, nothing that people wrote is HTML."""

from __future__ import annotations

import re

import numpy as np
import pytest

from asknext.core import registry
from asknext.core.tasks import Generation
from asknext.evaluation.errors.evidence import Evidence, Opinion
from asknext.evaluation.errors.page import WORDS, errors_page
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
