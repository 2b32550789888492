from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from asknext.core.errors import InvalidInput, NotFound, Unsupported
from asknext.core.examples import text_example
from asknext.encoders.batching import batches
from asknext.encoders.files import Facts, checked_layers, folder_digest, read_facts
from asknext.encoders.huggingface import HuggingFace
from asknext.encoders.precision import checked_precision, fastest_precision
from asknext.testing.encoders import EXAMPLES, TEXTS, check_encoder

pytestmark = pytest.mark.slow  # torch alone takes seconds to load

Make = Callable[..., Path]


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a BERT with random weights: 3 layers, 32 columns, single characters."""
    torch = pytest.importorskip("torch", reason="needs the extra 'hf'")
    transformers = pytest.importorskip("transformers", reason="needs the extra 'hf'")
    folder = tmp_path_factory.mktemp("tiny-bert")
    letters = "abcdefghijklmnopqrstuvwxyz0123456789?,.房间很干净长"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{c}" for c in letters)]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
        initializer_range=0.5,
    )
    transformers.BertModel(config).save_pretrained(folder)
    transformers.BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


@pytest.fixture
def copy(tiny_bert: Path, tmp_path: Path) -> Make:
    """Copy the tiny model and put JSON files beside it."""

    def make(name: str = "model", **files: Any) -> Path:
        folder = tmp_path / name
        shutil.copytree(tiny_bert, folder)
        for file, content in files.items():
            path = folder / f"{file.replace('__', '/')}.json"
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(content), encoding="utf-8")
        return folder

    return make


def _slow_twin(folder: Path, texts: list[str], layer: int, pooling: str) -> Any:
    """One text at a time, straight from the library: no batches, no padding."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder)
    rows = []
    for text in texts:
        ids = tokenizer(text, truncation=True, max_length=64, return_tensors="pt")
        with torch.no_grad():
            hidden = model.eval()(**ids, output_hidden_states=True).hidden_states[layer][0]
        at = {"mean": hidden.mean(0), "cls": hidden[0], "lasttoken": hidden[-1]}[pooling]
        rows.append((at / at.norm()).numpy())
    return np.stack(rows)


PLAIN = [text for text in TEXTS if "\ud83d" not in text]


def test_any_local_folder_passes_the_contract(tiny_bert: Path, tmp_path: Path) -> None:
    check_encoder(HuggingFace(str(tiny_bert), precision="fp32"), tmp_path)


def test_bf16_passes_the_contract_too(tiny_bert: Path, tmp_path: Path) -> None:
    encoder = HuggingFace(str(tiny_bert), precision="bf16")
    check_encoder(encoder, tmp_path)
    exact = HuggingFace(str(tiny_bert), precision="fp32")
    assert exact.revision != encoder.revision
    cosine = (encoder.encode(EXAMPLES)[:, :32] * exact.encode(EXAMPLES)[:, :32]).sum(axis=1)
    assert cosine.min() > 0.995


def test_blocks_are_the_pooled_layers(tiny_bert: Path) -> None:
    encoder = HuggingFace(str(tiny_bert), layers=(2, 0), precision="fp32")
    assert (encoder.sentence_dim, encoder.dim) == (32, 96)
    found = encoder.encode([text_example(text) for text in PLAIN])
    for block, layer in enumerate((3, 2, 0)):
        twin = _slow_twin(tiny_bert, PLAIN, layer, "mean")
        np.testing.assert_allclose(found[:, 32 * block : 32 * (block + 1)], twin, atol=2e-5)


@pytest.mark.parametrize("mode", ["mean", "cls", "lasttoken"])
@pytest.mark.parametrize("style", ["flags", "named"])
def test_pooling_is_read_from_the_sentence_transformers_files(
    copy: Make, mode: str, style: str
) -> None:
    flag = {"cls": "pooling_mode_cls_token", "mean": "pooling_mode_mean_tokens"}.get(mode)
    flags = {flag or f"pooling_mode_{mode}": True, "pooling_mode_max_tokens": False}
    modules = [
        {"idx": 0, "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    ]
    pooling = flags if style == "flags" else {"pooling_mode": mode}
    folder = copy(modules=modules, **{"1_Pooling__config": pooling})
    encoder = HuggingFace(str(folder), (), precision="fp32")
    assert (encoder.facts.pooling, encoder.dim) == (mode, 32)
    found = encoder.encode([text_example(text) for text in PLAIN])
    np.testing.assert_allclose(found, _slow_twin(folder, PLAIN, 3, mode), atol=2e-5)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"modules": [{"type": "models.Transformer"}, {"type": "models.Dense"}]}, "with Dense"),
        (
            {
                "modules": [{"type": "models.Pooling", "path": "1_Pooling"}],
                "1_Pooling__config": {"pooling_mode_max_tokens": True},
            },
            "by max; allowed: mean, cls, lasttoken",
        ),
        (
            {
                "modules": [{"type": "models.Pooling", "path": "1_Pooling"}],
                "1_Pooling__config": {"pooling_mode": ["cls", "mean"]},
            },
            r"by cls \+ mean",
        ),
        ({"config": {"model_type": "clip"}}, "'clip'.* no hidden_size"),
    ],
)
def test_what_is_not_known_here_is_refused(copy: Make, files: Any, message: str) -> None:
    with pytest.raises(Unsupported, match=message):
        read_facts(copy(**files))


