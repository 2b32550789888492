"""Write a graph with all that serving it takes: the tokenizer, what the numbers mean, a card.

Layout: ``model.onnx``, ``tokenizer.json`` (cutting and padding set), ``graph.json`` (inputs,
outputs, classes), ``README.md``. Nothing of asknext, transformers or torch is needed to serve it.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from asknext.core.errors import Unsupported
from asknext.core.examples import Example
from asknext.core.imports import require
from asknext.core.protocols import Encoder, Model
from asknext.encoders.transformer import Transformer
from asknext.models.deep.base import load_tokenizer, module_of
from asknext.models.deep.problems import saved_problem
from asknext.models.deep.quiet import quiet
from asknext.models.exported import GRAPH, write_folder
from asknext.models.onnx.card import write_graph_card
from asknext.models.onnx.graphs import (
    INPUTS,
    PURPOSE,
    ending,
    head_graph,
    linear_parts,
    vector_module,
    whole_graph,
)
from asknext.models.standard import portable_facts

FAITHFUL = 1e-3  # above, a graph does not say what the model says
LARGE = 1.5 * 2**30  # bytes of weights that a file of its own is for: ONNX ends at 2 GiB


@dataclass(frozen=True)
class Graph:
    """Hold what is written: the torch module, its tokenizer, and what serving has to know."""

    module: Any
    tokenizer: Any
    kind: str
    classes: Sequence[str]
    max_tokens: int
    prefix: str = ""
    truncation: str = "right"
    ignored: Sequence[str] = ()

    @property
    def inputs(self) -> tuple[str, ...]:
        """Return the names of the inputs that the tokenizer fills and the module reads."""
        names = self.tokenizer.model_input_names
        return tuple(name for name in INPUTS if name in names and name not in self.ignored)

    def about(self) -> dict[str, Any]:
        """Return ``graph.json``."""
        return {
            "version": 1,
            "task": self.kind,
            "inputs": list(self.inputs),
            "outputs": list(ending(self.kind).outputs),
            "classes": list(self.classes),
            "max_tokens": self.max_tokens,
            "prefix": self.prefix,
        }


@dataclass(frozen=True)
class Checked:
    """Say on how many texts graph and model were compared, and how far they are apart at most."""

    texts: int
    difference: float


def export_onnx(
    folder: Path,
    *,
    source: Path,
    task: Any,
    card: Mapping[str, Any],
    texts: Sequence[Example],
) -> dict[str, Any]:
    """Write the fine-tuned model in `source` as a graph; return what comparing it gave.

    Raises:
        Unsupported: a model that writes, or whose graph says something else.
        MissingExtra: the extra ``onnx`` is not installed.
        AlreadyExists: there is something else under the name of `folder`.
    """
    ending(task.kind)
    facts = portable_facts(source)
    problem = saved_problem(task, facts).named(tuple(facts["classes"]))
    module = module_of(source, problem)
    if getattr(module, "compares", False):
        raise Unsupported(
            "a model that reads two texts apart and compares them is no single graph; take the "
            "Hugging Face folder: --hf"
        )
    tokenizer = load_tokenizer(source)
    graph = Graph(
        whole_graph(module, task.kind),
        tokenizer,
        task.kind,
        facts["classes"],
        int(facts["max_tokens"]),
        truncation="left" if task.kind == "preference" else "right",
    )
    return _export(folder, graph, {**card, "base": facts["base"]}, texts)


def export_head_onnx(
    folder: Path,
    *,
    task: Any,
    encoder: Encoder,
    model: Model,
    card: Mapping[str, Any],
    texts: Sequence[Example],
) -> dict[str, Any]:
    """Write an encoder and the linear model on top as one graph; return what comparing it gave.

    Raises:
        Unsupported: an encoder or a model that cannot be a graph.
        MissingExtra, AlreadyExists: as `export_onnx`.
    """
    weight, bias, classes = linear_parts(model)
    module = head_graph(vector_module(encoder), weight, bias, task.kind)
    prefix, ignored = "", []
    if isinstance(encoder, Transformer):
        cut, prefix, ignored = encoder.facts.max_tokens, encoder.prefix, ["token_type_ids"]
    else:
        cut = encoder.max_tokens  # type: ignore[attr-defined]
    tokenizer = load_tokenizer(encoder.folder)  # type: ignore[attr-defined]
    graph = Graph(module, tokenizer, task.kind, classes, cut, prefix, ignored=ignored)
    base = {"source": encoder.name, "revision": encoder.revision}
    return _export(folder, graph, {**card, "base": base, "head": model.name}, texts)


def _export(
    folder: Path, graph: Graph, card: Mapping[str, Any], texts: Sequence[Example]
) -> dict[str, Any]:
    for module in ("onnx", "onnxscript", "onnxruntime"):
        require(module, extra="onnx", purpose=PURPOSE)
    if not graph.tokenizer.is_fast:
        raise Unsupported("a graph needs a tokenizer.json beside it, and this model has none")
    found: list[Checked] = []

    def write(made: Path) -> None:
        _write_tokenizer(graph, made)
        _write_graph(graph, made / "model.onnx")
        found.append(_compared(graph, made, texts))
        _write_json(made / GRAPH, graph.about())
        write_graph_card(made / "README.md", graph.about(), card, asdict(found[0]))

    write_folder(folder, write)
    return asdict(found[0])


def _write_json(path: Path, data: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _write_tokenizer(graph: Graph, made: Path) -> None:
    """Write ``tokenizer.json`` with cutting and padding set, so that who loads it sets nothing."""
    backend = graph.tokenizer.backend_tokenizer
    backend.enable_truncation(graph.max_tokens, direction=graph.truncation)
    pad = graph.tokenizer.pad_token_id
    backend.enable_padding(pad_id=int(pad or 0), pad_token=str(graph.tokenizer.pad_token))
    backend.save(str(made / "tokenizer.json"))


def _write_graph(graph: Graph, path: Path) -> None:
    torch = require("torch", extra="onnx", purpose=PURPOSE)
    given = _inputs(graph, ["a first text", "and a second one, which is longer"])
    sizes = {0: torch.export.Dim("texts"), 1: torch.export.Dim("tokens", min=2)}
    with _silence(), torch.inference_mode(False), torch.no_grad():
        program = torch.onnx.export(
            graph.module,
            (),
            kwargs={name: torch.from_numpy(table) for name, table in given.items()},
            dynamo=True,
            dynamic_shapes=dict.fromkeys(given, sizes),
            input_names=list(given),
            output_names=list(ending(graph.kind).outputs),
            verbose=False,
        )
        weights = sum(p.numel() * p.element_size() for p in graph.module.parameters())
        program.save(str(path), external_data=weights > LARGE)


def _inputs(graph: Graph, texts: Sequence[str | tuple[str, str]]) -> dict[str, Any]:
    """Return the inputs (texts, tokens) int64, by name, as whoever serves the graph makes them."""
    rows = graph.tokenizer.backend_tokenizer.encode_batch(list(texts))
    tables = {
        "input_ids": [row.ids for row in rows],
        "attention_mask": [row.attention_mask for row in rows],
        "token_type_ids": [row.type_ids for row in rows],
    }
    return {name: np.array(tables[name], np.int64) for name in graph.inputs}


def _compared(graph: Graph, made: Path, examples: Sequence[Example]) -> Checked:
    """Run graph and module on texts, one by one and together; Unsupported where they differ."""
    torch = require("torch", extra="onnx", purpose=PURPOSE)
    runtime = require("onnxruntime", extra="onnx", purpose=PURPOSE)
    session = runtime.InferenceSession(str(made / "model.onnx"), providers=["CPUExecutionProvider"])
    texts = [text_of(example, graph.kind, graph.prefix) for example in examples] or ["a text"]
    worst = 0.0
    for batch in (texts, texts[:1], texts[:3]):
        given = _inputs(graph, batch)
        wanted = {one.name for one in session.get_inputs()}
        said = session.run(None, {name: given[name] for name in given if name in wanted})
        with torch.no_grad():
            meant = graph.module(**{name: torch.from_numpy(x) for name, x in given.items()})
        # Scores have no scale of their own: what is compared is what people read, the last one.
        apart = np.abs(said[-1] - meant[-1].numpy())
        worst = max(worst, float((apart / np.maximum(1.0, np.abs(meant[-1].numpy()))).max()))
    if worst > FAITHFUL:
        raise Unsupported(
            f"the graph of this model differs from it by {worst:.2g}: torch does not convert its "
            "architecture faithfully. Take the Hugging Face folder: --hf"
        )
    return Checked(len(texts), worst)


def text_of(example: Example, kind: str, prefix: str) -> str | tuple[str, str]:
    """Return what the tokenizer is given of an example: a text, or two."""
    fields = example.fields
    if kind == "preference":
        return f"{fields.get('text', '')}\n{fields.get('a', '')}"
    if fields.get("text_pair") is not None:
        return str(fields["text"]), str(fields["text_pair"])
    return prefix + example.text


@contextmanager
def _silence() -> Iterator[None]:
    """Keep what the converter says of itself to itself."""
    said = logging.getLogger("torch.onnx")
    level = said.level
    said.setLevel(logging.ERROR)
    try:
        with quiet(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        said.setLevel(level)
