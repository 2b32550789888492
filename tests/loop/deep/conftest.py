"""A tiny language model, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.loop.deep.world import tiny_bert


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("transformers", reason="needs the extra 'hf'")
    return tiny_bert(tmp_path_factory.mktemp("tiny") / "base")
