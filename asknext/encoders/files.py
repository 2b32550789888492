"""Find a transformer's files and read what they say, without importing torch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from asknext.core.errors import InvalidInput, NotFound, Unsupported
from asknext.core.imports import require

PATTERNS = ("*.json", "*.safetensors", "*.txt", "*.model")
POOLINGS = ("mean", "cls", "lasttoken")
_MODULES = frozenset({"Transformer", "Pooling", "Normalize"})
_LONGEST = 512


@dataclass(frozen=True, slots=True)
class Facts:
    """Hold what a model's folder says: width, depth, pooling, limits, its own prompt."""

    hidden: int
    depth: int
    pooling: str
    max_tokens: int
    prompt: str


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise InvalidInput(f"{path} is not JSON ({error}); fetch the model again") from error


def read_facts(folder: Path) -> Facts:
    """Read config.json and, where they are, the files of sentence-transformers.

    Raises:
        InvalidInput: the folder holds no transformers model, or no safetensors.
        Unsupported: its sentence vector is made in a way that is not known here.
    """
    config = _json(folder / "config.json")
    if not isinstance(config, dict) or "model_type" not in config:
        raise InvalidInput(
            f"{folder} holds no config.json with a model_type; give the folder of a transformers "
            "model (config.json, tokenizer.json, model.safetensors)"
        )
    refuse_code(folder)
    weight_files(folder)
    limits = _json(folder / "sentence_bert_config.json") or {}
    hidden, depth = _shape(config, folder)
    return Facts(
        hidden=hidden,
        depth=depth,
        pooling=_pooling(folder),
        max_tokens=int(limits.get("max_seq_length") or _limit(config)),
        prompt=_prompt(folder),
    )


def _shape(config: Mapping[str, Any], folder: Path) -> tuple[int, int]:
    hidden = config.get("hidden_size") or config.get("dim") or config.get("d_model")
    depth = config.get("num_hidden_layers") or config.get("n_layers") or config.get("num_layers")
    if not hidden or not depth:
        raise Unsupported(
            f"{folder}/config.json (model_type {config['model_type']!r}) states no hidden_size or "
            "no num_hidden_layers; give a text encoder such as BERT, MPNet, XLM-R or E5"
        )
    return int(hidden), int(depth)


def _limit(config: Mapping[str, Any]) -> int:
    positions = int(config.get("max_position_embeddings") or _LONGEST)
    # RoBERTa-like models count positions from the padding index on, so two are never usable.
    return min(_LONGEST, positions - 2 if positions % 2**6 else positions)


def _pooling(folder: Path) -> str:
    modules = _json(folder / "modules.json")
    if modules is None:
        return "mean"
    kinds = {str(module["type"]).rsplit(".", 1)[-1]: module for module in modules}
    strange = sorted(set(kinds) - _MODULES)
    if strange:
        raise Unsupported(
            f"{folder} makes its sentence vector with {', '.join(strange)}; allowed: "
            "Transformer, Pooling (mean, cls or lasttoken), Normalize"
        )
    place = str(kinds.get("Pooling", {}).get("path", ""))
    return _pooling_mode(_json(folder / place / "config.json") or {} if place else {}, folder)


_FLAGS = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_lasttoken": "lasttoken",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
}


def _pooling_mode(config: Mapping[str, Any], folder: Path) -> str:
    named = config.get("pooling_mode") or [
        mode for flag, mode in _FLAGS.items() if config.get(flag)
    ]
    modes = [named] if isinstance(named, str) else list(named) or ["mean"]
    if len(modes) != 1 or modes[0] not in POOLINGS:
        raise Unsupported(
            f"{folder} pools tokens by {' + '.join(modes)}; allowed: {', '.join(POOLINGS)}"
        )
    return str(modes[0])


def _prompt(folder: Path) -> str:
    settings = _json(folder / "config_sentence_transformers.json") or {}
    prompts = settings.get("prompts") or {}
    return str(prompts.get(settings.get("default_prompt_name")) or "")


def weight_files(folder: Path) -> list[Path]:
    """Return the safetensors files; other formats can run code when read and are refused."""
    found = sorted(folder.glob("*.safetensors"))
    if not found:
        raise InvalidInput(
            f"{folder} holds no *.safetensors; models in other formats (pytorch_model.bin) are "
            "not read, because loading one can run code. Convert it to safetensors first."
        )
    return found


