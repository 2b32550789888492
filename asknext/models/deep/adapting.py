"""Adapting: which weights of a model learn: all of them, low-rank adapters, or the head alone."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asknext.core.imports import require
from asknext.encoders.classifier import classifier_name
from asknext.models.deep.quiet import quiet

PURPOSE = "a fine-tuned model"
POOLER = "pooler"  # sits inside the encoder but is part of the head: no pretraining made it for us
DROPOUT = 0.05
LEARNT = "learnt"


@dataclass
class Adapted:
    """Hold a module that is ready to be trained; `plain` is the one without adapters.

    `lora` is what peft made of it, or of its body where the rest is no class of transformers.
    """

    module: Any
    plain: Any
    adapter: Adapter | None = None
    lora: Any = None


@dataclass(frozen=True)
class Adapter:
    """Hold LoRA weights by name, and the configuration of peft, as they are saved."""

    config: Any
    weights: dict[str, Any] = field(repr=False, default_factory=dict)

    def save(self, folder: Path, base: str) -> None:
        """Write a folder that ``peft.PeftModel.from_pretrained`` reads."""
        safetensors = require("safetensors.torch", extra="hf", purpose=PURPOSE)
        folder.mkdir(parents=True, exist_ok=True)
        self.config.base_model_name_or_path = base
        self.config.inference_mode = True
        self.config.save_pretrained(str(folder))
        plain = {name: weight.contiguous().cpu() for name, weight in self.weights.items()}
        safetensors.save_file(plain, str(folder / "adapter_model.safetensors"))

    @classmethod
    def load(cls, folder: Path) -> Adapter:
        """Read what `save` wrote."""
        peft = require("peft", extra="hf", purpose="LoRA")
        safetensors = require("safetensors.torch", extra="hf", purpose=PURPOSE)
        weights = safetensors.load_file(str(folder / "adapter_model.safetensors"))
        return cls(peft.LoraConfig.from_pretrained(str(folder)), weights)


def adapt(
    module: Any, how: str, rank: int, start: Adapter | None = None, *, embeddings: str = LEARNT
) -> Adapted:
    """Return the module with only those weights trainable that `how` names.

    `start` are adapters to go on from; they replace fresh ones. After contrastive tuning the
    head is what is left to learn. `embeddings` says whether the table of word pieces is learnt
    with all weights, or ``frozen``.
    """
    for weights in module.parameters():
        weights.requires_grad_(how == "full")
    if embeddings != LEARNT:
        module.get_input_embeddings().weight.requires_grad_(False)
    if how in ("head", "contrastive"):
        on_top = _outside(module)
        for name, weights in module.named_parameters():
            weights.requires_grad_(name in on_top)
    if how != "lora":
        return Adapted(module, module)
    if hasattr(module, "saved"):  # no class of transformers
        return _inside(module, rank, start)
    return _with_lora(module, rank, _linear_layers(module), head_modules(module), start)


def _inside(module: Any, rank: int, start: Adapter | None) -> Adapted:
    """Put the adapters into the part that is saved, so that they fit it when it is loaded alone.

    What is on top of it learns as a whole and is no part of the adapters.
    """
    prefix = f"{module.base_model_prefix}."
    layers = [name.removeprefix(prefix) for name in _linear_layers(module)]
    lora = _with_lora(module.saved, rank, layers, None, start).lora
    for name, weights in module.named_parameters():
        if not name.startswith(prefix):
            weights.requires_grad_(True)
    return Adapted(module, module, lora=lora)


def adapt_writer(module: Any, how: str, rank: int, start: Adapter | None = None) -> Adapted:
    """Return a model that writes with all weights trainable, or adapters on its linear layers."""
    for weights in module.parameters():
        weights.requires_grad_(how == "full")
    if how == "full":
        return Adapted(module, module)
    linear = require("torch", extra="hf", purpose=PURPOSE).nn.Linear
    output = module.get_output_embeddings()
    named = [n for n, x in module.named_modules() if isinstance(x, linear) and x is not output]
    return _with_lora(module, rank, named, None, start)


def _with_lora(
    module: Any, rank: int, layers: list[str], saved: list[str] | None, start: Adapter | None
) -> Adapted:
    peft = require("peft", extra="hf", purpose="LoRA")
    config = peft.LoraConfig(
        r=rank,
        lora_alpha=2 * rank,
        lora_dropout=DROPOUT,
        target_modules=layers,
        modules_to_save=saved,
    )
    with quiet():
        wrapped = peft.get_peft_model(module, config)
        if start is not None:
            peft.set_peft_model_state_dict(wrapped, start.weights)
    return Adapted(wrapped, module, lora=wrapped)


def merge(adapted: Adapted) -> Adapted:
    """Return the plain module with the adapters worked into its weights, and the adapters."""
    if adapted.lora is None:
        return adapted
    peft = require("peft", extra="hf", purpose="LoRA")
    weights = peft.get_peft_model_state_dict(adapted.lora)
    config = adapted.lora.peft_config["default"]
    kept = {name: weight.detach().clone() for name, weight in weights.items()}
    with quiet():
        adapted.lora.merge_and_unload()  # in place
    return Adapted(adapted.plain, adapted.plain, Adapter(config, kept))


def head_parameters(adapted: Adapted) -> frozenset[str]:
    """Return the names of the trainable weights on top of the encoder."""
    tops = tuple(f"{name}." for name in head_modules(adapted.plain) if name != POOLER)
    return frozenset(
        name
        for name, weights in adapted.module.named_parameters()
        if weights.requires_grad and name.removeprefix("base_model.model.").startswith(tops)
    )


def head_modules(module: Any) -> list[str]:
    """Return the parts that are new for a task: the head, and the encoder's pooler."""
    prefix = module.base_model_prefix
    tops = [n for n, part in module.named_children() if n != prefix and list(part.parameters())]
    pooler = getattr(module.base_model, POOLER, None)
    return [*tops, POOLER] if pooler is not None else tops


