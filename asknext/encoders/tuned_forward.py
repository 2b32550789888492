"""The forward pass of a fine-tuned model: its last layer, and what its classifier reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.examples import Example
from asknext.core.imports import require
from asknext.encoders.batching import batches
from asknext.encoders.classifier import HEADLESS, Headless, Inspected, unit_mean
from asknext.encoders.forward import _quiet
from asknext.encoders.rows import Row, inputs_of, text_rows
from asknext.encoders.side_by_side import side_by_side
from asknext.encoders.token_forward import by_word
from asknext.encoders.windows import window_rows

PURPOSE = "the encoder 'tuned'"
AUTOS = ("AutoModelForTokenClassification", "AutoModelForSequenceClassification")


class TunedForward:
    """Hold the loaded model and its tokenizer."""

    def __init__(self, folder: Path, max_tokens: int, precision: str) -> None:
        torch = require("torch", extra="hf", purpose=PURPOSE)
        self.max_tokens = max_tokens
        self.precision = precision
        self.tokenizer, module, auto = _load(folder)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        module = module.eval().to(self.device)
        self.seen: Headless | Inspected = (
            Headless(module, _ours(folder).get("layer")) if auto == HEADLESS else Inspected(module)
        )
        self.hidden = int(module.config.hidden_size)

    def vectors(self, examples: Sequence[Example]) -> FloatArray:
        """Return (n, hidden + features) float32, both blocks at unit length."""
        functional = require("torch.nn.functional", extra="hf", purpose=PURPOSE)
        rows = text_rows(self.tokenizer, examples, self.max_tokens).rows
        found = np.zeros((len(rows), self.hidden + self.seen.columns), np.float32)

        def work(batch: IntArray) -> None:
            mask, seen = self._run([rows[i] for i in batch])
            found[batch, : self.hidden] = unit_mean(seen.hidden, mask).cpu().numpy()
            if seen.features is None:
                return
            features = seen.features.float()
            if features.ndim == 3:
                features = unit_mean(features, mask)
            found[batch, self.hidden :] = functional.normalize(features, dim=1).cpu().numpy()

        self._all(work, rows)
        return found

    def words(self, examples: Sequence[Example], places: Sequence[IntArray]) -> list[FloatArray]:
        """Return the last layer (words, hidden) of the words at `places`, each at unit length."""
        windows = window_rows(self.tokenizer, examples, self.max_tokens)
        parts = list(batches([row.length for row in windows.rows]))

        def work(batch: IntArray) -> list[FloatArray]:
            chosen = [windows.rows[i] for i in batch]
            last = self._run(chosen)[1].hidden.float().cpu().numpy()
            return [last[None, i, : row.length] for i, row in enumerate(chosen)]

        tables = zip(parts, side_by_side(work, parts, self.device), strict=True)
        return by_word(windows, places, tables, (1, self.hidden))

    def _all(self, work: Any, rows: Sequence[Row]) -> None:
        for _ in side_by_side(work, list(batches([row.length for row in rows])), self.device):
            pass

    def _run(self, rows: Sequence[Row]) -> tuple[Any, Any]:
        torch = require("torch", extra="hf", purpose=PURPOSE)
        padding = int(self.tokenizer.pad_token_id or 0)
        inputs = {name: one.to(self.device) for name, one in inputs_of(rows, padding).items()}
        with torch.inference_mode(), self._autocast(torch):
            return inputs["attention_mask"], self.seen.run(inputs)

    def _autocast(self, torch: Any) -> AbstractContextManager[Any]:
        if self.precision != "bf16":
            return nullcontext()
        context: AbstractContextManager[Any] = torch.autocast(self.device.type, torch.bfloat16)
        return context


def _load(folder: Path) -> tuple[Any, Any, str]:
    torch = require("torch", extra="hf", purpose=PURPOSE)
    transformers = require("transformers", extra="hf", purpose=PURPOSE)
    name = _auto(folder)
    auto = getattr(transformers, name)
    options = {"local_files_only": True, "trust_remote_code": False}
    with _quiet(transformers):
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder), **options)
        tokenizer.padding_side = "right"
        module = auto.from_pretrained(
            str(folder), dtype=torch.float32, use_safetensors=True, **options
        )
    return tokenizer, module, name


def _ours(folder: Path) -> dict[str, Any]:
    """Return what asknext has written about the folder."""
    found: dict[str, Any] = json.loads((folder / "asknext.json").read_text(encoding="utf-8"))
    return found


def _auto(folder: Path) -> str:
    """Return the class of transformers that reads the folder."""
    if _ours(folder).get("auto") == HEADLESS:
        return HEADLESS
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    tags = any("TokenClassification" in name for name in config.get("architectures") or ())
    return AUTOS[0] if tags else AUTOS[1]