def refuse_code(folder: Path) -> None:
    """Refuse a model that only its own Python code can load: code from a hub is never run.

    Raises:
        Unsupported: ``config.json`` points to code, and transformers has no class of that type.
    """
    config = _json(folder / "config.json")
    if not isinstance(config, dict) or not config.get("auto_map"):
        return
    auto = require("transformers.models.auto.configuration_auto", extra="hf", purpose="a model")
    if config.get("model_type") not in auto.CONFIG_MAPPING:
        raise Unsupported(
            f"{folder} needs Python code of its own (auto_map in config.json), which asknext never "
            "runs; choose a model of a type that transformers knows, such as BERT, MPNet or XLM-R"
        )


@cache
def _file_digest(path: Path, size: int, changed: int) -> str:
    digest = blake2b(digest_size=8)
    with path.open("rb") as file:
        while block := file.read(1 << 22):
            digest.update(block)
    return digest.hexdigest()


def folder_digest(folder: Path) -> str:
    """Digest the weights, the tokenizer and the configuration to 12 hex digits.

    Computed once per process and state of the files (0.1 s for 90 MB).
    """
    names = [*weight_files(folder), *sorted(folder.glob("*token*")), folder / "config.json"]
    digest = blake2b(digest_size=6)
    for path in (path for path in names if path.is_file()):
        facts = path.stat()
        line = f"{path.name} {_file_digest(path, facts.st_size, facts.st_mtime_ns)}\n"
        digest.update(line.encode())
    return digest.hexdigest()


def locate(source: str, revision: str | None = None) -> Path:
    """Return the folder of a model: a local one, a cached one, else one fetched from the hub.

    Raises:
        NotFound: neither a folder nor in the cache, and the hub has none or is out of reach.
    """
    local = Path(source).expanduser()
    if local.is_dir():
        return local.resolve()
    if source.startswith(("/", ".", "~")):
        raise NotFound(f"there is no folder {source!r}; give the folder of a transformers model")
    hub = require("huggingface_hub", extra="hf", purpose=f"the encoder {source!r}")
    errors = require("huggingface_hub.errors", extra="hf", purpose=f"the encoder {source!r}")
    wanted: dict[str, Any] = {"revision": revision, "allow_patterns": list(PATTERNS)}
    try:
        return Path(hub.snapshot_download(source, local_files_only=True, **wanted))
    except errors.HFValidationError as error:
        raise NotFound(
            f"{source!r} is neither a folder nor a model name like 'org/name'"
        ) from error
    except errors.LocalEntryNotFoundError:
        return _fetch(source, hub, errors, wanted)


def _fetch(source: str, hub: Any, errors: Any, wanted: Mapping[str, Any]) -> Path:
    try:
        return Path(hub.snapshot_download(source, **wanted))
    except errors.RepositoryNotFoundError as error:
        raise NotFound(f"the Hugging Face hub has no model {source!r} that you may read") from error
    except (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled, OSError) as error:
        raise NotFound(
            f"the model {source!r} is not in the cache and the Hugging Face hub is out of reach; "
            f"where there is a network type: hf download {source}   — then copy the folder here "
            "and give its path as the encoder"
        ) from error


def extra_layers(hidden: int, depth: int) -> tuple[int, ...]:
    """Choose the inner layer that goes beside the sentence vector: the middle one.

    None above 768 columns, where the table on disk would outgrow what the layer is worth. What
    it is worth: docs/decisions/0005-encoders.md.

    >>> extra_layers(384, 6), extra_layers(768, 12), extra_layers(1024, 24)
    ((3,), (6,), ())
    """
    return (depth // 2,) if hidden <= 768 else ()


def checked_layers(given: Sequence[int] | None, facts: Facts) -> tuple[int, ...]:
    """Return the inner layers asked for; raises InvalidInput naming those there are."""
    if given is None:
        return extra_layers(facts.hidden, facts.depth)
    layers = tuple(int(layer) for layer in given)
    if len(set(layers)) != len(layers) or not all(0 <= layer < facts.depth for layer in layers):
        raise InvalidInput(
            f"layers {list(layers)} cannot be read; allowed: distinct numbers from 0 (the word "
            f"vectors) to {facts.depth - 1}; the last layer is always there"
        )
    return layers
