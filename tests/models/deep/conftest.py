"""A small encoder and its tokenizer, made in code: the same path as a name on the hub."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from asknext.core.batch import Batch
from asknext.core.examples import Example
from asknext.core.seeds import generator
from benchmarks.bases import byte_pieces

# Word vectors drawn at random are no use frozen; fp32 is what every machine computes alike.
LEARNT = {"embeddings": "learnt", "precision": "fp32"}
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def need(module: str, extra: str) -> None:
    """Skip a file whose extra is not installed; importing torch here would slow every run down."""
    if find_spec(module) is None:
        pytest.skip(f"needs the extra {extra!r}", allow_module_level=True)


def batch_of(examples: list[Example]) -> Batch:
    """Wrap examples for a model that reads them."""
    return Batch(len(examples), load=lambda: examples)


def drawn(rows: list[dict[str, Any]], n: int, seed: int = 0) -> list[dict[str, Any]]:
    """Draw n rows."""
    return [rows[i] for i in generator(seed, "rows").permutation(len(rows))[:n]]


def word_pieces(texts: list[str], size: int) -> Any:
    """Make a WordPiece tokenizer like BERT's: all characters, and the most frequent words.

    Learning one breaks ties by chance, so that a test would meet another model in each run.
    """
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertTokenizerFast

    words = Counter(word for text in texts for word in re.findall(r"\w+|[^\w\s]", text.lower()))
    letters = sorted({letter for word in words for letter in word})
    whole = sorted(words, key=lambda word: (-words[word], word))
    pieces = list(dict.fromkeys([*SPECIAL, *letters, *(f"##{x}" for x in letters), *whole]))
    numbered = {piece: i for i, piece in enumerate(pieces[:size])}
    made = BertWordPieceTokenizer(numbered, lowercase=True)
    return BertTokenizerFast(tokenizer_object=made._tokenizer, model_max_length=128)


def small_bert(folder: Path, texts: list[str], *, hidden: int = 64, pieces: int = 2000) -> Path:
    """Write a two-layer BERT with random weights."""
    torch = pytest.importorskip("torch", reason="needs the extra 'hf'")
    transformers = pytest.importorskip("transformers", reason="needs the extra 'hf'")
    tokenizer = word_pieces(texts, pieces)
    config = transformers.BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=2 * hidden,
        max_position_embeddings=128,
        pad_token_id=tokenizer.pad_token_id,
        initializer_range=0.1,  # so small a network learns nothing in seconds from BERT's 0.02
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = transformers.BertForMaskedLM(config)
    model.save_pretrained(str(folder))
    tokenizer.save_pretrained(str(folder))
    return folder


@pytest.fixture(scope="session")
def small_base(
    tmp_path_factory: pytest.TempPathFactory, shared_rows: Callable[..., list[dict[str, Any]]]
) -> Path:
    """Give the folder of a small BERT whose word pieces were learnt from TREC questions."""
    texts = [row["text"] for row in shared_rows("trec6")]
    return small_bert(tmp_path_factory.mktemp("base") / "small-bert", texts)


def _written_to(folder: Path, make: Callable[[Any], Any], tokenizer: Any) -> Path:
    torch = pytest.importorskip("torch", reason="needs the extra 'hf'")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        make(tokenizer).save_pretrained(str(folder))
    tokenizer.save_pretrained(str(folder))
    return folder


def small_llama(folder: Path, texts: list[str], template: str | None = None) -> Path:
    """Write a two-layer Llama with random weights."""
    transformers = pytest.importorskip("transformers", reason="needs the extra 'hf'")
    tokenizer = byte_pieces(texts, 600)
    tokenizer.chat_template = template

    def make(tokens: Any) -> Any:
        config = transformers.LlamaConfig(
            vocab_size=len(tokens),
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=2,
            max_position_embeddings=256,
            pad_token_id=tokens.pad_token_id,
            bos_token_id=tokens.bos_token_id,
            eos_token_id=tokens.eos_token_id,
            initializer_range=0.1,
        )
        return transformers.LlamaForCausalLM(config)

    return _written_to(folder, make, tokenizer)


def small_t5(folder: Path, texts: list[str]) -> Path:
    """Write a two-layer T5 with random weights."""
    transformers = pytest.importorskip("transformers", reason="needs the extra 'hf'")

    def make(tokens: Any) -> Any:
        config = transformers.T5Config(
            vocab_size=len(tokens),
            d_model=64,
            d_kv=32,
            d_ff=128,
            num_layers=2,
            num_heads=2,
            dropout_rate=0.0,
            pad_token_id=tokens.pad_token_id,
            eos_token_id=tokens.eos_token_id,
            decoder_start_token_id=tokens.pad_token_id,
        )
        return transformers.T5ForConditionalGeneration(config)

    return _written_to(folder, make, byte_pieces(texts, 600))
