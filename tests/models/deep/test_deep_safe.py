"""Nothing that is loaded can run code: weights in safetensors only, never a model's own Python."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asknext.core.errors import InvalidInput, Unsupported
from asknext.encoders.huggingface import HuggingFace
from asknext.models.deep.base import find_base, load_module
from tests.models.deep.conftest import need

pytestmark = pytest.mark.slow
need("transformers", "hf")

Change = Callable[..., Path]


@pytest.fixture
def changed(small_base: Path, tmp_path: Path) -> Change:
    """Copy the small base with other words in its configuration."""

    def change(**words: Any) -> Path:
        folder = tmp_path / "base"
        shutil.copytree(small_base, folder)
        path = folder / "config.json"
        config = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**config, **words}), encoding="utf-8")
        (folder / "modeling_own.py").write_text(
            f"open({str(tmp_path / 'ran')!r}, 'w').close()", encoding="utf-8"
        )
        return folder

    return change


AUTO_MAP = {
    "AutoConfig": "modeling_own.Config",
    "AutoModelForSequenceClassification": "modeling_own.Model",
}


def test_pickled_weights_are_refused(changed: Change) -> None:
    import torch

    folder = changed()
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    for load in (lambda: find_base(str(folder)), lambda: HuggingFace(str(folder))):
        with pytest.raises(InvalidInput, match=r"no \*\.safetensors.*can run code"):
            load()
    with pytest.raises(OSError, match="safetensors"):
        load_module(folder, "AutoModelForSequenceClassification")


def test_a_model_that_is_code_is_refused_and_not_run(changed: Change) -> None:
    folder = changed(model_type="own", auto_map=AUTO_MAP)
    for load in (lambda: find_base(str(folder)), lambda: HuggingFace(str(folder))):
        with pytest.raises(Unsupported, match="never runs; choose a model of a type"):
            load()
    assert not (folder.parent / "ran").exists()


def test_code_beside_a_known_model_is_not_run(changed: Change) -> None:
    folder = changed(auto_map=AUTO_MAP)
    base = find_base(str(folder))
    module = load_module(base.folder, "AutoModelForSequenceClassification")
    assert type(module).__name__ == "BertForSequenceClassification"
    assert not (folder.parent / "ran").exists()


def test_the_revision_names_the_files_as_they_are(small_base: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(small_base, tmp_path / "copy")
    assert find_base(str(folder)).revision == find_base(str(small_base)).revision
    path = folder / "config.json"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert find_base(str(folder)).revision != find_base(str(small_base)).revision
