"""The folder of a trained model: a standard Hugging Face one, and what asknext adds to it.

``config.json``, ``model.safetensors``, the tokenizer's files: `transformers` reads them without
asknext. ``asknext.json`` holds task, settings, base, revision and how training went;
``adapter/`` the LoRA weights by themselves; ``members/1`` … the other members of an ensemble.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from asknext.core.errors import InvalidInput
from asknext.encoders.classifier import HEADLESS
from asknext.models.deep.problems.base import Fold

FACTS = "asknext.json"
VERSION = 1


def write_facts(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write ``asknext.json``."""
    text = json.dumps({"version": VERSION, **facts}, ensure_ascii=False, indent=2, allow_nan=False)
    (folder / FACTS).write_text(text + "\n", encoding="utf-8")


def read_facts(folder: Path) -> dict[str, Any]:
    """Read ``asknext.json``; raises InvalidInput where it is absent, broken or newer."""
    path = folder / FACTS
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{folder} holds no model trained by asknext ({error})") from error
    if not isinstance(facts, dict) or facts.get("version") != VERSION:
        raise InvalidInput(
            f"{path} has another version than {VERSION}, which is what this asknext reads; "
            "upgrade asknext"
        )
    return facts


def saved_fold(folder: Path) -> Fold:
    """Return what was folded into the last layer of this folder; nothing, if it is not ours."""
    if not (folder / FACTS).exists():
        return Fold()
    folds = read_facts(folder).get("folds")
    return Fold(**folds[0]) if folds else Fold()


def write_whole(folder: Path, write: Callable[[Path], None]) -> None:
    """Make the folder appear whole or not at all: written beside it, then renamed.

    What was there under its name is replaced.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = folder.with_name(f".{folder.name}-{uuid4().hex[:8]}")
    draft.mkdir()
    try:
        write(draft)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(draft, folder)
    finally:
        if draft.exists():
            shutil.rmtree(draft)


def usage(auto: str, facts: Mapping[str, Any]) -> list[str]:
    """Return the lines of Python that load a folder with these facts by the class `auto`.

    Of a model without a head, also those that lead to what it says.
    """
    loading = [
        f"from transformers import AutoTokenizer, {auto}",
        "",
        'tokenizer = AutoTokenizer.from_pretrained("path/to/this/folder")',
        f'model = {auto}.from_pretrained("path/to/this/folder")',
    ]
    if auto != HEADLESS:
        return loading
    layer = facts.get("layer")
    return [
        "import torch",
        *(["from safetensors.torch import load_file"] if layer is not None else []),
        *loading,
        "",
        "",
        *_vectors(facts["max_tokens"]),
        "",
        "",
        *(_number() if layer is None else _reward(layer)),
    ]


def _vectors(most: int) -> list[str]:
    return [
        "def vectors(texts, layer=-1):",
        "    inputs = tokenizer(texts, padding=True, truncation=True,",
        f'                       max_length={most}, return_tensors="pt")',
        "    hidden = model(**inputs, output_hidden_states=True).hidden_states[layer]",
        '    kept = inputs["attention_mask"][:, :, None]',
        "    return torch.nn.functional.normalize((hidden * kept).sum(1) / kept.sum(1), dim=1)",
    ]


def _number() -> list[str]:
    return [
        "with torch.inference_mode():",
        '    cosine = (vectors(["a text"]) * vectors(["the text beside it"])).sum(1)',
        'number = model.config.likeness["scale"] * cosine + model.config.likeness["shift"]',
    ]


def _reward(layer: int) -> list[str]:
    return [
        'tokenizer.truncation_side = "left"',
        'weight = load_file("path/to/this/folder/reward.safetensors")["weight"]',
        'answers = ["a prompt\\nand its answer"]',
        "with torch.inference_mode():",
        f"    both = torch.cat([vectors(answers), vectors(answers, {layer})], dim=1)",
        "reward = (both @ weight.T)[:, 0]  # higher is better",
    ]


def write_card(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write ``README.md``: what the model is, what it was made of, how to load it."""
    base, told = facts["base"], facts["facts"]
    auto = facts["auto"]
    labels = ", ".join(f"`{name}`" for name in facts["classes"]) or "none"
    lines = [
        "---",
        "library_name: transformers",
        "tags:",
        "- active-learning",
        "---",
        "",
        f"# A model for {facts['task']['kind'].replace('_', ' ')}",
        "",
        f"- Fine-tuned from `{base['source']}`, revision `{base['revision']}`",
        f"- {told['labels']} labels, {told['how']} tuning, seed {told['seed']}",
        f"- Outputs: {labels}",
        f"- Calibration: {facts['calibration']['reason']}",
        "",
        "```python",
        *usage(auto, facts),
        "```",
    ]
    (folder / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
