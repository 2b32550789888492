"""Look inside a model with a classification head: its last layers, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from threading import local
from typing import Any

from asknext.core.errors import Unsupported
from asknext.core.imports import require

PURPOSE = "a fine-tuned model"
HEADLESS = "AutoModel"
"""The class that reads a model without a head: one whose texts are compared, or layers read."""


def classifier_name(module: Any) -> str:
    """Return the name of the last linear layer, which has an output for each label.

    Raises:
        Unsupported: there is none, as in models that were not trained with a head.
    """
    linear = require("torch", extra="hf", purpose=PURPOSE).nn.Linear
    outputs = int(module.config.num_labels)
    found = [
        name
        for name, part in module.named_modules()
        if isinstance(part, linear)
        and part.out_features == outputs
        and not name.startswith(f"{module.base_model_prefix}.")
    ]
    if not found:
        raise Unsupported(
            f"{type(module).__name__} has no linear layer with {outputs} outputs on top; "
            "give a model for sequence or token classification"
        )
    return str(found[-1])


@dataclass(frozen=True)
class Seen:
    """Hold what one batch gave, as tensors.

    `logits` (b, …) come out of the head; `hidden` (b, tokens, d) is the last layer; `features`
    (b, f), for token classification (b, tokens, f), is what the linear layer reads. Without a
    head there are layers alone.
    """

    logits: Any
    hidden: Any
    features: Any


class Inspected:
    """Run a model and note its last layer and what its classifier reads; threads may share it."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.name = classifier_name(module)
        self.classifier = module.get_submodule(self.name)
        self._own = local()
        self._hooks = [
            self.classifier.register_forward_pre_hook(self._note_features),
            module.base_model.register_forward_hook(self._note_hidden),
        ]

    def close(self) -> None:
        """Leave the module as it was."""
        for hook in self._hooks:
            hook.remove()

    @property
    def columns(self) -> int:
        """Return how many numbers the classifier reads."""
        return int(self.classifier.in_features)

    def _note_features(self, part: Any, inputs: tuple[Any, ...]) -> None:
        self._own.features = inputs[0]

    def _note_hidden(self, part: Any, inputs: Any, output: Any) -> None:
        self._own.hidden = output[0]

    def run(self, inputs: dict[str, Any]) -> Seen:
        """Return what this batch gives; a sequence's features are those of its last token
        where the head sits on every token (as in decoder models).
        """
        logits = self.module(**inputs).logits
        hidden, features = self._own.hidden, self._own.features
        del self._own.hidden, self._own.features
        if logits.ndim == 2 and features.ndim == 3:
            last = inputs["attention_mask"].sum(dim=1) - 1
            features = features[
                require("torch", extra="hf", purpose=PURPOSE).arange(len(last)), last
            ]
        return Seen(logits, hidden, features)


class Headless:
    """Run a model that has no head: its last layer comes out and, where one is said, an inner one.

    The inner one, as `features`, is what was read beside the last one in the training.
    """

    def __init__(self, module: Any, layer: int | None = None) -> None:
        self.module = module
        self.layer = layer
        self.columns = 0 if layer is None else int(module.config.hidden_size)

    def run(self, inputs: dict[str, Any]) -> Seen:
        """Return the layers of this batch."""
        if self.layer is None:
            return Seen(None, self.module(**inputs)[0], None)
        found = self.module(**inputs, output_hidden_states=True).hidden_states
        return Seen(None, found[-1], found[self.layer])


def unit_mean(hidden: Any, mask: Any) -> Any:
    """Return the mean over the tokens (b, tokens, d) that `mask` keeps, at unit length, float32."""
    functional = require("torch.nn.functional", extra="hf", purpose=PURPOSE)
    kept = mask[:, :, None].to(hidden.device)
    mean = (hidden.float() * kept).sum(dim=1) / kept.sum(dim=1).clamp(min=1)
    return functional.normalize(mean, dim=1)
