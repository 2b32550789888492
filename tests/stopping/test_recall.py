"""The recall certificate: its bound is exact, and holds as often as it says, however often seen."""

from __future__ import annotations

from math import nan

import numpy as np
import pytest
from scipy.stats import hypergeom

from asknext.core.errors import InvalidInput
from asknext.core.protocols import Moment
from asknext.core.seeds import generator
from asknext.stopping.recall import Recall, chao, look_of, upper_count

POOL, MANY, LEVEL = 2000, 120, 0.9


def drawn_positives(seed):
    """How many of the label are among the first n of a random order, n = 0 … POOL."""
    has = np.arange(POOL) < MANY
    return np.concatenate([[0], np.cumsum(generator(seed, "order").permutation(has))])


def reviewed(counts, seed):
    """A review: a tenth of the answers are random, the rest finds ever fewer of the label."""
    rng = generator(seed, "finds")
    found, history = 0, []
    for drawn in range(20, 1000, 40):
        found = max(found, int(counts[drawn]), int(rng.binomial(MANY, min(drawn / 500, 0.97))))
        pairs = {"spam": (found, int(counts[drawn])), "ham": (0, 0)}
        history.append(Moment(drawn + 400, searched=POOL, drawn=drawn, found=pairs))
    return history


@pytest.mark.parametrize(
    ("among", "drawn", "searched", "level"), [(3, 60, 400, 0.9), (0, 50, 51, 0.95), (7, 9, 30, 0.5)]
)
def test_the_bound_is_the_largest_number_that_is_not_refused(among, drawn, searched, level):
    possible = range(among, searched - (drawn - among) + 1)
    kept = [n for n in possible if hypergeom.cdf(among, searched, n, drawn) > 1 - level]
    assert upper_count(among, drawn, searched, level) == max(kept)


@pytest.mark.parametrize("drawn", [50, 400])
def test_coverage_of_one_bound(drawn):
    counts = [int(drawn_positives(seed)[drawn]) for seed in range(200)]
    held = np.mean([upper_count(k, drawn, POOL, LEVEL) >= MANY for k in counts])
    assert 0.87 < held < 0.98  # at least the level, up to chance; exact bounds are a little wide


def test_coverage_of_all_verdicts_of_a_review():
    rule, wrong, stops = Recall(label="spam", recall=0.7, level=LEVEL), 0, 0
    for seed in range(100):
        history = reviewed(drawn_positives(seed), seed)
        verdicts = [rule.judge(history[:n]) for n in range(1, len(history) + 1)]
        certified = [v.numbers for v in verdicts if "least" in v.numbers]
        wrong += any(n["least"] > n["found"] / MANY for n in certified)
        stops += verdicts[-1].stop
    assert wrong / 100 <= 0.1
    assert stops / 100 > 0.5  # not by never saying anything


def test_looking_again_and_again_needs_the_correction():
    """The same bound every 50 draws is passed far more often than it says."""
    wrong = 0
    for seed in range(40):
        counts = drawn_positives(seed)
        bounds = [upper_count(int(counts[n]), n, POOL, LEVEL) for n in range(50, 1000, 50)]
        wrong += min(bounds) < MANY
    assert wrong / 40 > 0.15


def moment(found, among, drawn=900, searched=1000, **more):
    pairs = {"spam": (found, among), "ham": (500, 400)}
    return Moment(900, searched=searched, drawn=drawn, found=pairs, **more)


def test_it_states_its_numbers():
    verdict = Recall(recall=0.8).judge([moment(45, 40, seen={"spam": (6, 4)})])
    assert verdict.stop
    least = upper_count(40, 900, 1000, 1 - 0.05 / (5 * 6))
    assert verdict.reason == (
        f"Nearly all examples with “spam” are found: 45 of at most {least}, a recall of "
        f"{4500 / least:.1f}% or more with 95 % confidence, at least the 80% asked for; 900 random "
        "examples, 40 of them with the label, say so."
    )
    assert verdict.numbers["chao"] == 48.0 == chao(45, 6, 4)
    assert verdict.numbers["expected"] == pytest.approx(1000 * 40 / 900)


def test_what_is_found_between_two_looks_counts():
    early = moment(30, 12, drawn=200)
    rule = Recall(recall=0.1)
    before, after = rule.judge([early]), rule.judge([early, moment(60, 20, drawn=390)])
    assert after.numbers["most"] == before.numbers["most"]
    assert after.numbers["least"] == pytest.approx(2 * before.numbers["least"])


def test_a_pool_that_grew_starts_anew():
    rule = Recall(recall=0.5)
    history = [moment(45, 40), moment(45, 1, drawn=60, searched=5000)]
    assert rule.judge(history[:1]).stop
    assert not rule.judge(history).stop
    assert rule.judge(history).numbers["most"] > 100


def test_a_skip_is_no_new_pool_and_buys_no_second_look():
    """One text fewer, then one more: the first look stands, and the text may have the label."""
    rule = Recall(recall=0.5)
    first = moment(45, 2, drawn=60, searched=999, pool=1000)
    lucky = moment(45, 0, drawn=70, searched=1000, pool=1000)
    most = rule.judge([first]).numbers["most"]
    assert rule.judge([first, lucky]).numbers["most"] == most + 1
    assert rule.judge([lucky]).numbers["most"] < most
    again = [first, lucky, moment(45, 0, drawn=70, searched=990, pool=1000)]
    assert rule.judge(again).numbers["most"] == most + 1


def test_an_import_is_a_new_pool_however_much_is_skipped():
    rule = Recall(recall=0.5)
    old, new = (moment(45, 40, pool=1000), moment(45, 1, drawn=60, searched=990, pool=1010))
    assert rule.judge([old, new]).numbers["most"] == rule.judge([new]).numbers["most"]


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        ([], "0 labels have been found"),
        ([Moment(90)], "0 labels have been found"),
        ([Moment(90, drawn=nan, found={"a": (1, 0)})], "0 labels have been found"),
        (
            [Moment(9, drawn=3, searched=9, found=dict.fromkeys("abc", (1, 0)))],
            "3 labels have been",
        ),
        ([moment(5, 1, drawn=49)], "5 examples with “spam” are found, and 49 random examples"),
        ([moment(0, 0)], "0 examples with “spam” are found, and 900 random examples"),
    ],
)
def test_it_says_what_is_missing(history, reason):
    verdict = Recall().judge(history)
    assert not verdict.stop
    assert verdict.reason.startswith(reason)


def test_looks_wait_for_twice_as_many():
    assert [n for n in range(1, 1000) if look_of(n) > look_of(n - 1)] == [50, 100, 200, 400, 800]


@pytest.mark.parametrize("wrong", [{"recall": 1.0}, {"recall": 0.0}, {"level": nan}])
def test_recall_refuses_what_makes_no_sense(wrong):
    with pytest.raises(InvalidInput, match="between 0 and 1"):
        Recall(**wrong)


def test_chao_leans_low_and_not_far_where_all_are_alike():
    rng = generator(0, "captures")
    found = rng.binomial(3, 0.5, size=(400, 100))
    estimates = [
        chao(int((row > 0).sum()), int((row == 1).sum()), int((row == 2).sum())) for row in found
    ]
    plain = (found > 0).sum(axis=1).mean()
    assert plain == pytest.approx(87.5, abs=0.5)
    assert 97 < np.mean(estimates) < 109
