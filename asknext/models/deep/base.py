"""Base: the pretrained model that a fine-tuning starts from, and where it came from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asknext.core.imports import require
from asknext.encoders.classifier import HEADLESS
from asknext.encoders.files import folder_digest, locate, refuse_code, weight_files
from asknext.encoders.minilm import PACKAGE, minilm_folder
from asknext.models.deep.quiet import quiet

PURPOSE = "a fine-tuned model"
LONGEST = 512  # tokens: beyond, attention costs more than the end of a text is worth
SAFE = {"local_files_only": True, "trust_remote_code": False}


@dataclass(frozen=True, slots=True)
class Base:
    """Name a pretrained model's files: what was asked for, the folder, the revision pinned.

    `revision` is the hub's commit, or the digest of the files of a folder.
    """

    source: str
    folder: Path
    revision: str


def find_base(source: str, revision: str | None = None) -> Base:
    """Return the files of a base: the embedded MiniLM, a folder, the cache, else the hub.

    Raises:
        NotFound: nothing is called so, or it cannot be fetched now.
        InvalidInput: its weights are not safetensors.
        Unsupported: it needs code of its own, which is never run.
        MissingExtra: ``minilm`` is not installed.
    """
    if source == "minilm":
        folder = minilm_folder()
        return Base(f"package:{PACKAGE}", folder, folder_digest(folder))
    folder = locate(source, revision)
    refuse_code(folder)
    weight_files(folder)
    local = Path(source).expanduser().is_dir()
    return Base(source, folder, folder_digest(folder) if local else folder.name)


def load_tokenizer(folder: Path) -> Any:
    """Return the tokenizer; one without a padding token pads with its end-of-text token."""
    transformers = require("transformers", extra="hf", purpose=PURPOSE)
    with quiet():
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder), **SAFE)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    tokenizer.padding_side = "right"
    return tokenizer


def load_module(folder: Path, auto: str, **config: Any) -> Any:
    """Return the weights as the class that `auto` (``AutoModelFor…``) finds, in float32."""
    torch = require("torch", extra="hf", purpose=PURPOSE)
    transformers = require("transformers", extra="hf", purpose=PURPOSE)
    options = {"use_safetensors": True, "dtype": torch.float32, **SAFE, **config}
    with quiet():
        module = getattr(transformers, auto).from_pretrained(str(folder), **options)
    return module.eval()


def module_of(folder: Path, problem: Any) -> Any:
    """Return the network of a problem: weights with their head, or a top of ours on those without.

    The top is in evaluation mode, as the weights are.
    """
    module = load_module(folder, problem.auto)
    return problem.on(module, folder).eval() if problem.auto == HEADLESS else module


def head_labels(folder: Path, auto: str) -> tuple[str, ...] | None:
    """Return the labels of the head that the folder holds, None where it is not of this kind."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    kind = auto.removeprefix("AutoModel")
    if not any(str(name).endswith(kind) for name in config.get("architectures") or ()):
        return None
    named = config.get("id2label") or {"0": "LABEL_0", "1": "LABEL_1"}
    return tuple(named[key] for key in sorted(named, key=int))


def holds_pooler(folder: Path) -> bool:
    """Return whether the weights of a pooler lie in the folder; the header alone is read."""
    safetensors = require("safetensors", extra="hf", purpose=PURPOSE)
    for path in weight_files(folder):
        with safetensors.safe_open(str(path), framework="numpy") as file:
            names = file.keys()
            if any("pooler.dense" in name for name in names):
                return True
    return False


def token_limit(folder: Path, tokenizer: Any) -> int:
    """Return how many tokens of a text the model reads at most, at most 512."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    positions = int(config.get("max_position_embeddings") or LONGEST)
    # RoBERTa-like models count positions from the padding index on, so two are never usable.
    usable = positions - 2 if positions % 2**6 else positions
    sentences = folder / "sentence_bert_config.json"
    if sentences.exists():
        told = json.loads(sentences.read_text(encoding="utf-8")).get("max_seq_length")
        usable = min(usable, int(told or usable))
    return int(min(LONGEST, usable, tokenizer.model_max_length))
