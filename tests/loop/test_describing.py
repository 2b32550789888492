"""What is expected of an answer's time follows the length of the text once there is evidence."""

from __future__ import annotations

import numpy as np
import pytest

from asknext.core.seeds import generator
from asknext.loop.describing import ENOUGH, expected_seconds, texts_of


def test_seconds_follow_a_power_of_the_length():
    rng = generator(0, "pace")
    lengths = rng.integers(10, 500, 200).astype(float)
    seconds = 0.5 * lengths**0.7 * np.exp(0.1 * rng.standard_normal(200))
    found = expected_seconds(np.array([20.0, 200.0]), lengths, seconds)
    assert found == pytest.approx([0.5 * 20**0.7, 0.5 * 200**0.7], rel=0.1)


@pytest.mark.parametrize("timed", [0, 1, ENOUGH - 1])
def test_without_evidence_all_take_the_same(timed):
    seconds = np.arange(1.0, timed + 1)
    found = expected_seconds(np.array([5.0, 500.0]), 10 * seconds, seconds)
    assert found[0] == found[1] == (np.median(seconds) if timed else 1.0)


def test_equal_lengths_say_nothing():
    seconds = np.arange(1.0, 41.0)
    assert expected_seconds(np.array([9.0]), np.full(40, 7.0), seconds).tolist() == [20.5]


def test_texts_come_in_the_order_asked(loop):
    ids = list(loop.gold)[:3][::-1]
    texts = texts_of(loop.store, loop.session.project, ids)
    found = loop.store.examples(loop.session.project, ids)
    assert texts.tolist() == [found[example].text for example in ids]
