"""The card of a graph: what it is, how good, and ten lines that serve it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asknext.models.card import (
    LICENCE,
    counts_part,
    labels_part,
    limits_part,
    origin_rows,
    plain,
    quality_part,
    table,
    write_parts,
)

SERVE = """import json
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

about = json.loads(Path("{folder}/graph.json").read_text(encoding="utf-8"))
tokenizer = Tokenizer.from_file("{folder}/tokenizer.json")
session = onnxruntime.InferenceSession("{folder}/model.onnx")
rows = tokenizer.encode_batch([about["prefix"] + text for text in {texts}])
parts = {{"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}}
names = [one.name for one in session.get_inputs()]
given = {{name: np.array([getattr(row, parts[name]) for row in rows]) for name in names}}
found = session.run([{output!r}], given)[0]
"""

READ = {
    "classification": 'print([about["classes"][i] for i in found.argmax(axis=1)])',
    "multi_label": 'print([[name for name, p in zip(about["classes"], row) if p >= 0.5] '
    "for row in found])",
    "tagging": 'print([[about["classes"][i] for i in row] for row in found.argmax(axis=2)])  '
    "# of each token; row.offsets are its characters",
    "regression": "print(found)",
    "preference": "print(found)  # higher is better",
}
TEXTS = {"preference": '["a prompt\\nand its answer"]'}
ANY_TEXTS = '["a text", "and another one"]'


def serving_code(about: Mapping[str, Any], folder: str) -> str:
    """Return Python that serves a graph with onnxruntime, tokenizers and numpy alone."""
    kind, output = str(about["task"]), str(about["outputs"][-1])
    lines = SERVE.format(folder=folder, texts=TEXTS.get(kind, ANY_TEXTS), output=output)
    return f"{lines}{READ[kind]}\n"


def write_graph_card(
    path: Path, about: Mapping[str, Any], card: Mapping[str, Any], checked: Mapping[str, Any]
) -> None:
    """Write ``README.md``; `about` is ``graph.json``, `checked` what comparing the graph gave."""
    task = {"kind": about["task"], "labels": list(about["classes"])}
    counted = task if about["task"] in ("classification", "multi_label") else {**task, "labels": ()}
    write_parts(
        path,
        [
            "---\nlibrary_name: onnx\nlicense: unknown\ntags:\n- active-learning\n---",
            f"# {plain(card.get('project') or 'A model')}, as a graph",
            _about(about, card, checked),
            quality_part(card.get("quality")),
            labels_part(counted, card.get("classes") or (), "Examples answered"),
            counts_part(card.get("counts") or {}),
            f"## How to serve\n\n```python\n{serving_code(about, 'path/to/this/folder')}```",
            limits_part(task),
            LICENCE,
        ],
    )


def _about(about: Mapping[str, Any], card: Mapping[str, Any], checked: Mapping[str, Any]) -> str:
    rows: list[tuple[str, object]] = [
        ("Task", about["task"]),
        ("Base", card["base"]["source"]),
        ("Base revision", card["base"]["revision"]),
        *([("Head", card["head"])] if "head" in card else []),
        *(
            (name, card[key])
            for key, name in (("run", "Training"), ("hash", "Hash"))
            if key in card
        ),
        ("Inputs", ", ".join(about["inputs"])),
        ("Outputs", ", ".join(about["outputs"])),
        ("Longest text", f"{about['max_tokens']} tokens; longer ones are cut"),
        (
            "Compared with the model",
            f"on {checked['texts']} texts in float32: apart by {checked['difference']:.1e} at most",
        ),
        *origin_rows(card),
    ]
    return table(("", ""), rows)
