"""What a model that writes learns from: prompts with their answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.imports import require
from asknext.core.spans import MASKED
from asknext.models.deep.course import Course, Judge, Loss
from asknext.models.deep.network import autocast
from asknext.models.deep.writing.forms import Form
from asknext.models.deep.writing.prompts import Prompted

PURPOSE = "a model that writes"


def course(
    form: Form,
    items: Sequence[Prompted],
    weights: FloatArray,
    held: Sequence[Prompted],
    padding: int,
    precision: str,
) -> Course:
    """Return what the Trainer goes through; the loss is that of the answers' tokens alone."""
    return Course(
        items=[
            {
                "item": item,
                "input_ids": range(len(item.prompt) + len(item.answer)),
                "weight": float(weight),
            }
            for item, weight in zip(items, weights, strict=True)
        ],
        collate=_collator(form, padding),
        loss=_loss(form),
        judge=_judge(form, held, padding, precision) if held else None,
    )


def _collator(form: Form, padding: int) -> Callable[[Sequence[dict[str, Any]]], dict[str, Any]]:
    torch = require("torch", extra="hf", purpose=PURPOSE)

    def collate(items: Sequence[dict[str, Any]]) -> dict[str, Any]:
        chosen = [item["item"] for item in items]
        weights = torch.tensor([item["weight"] for item in items], dtype=torch.float32)
        return {
            **form.inputs(chosen, padding),
            "target": form.targets(chosen),
            "weight": weights,
        }

    return collate


def _loss(form: Form) -> Loss:
    functional = require("torch.nn.functional", extra="hf", purpose=PURPOSE)

    def loss(module: Any, inputs: dict[str, Any], target: Any) -> Any:
        logits = form.logits(module, inputs, target).float()
        each = functional.cross_entropy(
            logits.transpose(1, 2), target, ignore_index=MASKED, reduction="none"
        )
        # Every token counts the same, so a long answer counts more than a short one.
        return each.sum(dim=1) * len(target) / (target != MASKED).sum().clamp(min=1)

    return loss


def _judge(form: Form, held: Sequence[Prompted], padding: int, precision: str) -> Judge:
    def judge(module: Any) -> tuple[float, float]:
        training = module.training
        module.eval()
        said = [logprobs(form, module, [one], padding, precision)[0][0] for one in held]
        module.train(training)
        loss = -float(np.concatenate(said).mean())
        return -loss, loss

    return judge


def logprobs(
    form: Form, module: Any, items: Sequence[Prompted], padding: int, precision: str
) -> list[tuple[FloatArray, FloatArray]]:
    """Return log p and entropy, in nats, of each token (tokens,) of each answer."""
    torch = require("torch", extra="hf", purpose=PURPOSE)
    device = next(module.parameters()).device
    inputs = {name: one.to(device) for name, one in form.inputs(items, padding).items()}
    target = form.targets(items).to(device)
    with torch.inference_mode(), autocast(device, precision):
        logits = form.logits(module, inputs, target).float()
    told = target != MASKED
    found = []
    for scores, tokens, mine in zip(logits, target, told, strict=True):
        log = torch.log_softmax(scores[mine], dim=1)
        chosen = log.gather(1, tokens[mine][:, None])[:, 0]
        entropy = -(log.exp() * log).sum(dim=1)
        found.append((chosen.cpu().numpy(), entropy.cpu().numpy()))
    return found
