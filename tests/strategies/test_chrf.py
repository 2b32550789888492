"""chrF: against sacreBLEU's numbers and against a loop over all runs of characters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asknext.strategies.generation.chrf import chrf, disagreement

# guess, truth, and what sacreBLEU 2 gives (CHRF().sentence_score / 100), both ways
KNOWN = [
    ("the cat sat on the mat", "a cat sat on a mat", 0.5511170308673565, 0.45654498288000467),
    ("退款还没有到", "退款没到账", 0.20147601476014765, 0.1796052631578947),
    ("ab", "abc", 0.6363636363636362, 0.8749999999999999),
    ("a", "a", 1.0, 1.0),
    ("hello", "world", 0.08, 0.08),
    ("x", "abcdefg", 0.0, 0.0),
]


@pytest.mark.parametrize(("guess", "truth", "score", "back"), KNOWN)
def test_scores_are_those_of_sacrebleu(guess, truth, score, back):
    assert chrf(guess, truth) == pytest.approx(score)
    assert chrf(truth, guess) == pytest.approx(back)


def slow_chrf(guess, truth):
    guess, truth = ("".join(text.split()) for text in (guess, truth))
    precisions, recalls = [], []
    for size in range(1, 7):
        mine = [guess[i : i + size] for i in range(len(guess) - size + 1)]
        theirs = [truth[i : i + size] for i in range(len(truth) - size + 1)]
        if not mine or not theirs:
            continue
        left, same = list(theirs), 0
        for gram in mine:
            if gram in left:
                left.remove(gram)
                same += 1
        precisions.append(same / len(mine))
        recalls.append(same / len(theirs))
    if not precisions or not sum(precisions):
        return 0.0
    p, r = np.mean(precisions), np.mean(recalls)
    return 5 * p * r / (4 * p + r)


texts = st.text("ab 退款", max_size=12)


@given(guess=texts, truth=texts)
@settings(max_examples=200, deadline=None)
def test_scores_are_those_of_a_loop(guess, truth):
    expected = 1.0 if guess == truth else slow_chrf(guess, truth)
    assert chrf(guess, truth) == pytest.approx(expected)


@given(samples=st.lists(texts, max_size=4))
@settings(max_examples=50, deadline=None)
def test_disagreement_is_the_mean_over_ordered_pairs(samples):
    pairs = [(a, b) for i, a in enumerate(samples) for j, b in enumerate(samples) if i != j]
    expected = np.mean([(1 - chrf(a, b)) ** 2 for a, b in pairs]) if pairs else 0.0
    assert disagreement(samples) == pytest.approx(float(expected))
    assert disagreement(samples[::-1]) == pytest.approx(float(expected))


def test_equal_texts_agree_even_when_empty():
    assert chrf("", "") == 1.0
    assert disagreement(["", "", ""]) == 0.0
    assert disagreement(["one"]) == 0.0
    assert chrf("", "some") == 0.0
