"""The forward pass: token ids to pooled layers, as fast as the processor allows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.imports import require
from asknext.encoders.batching import batches
from asknext.encoders.side_by_side import side_by_side

PURPOSE = "a transformer encoder"

Done = TypeVar("Done")
Report = Callable[[int], None]


def readable(text: str) -> str:
    r"""Replace lone surrogates, which no tokenizer accepts.

    >>> readable("a\ud800b")
    'a?b'
    """
    return text.encode("utf-8", "replace").decode("utf-8")


class Forward:
    """Hold a loaded model and tokenizer, and pool its layers.

    Args:
        folder: files of the model; weights are read from safetensors only.
        layers: inner layers to pool beside the last one.
        pooling: how the sentence vector is made of the last layer's tokens.
        max_tokens: longer texts are cut.
        precision: ``bf16`` or ``fp32``.
    """

    def __init__(
        self,
        folder: Path,
        *,
        layers: tuple[int, ...],
        pooling: str,
        max_tokens: int,
        precision: str,
    ) -> None:
        self.layers = layers
        self.pooling = pooling
        self.max_tokens = max_tokens
        torch = require("torch", extra="hf", purpose=PURPOSE)
        self._torch = torch
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.tokenizer, self.model = _load(folder, torch, precision)
        self.model.to(self.device)

    def vectors(self, texts: Sequence[str], report: Report | None = None) -> FloatArray:
        """Return (n, columns) float32: the sentence vector, then each inner layer's mean.

        Every block has unit length. Texts are sorted by length inside and put back in order.
        `report` is called with how many are done.
        """
        ids = self._tokens(texts)
        columns = self.model.config.hidden_size * (1 + len(self.layers))
        found = np.zeros((len(texts), columns), np.float32)

        def work(batch: IntArray) -> int:
            with self._torch.inference_mode():
                found[batch] = self._pooled([ids[i] for i in batch])
            return len(batch)

        done = 0
        for size in self.side_by_side(work, list(batches([len(one) for one in ids]))):
            done += size
            if report is not None:
                report(done)
        return found

    def side_by_side(
        self, work: Callable[[IntArray], Done], parts: Sequence[IntArray]
    ) -> Iterator[Done]:
        """Yield what `work` returns for each part, in order, as quickly as the device allows."""
        return side_by_side(work, parts, self._torch.device(self.device))

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        if not texts:
            return []
        found = self.tokenizer(
            [readable(text) for text in texts],
            truncation=True,
            max_length=self.max_tokens,
            return_attention_mask=False,
            return_token_type_ids=False,
        )["input_ids"]
        blank = [self.tokenizer.pad_token_id or 0]
        return [list(one) or blank for one in found]

    def _pooled(self, ids: Sequence[Sequence[int]]) -> FloatArray:
        torch = self._torch
        lengths = torch.tensor([len(one) for one in ids], device=self.device)
        width = int(lengths.max())
        padding = [self.tokenizer.pad_token_id or 0] * width
        table = torch.tensor([[*one, *padding[len(one) :]] for one in ids], device=self.device)
        inside = torch.arange(width, device=self.device) < lengths[:, None]
        # Without padding no mask is needed, and attention takes its quicker path.
        mask = None if bool(inside.all()) else inside.long()
        hidden = self.model(
            input_ids=table, attention_mask=mask, output_hidden_states=True, use_cache=False
        ).hidden_states
        blocks = [self._sentence(hidden[-1], inside, lengths)]
        blocks += [_mean(hidden[layer], inside, lengths) for layer in self.layers]
        unit = [torch.nn.functional.normalize(block, dim=1) for block in blocks]
        pooled: FloatArray = torch.cat(unit, dim=1).cpu().numpy()
        return pooled

    def _sentence(self, hidden: Any, inside: Any, lengths: Any) -> Any:
        if self.pooling == "cls":
            return hidden[:, 0].float()
        if self.pooling == "lasttoken":
            rows = self._torch.arange(len(lengths), device=self.device)
            return hidden[rows, lengths - 1].float()
        return _mean(hidden, inside, lengths)


def _mean(hidden: Any, inside: Any, lengths: Any) -> Any:
    return (hidden.float() * inside[:, :, None]).sum(dim=1) / lengths[:, None]


@contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    # A progress bar and a report on unused weights are noise on stderr of a command or a server.
    logging = transformers.utils.logging
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def _load(folder: Path, torch: Any, precision: str) -> tuple[Any, Any]:
    transformers = require("transformers", extra="hf", purpose=PURPOSE)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    options = {"local_files_only": True, "trust_remote_code": False}
    with _quiet(transformers):
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder), **options)
        tokenizer.padding_side = tokenizer.truncation_side = "right"
        model = transformers.AutoModel.from_pretrained(
            str(folder), dtype=dtype, use_safetensors=True, **options
        )
    return tokenizer, model.eval()
