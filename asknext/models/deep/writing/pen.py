"""Pen: a trained module that writes answers and says how likely texts are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.imports import require
from asknext.encoders.batching import batches
from asknext.models.deep.network import autocast
from asknext.models.deep.quiet import quiet
from asknext.models.deep.randomness import own_randomness
from asknext.models.deep.writing.forms import Form, masked_table
from asknext.models.deep.writing.lesson import logprobs
from asknext.models.deep.writing.prompts import Prompted, Prompts

PURPOSE = "a model that writes"
TOKENS = 4096  # of prompts in one batch: each goes on for as long as the longest answer


@dataclass(frozen=True)
class Pen:
    """Hold module, tokenizer and how prompts are made; `most` tokens make an answer at most."""

    form: Form
    module: Any
    prompts: Prompts
    most: int
    precision: str

    @property
    def padding(self) -> int:
        """Return the token that fills up."""
        return int(self.prompts.tokenizer.pad_token_id or 0)

    @property
    def device(self) -> Any:
        """Return where the weights are."""
        return next(self.module.parameters()).device

    def write(self, sources: Sequence[str], beams: int) -> list[str]:
        """Return the likeliest answer to each source."""
        return [texts[0] for texts in self._written(sources, num_beams=beams, do_sample=False)]

    def draw(
        self, sources: Sequence[str], count: int, temperature: float, seed: int
    ) -> list[list[str]]:
        """Return answers drawn at random, `count` for each source; the seed decides."""
        options = {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0}
        with own_randomness(seed):
            return self._written(sources, num_return_sequences=count, **options)

    def _written(self, sources: Sequence[str], **options: Any) -> list[list[str]]:
        ids = self.prompts.prompts(sources)
        found: list[list[str]] = [[] for _ in ids]
        for batch in self._batches([len(one) for one in ids]):
            texts = self._decoded([ids[i] for i in batch], **options)
            each = len(texts) // len(batch)
            for place, i in enumerate(batch):
                found[i] = texts[place * each : (place + 1) * each]
        return found

    def _decoded(self, prompts: Sequence[list[int]], **options: Any) -> list[str]:
        torch = require("torch", extra="hf", purpose=PURPOSE)
        inputs = masked_table(prompts, self.padding, self.form.side)
        inputs = {name: one.to(self.device) for name, one in inputs.items()}
        with torch.inference_mode(), autocast(self.device, self.precision), quiet():
            tokens = self.module.generate(
                **inputs,
                max_new_tokens=self.most,
                pad_token_id=self.padding,
                eos_token_id=self.prompts.end,
                **options,
            )
        new = self.form.written(tokens, inputs["input_ids"].shape[1])
        texts = self.prompts.tokenizer.batch_decode(new, skip_special_tokens=True)
        return [text.strip() for text in texts]

    def score(
        self, sources: Sequence[str], texts: Sequence[str]
    ) -> list[tuple[FloatArray, FloatArray]]:
        """Return log p and entropy of each token of each text, as the answer to its source."""
        prompts = self.prompts.prompts(sources)
        answers = self.prompts.answers(sources, texts, self.most)
        return self._scored(list(map(Prompted, prompts, answers)))

    def score_alone(
        self, sources: Sequence[str], texts: Sequence[str]
    ) -> list[tuple[FloatArray, FloatArray]]:
        """Return the same of the texts as answers to nothing."""
        answers = self.prompts.answers(sources, texts, self.most)
        return self._scored([Prompted(self.prompts.alone(), answer) for answer in answers])

    def _scored(self, items: Sequence[Prompted]) -> list[tuple[FloatArray, FloatArray]]:
        found: list[tuple[FloatArray, FloatArray]] = [(np.empty(0), np.empty(0))] * len(items)
        for batch in self._batches([len(item.prompt) + len(item.answer) for item in items]):
            chosen = [items[i] for i in batch]
            told = logprobs(self.form, self.module, chosen, self.padding, self.precision)
            for i, one in zip(batch, told, strict=True):
                found[i] = one
        return found

    def _batches(self, lengths: Sequence[int]) -> Iterator[IntArray]:
        return batches(lengths, tokens=TOKENS)