def _outside(module: Any) -> frozenset[str]:
    inside = f"{module.base_model_prefix}."
    pooler = f"{inside}{POOLER}."
    names = [name for name, _ in module.named_parameters()]
    return frozenset(n for n in names if not n.startswith(inside) or n.startswith(pooler))


def _linear_layers(module: Any) -> list[str]:
    linear = require("torch", extra="hf", purpose=PURPOSE).nn.Linear
    inside = f"{module.base_model_prefix}."
    pooler = f"{inside}{POOLER}."
    return [
        name
        for name, part in module.named_modules()
        if isinstance(part, linear) and name.startswith(inside) and not name.startswith(pooler)
    ]


def copy_of(module: Any) -> Any:
    """Return a module of its own with the same weights and none of the hooks."""
    if hasattr(module, "copied"):  # no class of transformers
        return module.copied()
    made = type(module)(copy.deepcopy(module.config))
    made.load_state_dict(module.state_dict())
    return made.eval()


def plain_pooler(module: Any) -> None:
    """Let the pooler pass its input on, where it is a square layer.

    Sentence encoders average tokens and never train the pooler that they carry along; see
    docs/decisions/0016-fine-tuning.md.
    """
    torch = require("torch", extra="hf", purpose=PURPOSE)
    dense = getattr(getattr(module.base_model, POOLER, None), "dense", None)
    if isinstance(dense, torch.nn.Linear) and dense.in_features == dense.out_features:
        torch.nn.init.eye_(dense.weight)
        torch.nn.init.zeros_(dense.bias)


def with_classes(module: Any, before: tuple[str, ...], now: tuple[str, ...]) -> Any:
    """Return the module with an output for each of `now`; those in `before` keep their weights.

    `before` names the outputs that there are; a name that is in neither begins anew.
    """
    config = module.config
    config.id2label = dict(enumerate(now))
    config.label2id = {name: i for i, name in enumerate(now)}
    if before == now:
        return module
    torch = require("torch", extra="hf", purpose=PURPOSE)
    name = _classifier_path(module, len(before))
    old = module.get_submodule(name)
    fresh = torch.nn.Linear(old.in_features, len(now), bias=old.bias is not None)
    fresh = fresh.to(old.weight.device)
    torch.nn.init.normal_(fresh.weight, std=getattr(config, "initializer_range", 0.02))
    if fresh.bias is not None:
        torch.nn.init.zeros_(fresh.bias)
    place = {label: i for i, label in enumerate(before)}
    with torch.no_grad():
        for row, label in enumerate(now):
            if label in place:
                fresh.weight[row] = old.weight[place[label]]
                if fresh.bias is not None:
                    fresh.bias[row] = old.bias[place[label]]
    parent, _, leaf = name.rpartition(".")
    setattr(module.get_submodule(parent), leaf, fresh)
    module.num_labels = len(now)
    return module


def _classifier_path(module: Any, outputs: int) -> str:
    labels = module.config.id2label
    module.config.id2label = dict(enumerate(map(str, range(outputs))))
    try:
        return classifier_name(module)
    finally:
        module.config.id2label = labels
