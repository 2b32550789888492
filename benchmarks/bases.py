"""The models that the benchmark of tasks starts fine-tuning from.

MiniLM, which is embedded, wherever an encoder serves. No model that writes is at hand without a
download: for generation a small one is made here, with random weights and word pieces of the
set's own texts. It shows that the loop learns, not how well a language model would.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from asknext.core.examples import Example
from benchmarks.sets import part_of

PIECES = 2000
WIDTH = 128
LONGEST = 128  # tokens; what long pairs of texts cost on a processor is not the question here
WRITERS = {"multi30k_en_de": "seq2seq", "gsm8k": "causal", "alpaca_en_1k": "causal"}
WHOLE = ("trec6", "wnut17")  # trained for as many epochs as is usual; elsewhere for fewer
READER = {"epochs": 10, "max_tokens": LONGEST}
REWARDS = ("gsm8k_pref", "pandalm_pref", "dpo_en_300")  # as many epochs as the model says itself


def base_of(data: Path, name: str, folder: Path) -> dict[str, Any]:
    """Return the deep settings of a set: which model, and where it starts."""
    if name not in WRITERS:
        shorter: dict[str, Any] = {} if name in WHOLE else dict(READER)
        if name in REWARDS:
            del shorter["epochs"]
        return {"model": "transformer", "base": "minilm", **shorter}
    kind, where = WRITERS[name], folder / f"base-{name}"
    if not where.exists():
        _write(kind, where, part_of(data, name, "train", 2000))
    return {"model": kind, "base": str(where), "learning_rate": 2e-3, "max_tokens": LONGEST}


def _write(kind: str, where: Path, examples: list[Example]) -> None:
    import torch

    texts = [text for e in examples for text in (e.text, str(e.gold))]
    tokenizer = byte_pieces(texts, PIECES, least=2)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = _translator(tokenizer) if kind == "seq2seq" else _writer(tokenizer)
    model.save_pretrained(str(where))
    tokenizer.save_pretrained(str(where))


def byte_pieces(texts: list[str], size: int, *, least: int = 1) -> Any:
    """Learn a tokenizer of `size` byte pairs, each seen `least` times; </s> closes what is read."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import PreTrainedTokenizerFast

    pieces = ByteLevelBPETokenizer()
    special = ["<pad>", "</s>", "<s>", "<unk>"]
    pieces.train_from_iterator(texts, size, least, show_progress=False, special_tokens=special)
    return PreTrainedTokenizerFast(
        tokenizer_object=pieces._tokenizer,
        pad_token="<pad>",
        eos_token="</s>",
        bos_token="<s>",
        unk_token="<unk>",
        model_max_length=2 * LONGEST,
    )


def _translator(tokenizer: Any) -> Any:
    from transformers import T5Config, T5ForConditionalGeneration

    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=WIDTH,
        d_kv=WIDTH // 4,
        d_ff=4 * WIDTH,
        num_layers=2,
        num_heads=4,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=tokenizer.pad_token_id,
    )
    return T5ForConditionalGeneration(config)


def _writer(tokenizer: Any) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=4 * WIDTH,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=2 * LONGEST,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    return LlamaForCausalLM(config)
