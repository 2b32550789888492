"""The model card of a standard Hugging Face folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asknext.encoders.classifier import HEADLESS
from asknext.models.card import (
    LICENCE,
    calibration_part,
    counts_part,
    labels_part,
    limits_part,
    origin_rows,
    plain,
    quality_part,
    table,
    write_parts,
)
from asknext.models.deep.folder import usage
from asknext.models.deep.writing.prompts import PLAIN

PIPELINES = {
    "classification": "text-classification",
    "multi_label": "text-classification",
    "regression": "text-classification",
    "preference": "text-classification",
    "tagging": "token-classification",
    "generation": "text-generation",
}

READ = {
    "classification": "logits.softmax(-1)  # a probability for each of model.config.id2label",
    "multi_label": "logits.sigmoid()  # a probability for each of model.config.id2label",
    "regression": "logits[:, 0]  # the number",
    "preference": "logits[:, 0]  # the reward of a prompt and its answer; higher is better",
    "tagging": "logits.softmax(-1)  # for each token a probability of each tag",
}

TEXTS = {"preference": '["a prompt\\nand its answer"]'}
ANY_TEXT = '["a text"]'


def write_standard_card(path: Path, facts: Mapping[str, Any], card: Mapping[str, Any]) -> None:
    """Write ``README.md``.

    `facts` is the ``asknext.json`` of the folder; `card` that of the project: see
    `asknext.models.card.write_card`. Its ``quality`` is of the folder's own outputs, and
    ``serving`` that of the project, whose quick model may sit on top.
    """
    write_parts(
        path,
        [
            _front(facts),
            f"# {plain(card.get('project') or 'A model')}",
            _about(facts, card),
            quality_part(card.get("quality")),
            _serving(card.get("serving")),
            labels_part(facts["task"], card.get("classes") or (), "Examples answered"),
            counts_part(card.get("counts") or {}),
            _settings(facts),
            calibration_part(facts.get("calibration"), "It is worked into the last layer."),
            _usage(facts),
            limits_part(facts["task"]),
            LICENCE,
        ],
    )


def _front(facts: Mapping[str, Any]) -> str:
    source = str(facts["base"]["source"])
    kind = str(facts["task"]["kind"])
    pipeline = PIPELINES[kind]
    if facts["auto"] == "AutoModelForSeq2SeqLM":
        pipeline = "text2text-generation"
    if facts["auto"] == HEADLESS:
        pipeline = "sentence-similarity" if kind == "regression" else "feature-extraction"
    lines = ["---", "library_name: transformers", "license: unknown", f"pipeline_tag: {pipeline}"]
    if source.count("/") == 1 and ":" not in source:
        lines.append(f"base_model: {source}")
    return "\n".join([*lines, "tags:", "- active-learning", "---"])


def _about(facts: Mapping[str, Any], card: Mapping[str, Any]) -> str:
    base, told = facts["base"], facts["facts"]
    rows: list[tuple[str, object]] = [
        ("Task", facts["task"]["kind"]),
        ("Base", card.get("started_from") or base["source"]),
        ("Base revision", base["revision"]),
        *((name, card[key]) for key, name in MADE if card.get(key)),
        ("Labels learnt from", told["labels"]),
        ("Tuned", told["how"]),
        ("Training seed", told["seed"]),
        ("Longest text", f"{facts['max_tokens']} tokens"),
        *origin_rows(card),
    ]
    if int(facts.get("members", 1)) > 1:
        rows.append(("Member", f"the first of {facts['members']} that were trained"))
    return table(("", ""), rows)


MADE = (("run", "Training"), ("hash", "Hash of the weights"))


def _serving(serving: Mapping[str, Any] | None) -> str:
    if not serving or serving.get("estimate") is None:
        return ""
    return (
        "In the project a model that learns at once sits on the vectors of this one; that pair, "
        "which `asknext export PROJECT FOLDER --model` writes, has "
        f"{plain(serving['metric'])} {float(serving['estimate']):.3f} "
        f"({float(serving['low']):.3f} to {float(serving['high']):.3f}, n = {serving['n']})."
    )


def _settings(facts: Mapping[str, Any]) -> str:
    given = {**facts.get("tuning", {}), **facts.get("writing", {})}
    rows = [(name, value) for name, value in given.items() if value is not None and name != "base"]
    return "## Training settings\n\n" + table(("Setting", "Value"), rows) if rows else ""


def _usage(facts: Mapping[str, Any]) -> str:
    kind, auto = str(facts["task"]["kind"]), facts["auto"]
    lines = "\n".join(usage(auto, facts))
    head = f"## How to use\n\n```python\n{lines}\n"
    if auto == HEADLESS:
        return f"{head}```"
    if kind not in READ:
        return f"{head}{_prompted(facts)}```"
    limit = f"max_length={facts['max_tokens']}"
    if kind == "preference":
        head += 'tokenizer.truncation_side = "left"\n'
    return (
        f"{head}inputs = tokenizer({TEXTS.get(kind, ANY_TEXT)}, return_tensors="
        f'"pt", truncation=True, {limit})\n'
        f"logits = model(**inputs).logits\n{READ[kind]}\n```"
    )


def _prompted(facts: Mapping[str, Any]) -> str:
    """Return how a text becomes what the model was trained to answer."""
    if facts["auto"] == "AutoModelForSeq2SeqLM":
        given = 'inputs = tokenizer("a text", return_tensors="pt")\n'
    elif facts.get("chat"):
        given = (
            'said = [{"role": "user", "content": "a text"}]\n'
            "inputs = tokenizer.apply_chat_template(\n"
            '    said, add_generation_prompt=True, return_tensors="pt", return_dict=True\n)\n'
        )
    else:
        given = f'inputs = tokenizer({PLAIN.format(source="a text")!r}, return_tensors="pt")\n'
    return (
        f"{given}found = model.generate(**inputs, max_new_tokens={facts['max_new_tokens']})\n"
        "tokenizer.decode(found[0], skip_special_tokens=True)\n"
    )
