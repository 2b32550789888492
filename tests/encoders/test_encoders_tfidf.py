from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asknext.core.errors import InvalidInput, NotReady
from asknext.core.examples import Example, text_example
from asknext.encoders.tfidf import Tfidf
from asknext.testing.encoders import EXAMPLES, check_encoder

SMALL = [
    text_example(text)
    for text in (
        "the card was declined at the shop",
        "my card is declined again",
        "where is my parcel",
        "the parcel never came",
        "酒店的房间很干净",
        "房间不干净,酒店很旧",
        "早餐很好吃",
        "早餐不好吃",
    )
]


def test_contract(tmp_path: Path) -> None:
    check_encoder(Tfidf(dims=8).fit(SMALL), tmp_path)


def test_contract_when_fitted_to_strange_texts(tmp_path: Path) -> None:
    check_encoder(Tfidf().fit(EXAMPLES), tmp_path)


def test_neighbours_share_words_in_english_and_chinese() -> None:
    vectors = Tfidf(dims=6).fit(SMALL).encode(SMALL)
    likeness = vectors @ vectors.T - 2 * np.eye(len(SMALL))
    assert likeness.argmax(axis=1).tolist() == [1, 0, 3, 2, 5, 4, 7, 6]


def test_the_same_texts_in_any_order_give_the_same_encoder() -> None:
    mixed = list(SMALL)
    random.Random(1).shuffle(mixed)
    a, b = Tfidf(dims=4).fit(SMALL), Tfidf(dims=4).fit(iter(mixed))
    assert a.revision == b.revision
    assert Tfidf(dims=4).fit(SMALL[:-1]).revision != a.revision
    np.testing.assert_array_equal(a.encode(SMALL), b.encode(SMALL))


def test_texts_of_unknown_characters_get_one_fixed_unit_vector() -> None:
    found = Tfidf(dims=4).fit(SMALL).encode([text_example(t) for t in ("", "??", "ΩΩΩ")])
    assert found[0].tolist() == [1, 0, 0, 0]
    np.testing.assert_array_equal(found[1], found[2])


def test_only_empty_texts_can_be_fitted() -> None:
    encoder = Tfidf().fit([text_example(""), text_example("!")])
    assert encoder.encode([text_example("anything")]).shape == (1, encoder.dim)


def test_one_text_and_none() -> None:
    assert Tfidf().fit([text_example("one text")]).dim == 1
    with pytest.raises(InvalidInput, match="there are none yet"):
        Tfidf().fit([])
    with pytest.raises(NotReady, match="call fit first"):
        Tfidf().encode([text_example("x")])
    with pytest.raises(InvalidInput, match="at least 1"):
        Tfidf(dims=0)


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    encoder = Tfidf(dims=4).fit(SMALL)
    encoder.save(tmp_path)
    path = next(tmp_path.glob("*.npz"))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InvalidInput, match="cannot be read"):
        Tfidf.load(tmp_path).encode(SMALL)
    with np.load(path := _rewritten(path, whole)) as found:
        arrays = dict(found)
    arrays["components"][0, 0] += 0.001
    np.savez(path, **arrays)
    with pytest.raises(InvalidInput, match="is damaged"):
        Tfidf.load(tmp_path).encode(SMALL)
    path.unlink()
    with pytest.raises(InvalidInput, match="cannot be read"):
        Tfidf.load(tmp_path).encode(SMALL)
    (tmp_path / "encoder.json").write_text("[]")
    with pytest.raises(InvalidInput, match="names no encoder"):
        Tfidf.load(tmp_path)


def _rewritten(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_nothing_saved_is_a_pickle(tmp_path: Path) -> None:
    Tfidf(dims=4).fit(SMALL).save(tmp_path)
    assert json.loads((tmp_path / "encoder.json").read_text())["encoder"] == "tfidf"
    with np.load(next(tmp_path.glob("*.npz")), allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays.files)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "floor"), [("thucnews_titles", 0.62), ("chnsenticorp_hotel", 0.78), ("trec6", 0.68)]
)
def test_real_texts_can_be_told_apart_with_300_labels(
    shared_rows: Callable[..., list[dict[str, Any]]], name: str, floor: float
) -> None:
    from sklearn.linear_model import LogisticRegression

    train, test = shared_rows(name)[:3000], shared_rows(name, "test")[:500]
    examples = [text_example(row["text"]) for row in train]
    encoder = Tfidf().fit(examples)
    head = LogisticRegression(C=30, max_iter=500)
    head.fit(encoder.encode(examples[:300]), [str(row["label"]) for row in train[:300]])
    found = head.predict(encoder.encode([text_example(row["text"]) for row in test]))
    assert np.mean(found == [str(row["label"]) for row in test]) >= floor


def test_pairs_count_as_one_text() -> None:
    encoder = Tfidf(dims=4).fit(SMALL)
    pair = Example(id="p", fields={"text": "my card", "text_pair": "the parcel"})
    joined = text_example("my card\nthe parcel")
    np.testing.assert_array_equal(encoder.encode([pair]), encoder.encode([joined]))
