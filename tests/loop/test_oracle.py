"""The oracle of a simulation: known answers, a share of wrong ones, and what they take."""

from __future__ import annotations

import pytest

from asknext.core.errors import InvalidInput
from asknext.core.examples import Example
from asknext.core.tasks import Classification, Generation, MultiLabel, Regression, Tagging
from asknext.loop.oracle import NO_TIME, Effort, Oracle

SPAN = {"start": 0, "end": 4, "label": "a"}
TASKS = [
    (Classification(("a", "b", "c")), "a"),
    (MultiLabel(("a", "b", "c")), ["a"]),
    (Regression(0.0, 5.0), 2.0),
    (Tagging(("a",)), [SPAN]),
]


def asked(n: int, gold: object) -> list[Example]:
    return [Example(f"e{i}", {"text": f"text number {i}"}, gold=gold) for i in range(n)]


@pytest.mark.parametrize(("task", "gold"), TASKS, ids=lambda x: getattr(x, "kind", ""))
def test_a_share_of_the_answers_is_wrong_and_all_are_valid(task, gold):
    examples = asked(400, gold)
    oracle = Oracle(task, examples, noise=0.2, effort=NO_TIME, seed=3)
    said = [oracle.answer(one.id) for one in examples]
    for value, one in zip(said, examples, strict=True):
        task.validate(value, one.fields)
    wrong = [value for value in said if value != gold]
    assert 55 <= len(wrong) <= 105  # 400 draws of 0.2, four standard deviations
    again = Oracle(task, examples[::-1], noise=0.2, effort=NO_TIME, seed=3)
    assert [again.answer(one.id) for one in examples] == said


def test_seeds_err_elsewhere_and_without_noise_nobody_errs():
    task, examples = Classification(("a", "b")), asked(200, "a")
    one, two, none = (
        [oracle.answer(example.id) for example in examples]
        for oracle in (
            Oracle(task, examples, noise=noise, effort=NO_TIME, seed=seed)
            for noise, seed in ((0.3, 0), (0.3, 1), (0.0, 0))
        )
    )
    assert one != two
    assert none == ["a"] * 200


def test_long_texts_take_longer_and_chinese_characters_count():
    effort = Effort(answer=3.0, word=0.5)
    assert effort.seconds("one, two — three") == pytest.approx(4.5)
    assert effort.seconds("房间 很大 wifi") == pytest.approx(5.5)
    assert Effort().seconds("one two") is None


@pytest.mark.parametrize("noise", [-0.1, 1.0, float("nan")])
def test_impossible_shares_are_refused(noise):
    with pytest.raises(InvalidInput, match="0 up to 1"):
        Oracle(Classification(("a", "b")), [], noise=noise, effort=NO_TIME, seed=0)


def test_noise_needs_a_notion_of_a_wrong_answer():
    with pytest.raises(InvalidInput, match="generation"):
        Oracle(Generation(), [], noise=0.1, effort=NO_TIME, seed=0)


def test_negative_seconds_are_refused():
    with pytest.raises(InvalidInput, match="0 or more"):
        Effort(answer=-1.0)
