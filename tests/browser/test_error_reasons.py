"""What annotators are told of questions that come from a list of errors is known in Chinese."""

from __future__ import annotations

from asknext.core import registry
from asknext.loop.asking import LOOK, WANTED_FOR
from tests.browser.test_reasons import left_in_english


def test_every_list_of_errors_says_why_it_asks_in_chinese() -> None:
    assert set(WANTED_FOR) == set(registry.BUILT_IN["error_list"])
    assert left_in_english({LOOK, *WANTED_FOR.values()}) == {}