def test_other_weights_than_safetensors_are_refused(copy: Make) -> None:
    folder = copy()
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(InvalidInput, match="loading one can run code"):
        HuggingFace(str(folder))


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"no config\.json with a model_type"):
        HuggingFace(str(tmp_path))
    with pytest.raises(NotFound, match="there is no folder"):
        HuggingFace(str(tmp_path / "absent"))


def test_a_model_that_cannot_be_fetched_says_what_to_type(tmp_path: Path) -> None:
    pytest.importorskip("huggingface_hub", reason="needs the extra 'hf'")
    code = """
from asknext.core.errors import NotFound
from asknext.encoders.huggingface import HuggingFace
for name in ("nobody/no-such-model", "not a name"):
    try:
        HuggingFace(name)
    except NotFound as error:
        print(error)
"""
    # A process of its own, because the hub's library reads its environment at import.
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "PATH": "", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    first, second = run.stdout.strip().splitlines()
    assert "type: hf download nobody/no-such-model" in first
    assert second == "'not a name' is neither a folder nor a model name like 'org/name'"


def test_prefix_is_put_before_every_text(tiny_bert: Path, copy: Make) -> None:
    plain = HuggingFace(str(tiny_bert), precision="fp32")
    asked = HuggingFace(str(tiny_bert), prefix="query: ", precision="fp32")
    assert asked.revision != plain.revision
    wanted = plain.encode([text_example("query: where")])
    np.testing.assert_allclose(asked.encode([text_example("where")]), wanted, atol=1e-6)
    own = {"prompts": {"query": "query: ", "other": "x"}, "default_prompt_name": "query"}
    with_own = HuggingFace(str(copy(config_sentence_transformers=own)), precision="fp32")
    assert with_own.prefix == "query: "


def test_revision_follows_weights_and_settings(copy: Make) -> None:
    folder = copy()
    before = HuggingFace(str(folder), precision="fp32")
    assert HuggingFace(str(folder), precision="fp32").revision == before.revision
    assert HuggingFace(str(folder), (1, 2), precision="fp32").revision != before.revision
    weights = folder / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    assert HuggingFace(str(folder), precision="fp32").revision != before.revision


def test_an_encoder_whose_weights_changed_is_not_loaded_silently(
    copy: Make, tmp_path: Path
) -> None:
    folder = copy()
    HuggingFace(str(folder)).save(tmp_path / "saved")
    with (folder / "tokenizer_config.json").open("a") as file:
        file.write("\n")
    with pytest.raises(InvalidInput, match="its vectors would differ"):
        HuggingFace.load(tmp_path / "saved")


def test_digest_is_the_same_in_another_place(tiny_bert: Path, copy: Make) -> None:
    assert folder_digest(copy("elsewhere")) == folder_digest(tiny_bert)


def test_long_texts_are_cut_where_the_model_says(copy: Make) -> None:
    folder = copy(sentence_bert_config={"max_seq_length": 8})
    encoder = HuggingFace(str(folder), precision="fp32")
    a, b = encoder.encode([text_example("abcdefgh"), text_example("abcdefxyz")])
    np.testing.assert_allclose(a, b, atol=1e-6)


def test_layers_are_checked() -> None:
    facts = Facts(hidden=384, depth=6, pooling="mean", max_tokens=256, prompt="")
    assert checked_layers(None, facts) == (3,)
    assert checked_layers((5, 0), facts) == (5, 0)
    for wrong in ((6,), (-1,), (2, 2)):
        with pytest.raises(InvalidInput, match="allowed: distinct numbers from 0"):
            checked_layers(wrong, facts)


def test_precision_is_checked(tiny_bert: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="allowed: bf16, fp32"):
        HuggingFace(str(tiny_bert), precision="int8")
    info = tmp_path / "cpuinfo"
    for flag, expected in (("avx512_bf16", "bf16"), ("amx_bf16", "bf16"), ("avx512f", "fp32")):
        fastest_precision.cache_clear()
        info.write_text(f"processor : 0\nflags\t\t: fpu {flag} sse2\n")
        assert fastest_precision(info) == expected


def test_the_environment_says_the_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    for wanted in ("fp32", "bf16"):
        monkeypatch.setenv("ASKNEXT_PRECISION", wanted)
        assert checked_precision(None) == wanted
    assert checked_precision("fp32") == "fp32"
    monkeypatch.setenv("ASKNEXT_PRECISION", "int8")
    with pytest.raises(InvalidInput, match="precision 'int8' is not known"):
        checked_precision(None)


def test_saved_settings_bring_the_same_encoder_back(tiny_bert: Path, tmp_path: Path) -> None:
    encoder = HuggingFace(str(tiny_bert), (2,), prefix="q: ", precision="bf16")
    encoder.save(tmp_path)
    again = HuggingFace.load(tmp_path)
    assert again.settings() == encoder.settings()
    assert again.settings()["precision"] == "bf16"
    assert again.revision == encoder.revision


def test_batches_hold_every_text_once_within_the_budget() -> None:
    rng = np.random.default_rng(4)
    lengths = rng.integers(1, 90, size=500).tolist()
    found = list(batches(lengths, tokens=600, small=100))
    assert sorted(np.concatenate(found).tolist()) == list(range(500))
    for batch in found:
        sizes = [lengths[i] for i in batch]
        assert len(sizes) * max(sizes) <= 600 or len(sizes) == 1
        held_before_mixing = max(sizes) * sizes.count(max(sizes))
        assert len(set(sizes)) == 1 or held_before_mixing < 100
    assert list(batches([])) == []
    assert [b.tolist() for b in batches([9000, 1], tokens=600)] == [[0], [1]]
