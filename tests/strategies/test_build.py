"""The written form of a strategy: names, settings, wrappers, and what cannot be read."""

from __future__ import annotations

import pytest

from asknext.core.errors import InvalidInput, NotFound
from asknext.strategies.build import build, split
from asknext.strategies.uncertainty.classes import Margin
from asknext.strategies.wrappers.guard import NearDuplicateGuard


def test_a_name_is_the_strategy_with_its_defaults():
    assert isinstance(build("margin"), Margin)
    assert build("least-confidence").name == "least_confidence"


def test_a_wrapper_takes_a_strategy_and_settings():
    made = build("guarded(margin, threshold=0.9)")
    assert isinstance(made, NearDuplicateGuard)
    assert isinstance(made.strategy, Margin)
    assert made.threshold == 0.9


@pytest.mark.parametrize(
    ("spec", "error", "message"),
    [
        ("magic", NotFound, "no strategy named 'magic'"),
        ("guarded(magic)", NotFound, "no strategy named 'magic'"),
        ("guarded", InvalidInput, r"write guarded\(margin\)"),
        ("margin(entropy)", InvalidInput, "margin takes no strategy inside; these do: .*guarded"),
        ("margin(beta=2)", InvalidInput, "margin cannot be made with the settings beta"),
        ("margin(", InvalidInput, "is no strategy; write a name"),
        ("__import__('os')", InvalidInput, "is no strategy"),
        ("margin.score", InvalidInput, "is no strategy"),
        ("guarded(margin, threshold=open('x'))", InvalidInput, "is no strategy"),
        ("", InvalidInput, "is no strategy"),
    ],
)
def test_what_cannot_be_read_says_so(spec, error, message):
    with pytest.raises(error, match=message):
        build(spec)


def test_commas_inside_brackets_do_not_split():
    assert split("random,guarded(margin, threshold=0.9), auto") == [
        "random",
        "guarded(margin, threshold=0.9)",
        "auto",
    ]
