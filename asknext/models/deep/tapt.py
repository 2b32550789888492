"""TAPT: a base reads the project's own texts before anybody labels them."""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.errors import InvalidInput
from asknext.core.examples import Example
from asknext.core.imports import require
from asknext.core.seeds import generator
from asknext.core.spans import MASKED
from asknext.encoders.batching import batches
from asknext.encoders.rows import Row, inputs_of, text_rows
from asknext.models.deep.base import Base, find_base, load_module, load_tokenizer, token_limit
from asknext.models.deep.course import Conditions, Course
from asknext.models.deep.fitting import train
from asknext.models.deep.folder import write_whole
from asknext.models.deep.hardware import find_hardware
from asknext.models.deep.network import autocast
from asknext.models.deep.progress import OnStep, go_on
from asknext.models.deep.quiet import quiet
from asknext.models.deep.randomness import own_randomness
from asknext.models.deep.tuning import Tuning

PURPOSE = "masked language modelling"
AUTO = "AutoModelForMaskedLM"
SHARE = 0.15  # of the tokens are hidden; of these 80 % by the mask, 10 % by another token
BESIDE = ("modules.json", "sentence_bert_config.json", "config_sentence_transformers.json")
EPOCHS = 3


def adapt_base(
    examples: Sequence[Example],
    folder: Path,
    *,
    tuning: Tuning,
    seed: int,
    on_step: OnStep = go_on,
) -> dict[str, Any]:
    """Train a base on guessing hidden tokens of these texts, and save it as a base; no labels.

    `folder` can then be named as ``base``. A base without a masked-LM head, as sentence
    encoders are, gets a new one on its word vectors. The facts hold `loss` by epoch, in nats a
    token.

    Raises:
        InvalidInput: no texts, or a tokenizer without a mask.

    Source: Gururangan et al. 2020, Don't Stop Pretraining (ACL), section 4; for active learning
    Margatina et al. 2022, BALM (ACL).
    """
    if not examples:
        raise InvalidInput("there are no texts to read; import some first")
    base = find_base(tuning.base, tuning.revision)
    tokenizer = _masking(base)
    limit = token_limit(base.folder, tokenizer)
    limit = min(limit, tuning.max_tokens or limit)
    rows = text_rows(tokenizer, examples, limit).rows
    with own_randomness(seed):
        module = load_module(base.folder, AUTO)
    hardware = find_hardware()
    precision = tuning.precision or hardware.precision
    deadline = time.monotonic() + (tuning.time_limit or math.inf)
    course = Course(
        items=[{"row": row, "input_ids": range(row.length), "weight": 1.0} for row in rows],
        collate=_collator(tokenizer, generator(seed, "mask")),
        loss=_loss,
        phase="tapt",
    )
    plain = replace(tuning, epochs=tuning.epochs or EPOCHS, average="last", seeds=1)
    told = train(module, course, plain, Conditions(seed, precision, deadline, on_step))
    _save(module, tokenizer, base, folder)
    return {**told, "texts": len(rows), "base": {"source": base.source, "revision": base.revision}}


def surprisal(
    folder: Path, examples: Sequence[Example], *, tokens: int = 128, precision: str = "fp32"
) -> FloatArray:
    """Return the masked-LM loss (n, tokens) at the tokens of each text, with nothing hidden.

    Places beyond the end of a text are 0. `folder` is a base with a masked-LM head.

    Source: Yuan et al. 2020 (ALPS), section 4.1; they look at a random 15 % of the tokens, here
    all are looked at, so that chance has no part in it.
    """
    torch = require("torch", extra="hf", purpose=PURPOSE)
    tokenizer, module = load_tokenizer(folder), load_module(folder, AUTO)
    rows = text_rows(tokenizer, examples, min(tokens, token_limit(folder, tokenizer))).rows
    found = np.zeros((len(rows), tokens), np.float32)
    for batch in batches([row.length for row in rows]):
        inputs = inputs_of([rows[i] for i in batch], int(tokenizer.pad_token_id or 0))
        with torch.inference_mode(), autocast(torch.device("cpu"), precision):
            logits = module(**inputs).logits.float().transpose(1, 2)
        each = torch.nn.functional.cross_entropy(logits, inputs["input_ids"], reduction="none")
        each = each * inputs["attention_mask"]
        found[batch, : each.shape[1]] = each.numpy()
    return found


def _masking(base: Base) -> Any:
    tokenizer = load_tokenizer(base.folder)
    if tokenizer.mask_token_id is None:
        raise InvalidInput(
            f"{base.source} has no mask token, so it cannot guess hidden words; choose an "
            "encoder such as BERT, RoBERTa or MPNet"
        )
    return tokenizer


def _collator(
    tokenizer: Any, rng: np.random.Generator
) -> Callable[[Sequence[dict[str, Any]]], dict[str, Any]]:
    torch = require("torch", extra="hf", purpose=PURPOSE)
    special = np.array(tokenizer.all_special_ids)
    padding = int(tokenizer.pad_token_id or 0)

    def collate(items: Sequence[dict[str, Any]]) -> dict[str, Any]:
        rows: list[Row] = [item["row"] for item in items]
        inputs = inputs_of(rows, padding)
        ids = inputs["input_ids"].numpy()
        hidden = (rng.random(ids.shape) < SHARE) & ~np.isin(ids, special)
        target = np.where(hidden, ids, MASKED)
        how = rng.random(ids.shape)
        shown = np.where(hidden & (how < 0.8), tokenizer.mask_token_id, ids)
        others = rng.integers(0, len(tokenizer), ids.shape)
        shown = np.where(hidden & (how >= 0.8) & (how < 0.9), others, shown)
        weight = torch.tensor([item["weight"] for item in items], dtype=torch.float32)
        seen = {**inputs, "input_ids": torch.from_numpy(shown)}
        return {**seen, "target": torch.from_numpy(target), "weight": weight}

    return collate


def _loss(module: Any, inputs: dict[str, Any], target: Any) -> Any:
    functional = require("torch.nn.functional", extra="hf", purpose=PURPOSE)
    logits = module(**inputs).logits.float().transpose(1, 2)
    each = functional.cross_entropy(logits, target, ignore_index=MASKED, reduction="none")
    return each.sum(dim=1) * len(target) / (target != MASKED).sum().clamp(min=1)


def _save(module: Any, tokenizer: Any, base: Base, folder: Path) -> None:
    def write(draft: Path) -> None:
        with quiet():
            module.save_pretrained(str(draft))
            tokenizer.save_pretrained(str(draft))
        for name in BESIDE:
            if (base.folder / name).exists():
                shutil.copy(base.folder / name, draft / name)

    write_whole(folder, write)
