"""Token uncertainty: against loops over tokens, with ties, empty texts and texts of one token."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from asknext.core.batch import Ragged
from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies import runs as kernel
from asknext.strategies.sequences.tokens import (
    EntityTokenMargin,
    TokenEntropy,
    TokenEntropyMax,
    TokenEntropyTop,
    TokenMargin,
    TokenMarginTop,
)

TAGS = ("O", "PER", "地点")


def entropy(p):
    return -sum(x * log(x) for x in p if x > 0)


def unsure(p):
    first, second = sorted(p)[-2:][::-1] if len(p) > 1 else (p[0], p[0])
    return 1 - (first - second)


def mean(values):
    return sum(values) / len(values) if values else 0.0


def top(values, most=3):
    return mean(sorted(values)[-most:])


def entity(text):
    found = []
    for p in text:
        inside = max(range(len(p)), key=lambda i: p[i]) != 0 or 1 - p[0] > 0.2
        found.append(unsure(p) if inside else 0.0)
    return top(found)


SLOW = {
    TokenEntropy: lambda text: mean([entropy(p) for p in text]),
    TokenEntropyMax: lambda text: max([entropy(p) for p in text], default=0.0),
    TokenEntropyTop: lambda text: top([entropy(p) for p in text]),
    TokenMargin: lambda text: mean([unsure(p) for p in text]),
    TokenMarginTop: lambda text: top([unsure(p) for p in text]),
    EntityTokenMargin: entity,
}
each = pytest.mark.parametrize("strategy", SLOW, ids=lambda s: s.name)


def make_texts(seed, n=25, tags=3):
    """Texts of 0 to 7 tokens; probabilities are eighths, so there are many ties."""
    rng = generator(seed, "texts")
    return [rng.multinomial(8, rng.dirichlet(np.ones(tags)), rng.integers(8)) / 8 for _ in range(n)]


def make_view(texts, classes=TAGS, kind=float):
    shaped = [np.asarray(text, kind).reshape(-1, len(classes)) for text in texts]
    names = [f"text {i}" for i in range(len(texts))]
    return View(names, arrays={"token_proba": Ragged.of(shaped)}, classes=classes)


@each
@pytest.mark.parametrize("seed", range(12))
def test_picks_are_those_of_loops_over_tokens(strategy, seed, assert_ranked):
    texts = make_texts(seed)
    slow = [SLOW[strategy](text.tolist()) for text in texts]
    assert_ranked(strategy(), make_view(texts), slow, seed=seed)


@each
def test_kind_of_number_and_block_do_not_change_the_picks(strategy, monkeypatch):
    texts = make_texts(3, n=60)  # eighths are exact in float16
    expected = strategy().select(make_view(texts), 60, generator(1)).ids
    for kind in (np.float16, np.float32):
        assert strategy().select(make_view(texts, kind=kind), 60, generator(1)).ids == expected
    monkeypatch.setattr("asknext.strategies.sequences.tokens.BLOCK", 7)
    monkeypatch.setattr(kernel, "BLOCK", 7)
    monkeypatch.setattr(kernel.by_length, "__defaults__", (5,))
    assert strategy().select(make_view(texts), 60, generator(1)).ids == expected


def test_more_tokens_than_a_text_has_is_the_mean():
    view = make_view(make_texts(5))
    whole = TokenMarginTop(tokens=99).score(view)
    assert whole.tolist() == pytest.approx(TokenMargin().score(view).tolist())
    assert TokenEntropyTop(tokens=1).score(view).tolist() == TokenEntropyMax().score(view).tolist()


def test_a_long_text_dilutes_the_mean_and_not_the_top():
    sure, torn = [1.0, 0.0, 0.0], [0.4, 0.3, 0.3]
    view = make_view([[torn] * 3 + [sure] * 40, [[0.7, 0.2, 0.1]] * 3])
    assert TokenMargin().select(view, 1, generator(0)).ids == ["text 1"]
    assert TokenMarginTop().select(view, 1, generator(0)).ids == ["text 0"]


def test_texts_without_entities_come_after_those_with_one():
    plain = [[0.85, 0.1, 0.05]] * 9
    named = [[0.99, 0.01, 0.0]] * 9 + [[0.1, 0.8, 0.1]]
    view = make_view([plain, named])
    assert TokenMarginTop().select(view, 1, generator(0)).ids == ["text 0"]
    assert EntityTokenMargin().select(view, 1, generator(0)).ids == ["text 1"]
    # The floor lets the tokens of the first text in again.
    assert EntityTokenMargin(floor=0.1).select(view, 1, generator(0)).ids == ["text 0"]


@pytest.mark.parametrize("classes", [("NOUN", "VERB", "ADJ"), ("O", "PER")])
def test_every_token_counts_where_no_tag_is_known_as_outside(classes):
    texts = make_texts(8)
    view = make_view(texts)
    view.classes = classes
    expected = TokenMarginTop().score(view).tolist()
    assert EntityTokenMargin().score(view).tolist() == expected


def test_one_tag_is_all_ties():
    view = make_view([[[1.0]], [[1.0]] * 3, [[1.0]] * 2], classes=("O",))
    firsts = {TokenEntropy().select(view, 1, generator(s)).ids[0] for s in range(60)}
    assert firsts == set(view.candidates)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_names_its_text(bad):
    texts = [text.copy() for text in make_texts(4)]
    row = next(i for i, text in enumerate(texts) if i > 9 and len(text))
    texts[row][-1, 2] = bad
    with pytest.raises(InvalidInput, match=f"token_proba holds NaN .* first for 'text {row}'"):
        TokenMargin().select(make_view(texts), 1, generator(0))


def test_wrong_shapes_are_refused():
    view = View([1, 2], arrays={"token_proba": np.ones((2, 3))})
    with pytest.raises(InvalidInput, match=r"must be Ragged with a run .* 2 candidates.*ndarray"):
        TokenMargin().select(view, 1, generator(0))
    view = View([1, 2], arrays={"token_proba": Ragged.of([np.ones((2, 3))])})
    with pytest.raises(InvalidInput, match="given: 1 runs"):
        TokenMargin().select(view, 1, generator(0))
    view = View([1], arrays={"token_proba": Ragged.of([np.ones(3)])})
    with pytest.raises(InvalidInput, match=r"rows of shape \(\)"):
        TokenMargin().select(view, 1, generator(0))


@pytest.mark.parametrize("tokens", [0, -1, 1.5, True, "3"])
def test_bad_numbers_of_tokens_are_refused(tokens):
    with pytest.raises(InvalidInput, match="tokens is a whole number, 1 or more; given: "):
        TokenEntropyTop(tokens=tokens)


@pytest.mark.parametrize("floor", [-0.1, 1.0])
def test_a_floor_is_a_probability(floor):
    with pytest.raises(InvalidInput, match=r"floor is a probability in \[0, 1\); given: "):
        EntityTokenMargin(floor=floor)


def test_reasons_give_the_numbers():
    view = make_view([[[0.5, 0.5, 0.0]]])
    reasons = [s().select(view, 1, generator(0)).picks[0].reason for s in (TokenEntropy, *SLOW)]
    assert reasons[0] == "a token is torn between about 2.0 tags on average"
    assert reasons[-1] == "the two likeliest tags of its hardest tokens lie 0% apart"
