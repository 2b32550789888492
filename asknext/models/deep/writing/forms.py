"""Forms of models that write: decoders read on from the prompt, encoder-decoders translate it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from asknext.core.imports import require
from asknext.core.spans import MASKED
from asknext.models.deep.writing.prompts import ChatPrompts, Prompted, Prompts, SourcePrompts

PURPOSE = "a model that writes"


class Form(Protocol):
    """Say how one kind of model reads prompts and is taught answers (tensors on the CPU)."""

    auto: ClassVar[str]
    side: ClassVar[str]
    prompts: ClassVar[type[Prompts]]

    def inputs(self, items: Sequence[Prompted], padding: int) -> dict[str, Any]:
        """Return what the module reads to score the answers."""
        ...

    def logits(self, module: Any, inputs: dict[str, Any], target: Any) -> Any:
        """Return the scores (b, tokens, words) of the token at each place of `target`."""
        ...

    def targets(self, items: Sequence[Prompted]) -> Any:
        """Return the token (b, tokens) to be predicted at each place, `MASKED` elsewhere."""
        ...

    def written(self, tokens: Any, width: int) -> Any:
        """Return the new tokens (b, …) of what `generate` returned for prompts of `width`."""
        ...


def table(runs: Sequence[Sequence[int]], fill: int, side: str = "right") -> Any:
    """Return runs of different lengths as one tensor, filled up at a side."""
    torch = require("torch", extra="hf", purpose=PURPOSE)
    width = max(len(run) for run in runs)
    full = [[fill] * (width - len(run)) for run in runs]
    if side == "left":
        return torch.tensor([[*f, *run] for f, run in zip(full, runs, strict=True)])
    return torch.tensor([[*run, *f] for f, run in zip(full, runs, strict=True)])


def masked_table(
    runs: Sequence[Sequence[int]], padding: int, side: str = "right"
) -> dict[str, Any]:
    """Return ``input_ids`` and ``attention_mask`` of the runs."""
    ones = [[1] * len(run) for run in runs]
    return {"input_ids": table(runs, padding, side), "attention_mask": table(ones, 0, side)}


@dataclass(frozen=True)
class Decoder:
    """Be a causal model: prompt and answer are one text, and only the answer is learnt."""

    auto: ClassVar[str] = "AutoModelForCausalLM"
    side: ClassVar[str] = "left"
    prompts: ClassVar[type[Prompts]] = ChatPrompts

    def inputs(self, items: Sequence[Prompted], padding: int) -> dict[str, Any]:
        """Return prompts and answers one after the other."""
        return masked_table([[*item.prompt, *item.answer] for item in items], padding)

    def logits(self, module: Any, inputs: dict[str, Any], target: Any) -> Any:
        """Return the scores of the next token at each place but the last."""
        return module(**inputs, use_cache=False).logits[:, :-1]

    def targets(self, items: Sequence[Prompted]) -> Any:
        """Return the answers' tokens, one place to the left of where they stand."""
        runs = [[MASKED] * (len(item.prompt) - 1) + item.answer for item in items]
        return table(runs, MASKED)

    def written(self, tokens: Any, width: int) -> Any:
        """Return what comes after the prompts."""
        return tokens[:, width:]


@dataclass(frozen=True)
class EncoderDecoder:
    """Be a sequence-to-sequence model: the prompt is encoded, the answer decoded."""

    auto: ClassVar[str] = "AutoModelForSeq2SeqLM"
    side: ClassVar[str] = "right"
    prompts: ClassVar[type[Prompts]] = SourcePrompts

    def inputs(self, items: Sequence[Prompted], padding: int) -> dict[str, Any]:
        """Return the prompts."""
        return masked_table([item.prompt for item in items], padding)

    def logits(self, module: Any, inputs: dict[str, Any], target: Any) -> Any:
        """Return the scores of the decoder, which is given the answer one step behind."""
        plain = module.get_base_model() if hasattr(module, "get_base_model") else module
        begun = plain.prepare_decoder_input_ids_from_labels(labels=target)
        return module(**inputs, decoder_input_ids=begun, use_cache=False).logits

    def targets(self, items: Sequence[Prompted]) -> Any:
        """Return the answers' tokens."""
        return table([item.answer for item in items], MASKED)

    def written(self, tokens: Any, width: int) -> Any:
        """Return all but the token that the decoder starts from."""
        return tokens[:, 1:]
