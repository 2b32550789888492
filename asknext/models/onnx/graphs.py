"""What goes into a graph: the network, and what makes answers of its numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from asknext.core.batch import FloatArray
from asknext.core.errors import Unsupported
from asknext.core.imports import require
from asknext.encoders.classifier import classifier_name
from asknext.encoders.transformer import Transformer
from asknext.encoders.tuned import Tuned

PURPOSE = "an ONNX graph"
LOGITS, PROBABILITIES, VALUE, REWARD = "logits", "probabilities", "value", "reward"
INPUTS = ("input_ids", "attention_mask", "token_type_ids")

Tensors = tuple[Any, ...]


@dataclass(frozen=True)
class Ending:
    """Say what comes out of a graph: the names, and how scores become them."""

    outputs: tuple[str, ...]
    finish: Callable[[Any], Tensors]


ENDINGS: dict[str, Ending] = {
    "classification": Ending((LOGITS, PROBABILITIES), lambda x: (x, x.softmax(-1))),
    "multi_label": Ending((LOGITS, PROBABILITIES), lambda x: (x, x.sigmoid())),
    "tagging": Ending((LOGITS, PROBABILITIES), lambda x: (x, x.softmax(-1))),
    "regression": Ending((VALUE,), lambda x: (x[:, 0],)),
    "preference": Ending((REWARD,), lambda x: (x[:, 0],)),
}


def ending(kind: str) -> Ending:
    """Return the ending for a kind of task; raises Unsupported for one that has none."""
    if kind not in ENDINGS:
        raise Unsupported(
            f"a model for {kind!r} writes word by word, which is no single graph; ONNX export "
            f"serves: {', '.join(sorted(ENDINGS))}. Take the Hugging Face folder: --hf"
        )
    return ENDINGS[kind]


def whole_graph(module: Any, kind: str) -> Any:
    """Return a module from token ids to the answers of a fine-tuned model."""
    return _module(lambda inputs: module(**inputs).logits, ending(kind).finish, module)


def head_graph(vectors: Any, weight: FloatArray, bias: FloatArray, kind: str) -> Any:
    """Return a module of an encoder (`vectors`) and a linear model on top.

    `weight` is (outputs, columns) and `bias` (outputs,), any temperature worked in.
    """
    torch = require("torch", extra="onnx", purpose=PURPOSE)
    linear = torch.nn.Linear(weight.shape[1], weight.shape[0])
    with torch.no_grad():
        linear.weight.copy_(torch.from_numpy(weight.copy()))
        linear.bias.copy_(torch.from_numpy(bias.copy()))
    return _module(lambda inputs: linear(vectors(**inputs)), ending(kind).finish, vectors, linear)


def _module(
    run: Callable[[dict[str, Any]], Any], finish: Callable[[Any], Tensors], *parts: Any
) -> Any:
    """Return a torch module of these parts with one signature for all models."""
    torch = require("torch", extra="onnx", purpose=PURPOSE)

    class Graph(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.parts = torch.nn.ModuleList(parts)

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any = None) -> Any:
            inputs = {"input_ids": input_ids, "attention_mask": attention_mask}
            if token_type_ids is not None:
                inputs["token_type_ids"] = token_type_ids
            return finish(run(inputs))

    return Graph().eval()


def vector_module(encoder: Any) -> Any:
    """Return a torch module from token ids to the vectors of an encoder, in float32.

    Raises:
        Unsupported: an encoder that is no language model, or reads an example in parts.
    """
    if isinstance(encoder, Tuned) and not encoder.headless:
        return _tuned_vectors(encoder)
    if isinstance(encoder, Transformer):
        return _pooled_vectors(encoder)
    raise Unsupported(
        f"the encoder {encoder.name!r} cannot be an ONNX graph; those that can: minilm, a Hugging "
        "Face model, and fine-tuned models of classification, multi_label and regression"
    )


def _pooled_vectors(encoder: Transformer) -> Any:
    torch = require("torch", extra="onnx", purpose=PURPOSE)
    model = _loaded(encoder.folder, "AutoModel")
    pooling, layers = encoder.facts.pooling, encoder.layers

    class Pooled(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, **inputs: Any) -> Any:
            mask = inputs["attention_mask"]
            hidden = self.model(**inputs, output_hidden_states=True).hidden_states
            blocks = [_sentence(hidden[-1], mask, pooling)]
            blocks += [_mean(hidden[layer], mask) for layer in layers]
            return torch.cat([_unit(block) for block in blocks], dim=1)

    return Pooled()


def _tuned_vectors(encoder: Tuned) -> Any:
    torch = require("torch", extra="onnx", purpose=PURPOSE)
    model = _loaded(encoder.folder, "AutoModelForSequenceClassification")
    # What the classifier reads is what comes out once the classifier passes everything on.
    model.set_submodule(classifier_name(model), torch.nn.Identity())

    class Features(torch.nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, **inputs: Any) -> Any:
            found = self.model(**inputs, output_hidden_states=True)
            mean = _mean(found.hidden_states[-1], inputs["attention_mask"])
            return torch.cat([_unit(mean), _unit(found.logits)], dim=1)

    return Features()


def _sentence(hidden: Any, mask: Any, pooling: str) -> Any:
    if pooling == "cls":
        return hidden[:, 0]
    if pooling == "lasttoken":
        torch = require("torch", extra="onnx", purpose=PURPOSE)
        last = (mask.sum(dim=1) - 1)[:, None, None].expand(-1, 1, hidden.shape[-1])
        return torch.gather(hidden, 1, last)[:, 0]
    return _mean(hidden, mask)


def _mean(hidden: Any, mask: Any) -> Any:
    kept = mask[:, :, None].to(hidden.dtype)
    return (hidden * kept).sum(dim=1) / kept.sum(dim=1).clamp(min=1)


def _unit(block: Any) -> Any:
    return require("torch.nn.functional", extra="onnx", purpose=PURPOSE).normalize(block, dim=1)


def _loaded(folder: Any, auto: str) -> Any:
    from asknext.models.deep.base import load_module

    return load_module(folder, auto)


def linear_parts(model: Any) -> tuple[FloatArray, FloatArray, Sequence[str]]:
    """Return weight (outputs, columns), bias (outputs,) and classes of a linear model.

    Raises:
        Unsupported: another kind of model.
    """
    import numpy as np

    if model.name not in LINEAR:
        raise Unsupported(
            f"the model {model.name!r} cannot be an ONNX graph; those that can: "
            f"{', '.join(LINEAR)}, and the fine-tuned ones"
        )
    parameters = model.parameters
    weight = np.atleast_2d(np.asarray(parameters["weight"], np.float32))
    bias = np.atleast_1d(np.asarray(parameters["bias"], np.float32))
    if model.name == "ridge":
        return weight, bias, ()
    heat = np.float32(model.calibration.temperature)
    return weight / heat, bias / heat, model.classes


LINEAR = ("linear", "linear_labels", "ridge")
