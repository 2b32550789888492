"""A fine-tuned model to take away: the standard Hugging Face folder and a model card, no more.

Layout: ``config.json``, ``model.safetensors``, the tokenizer's files, ``README.md``; beside them
``adapter/`` where low-rank adapters were trained, and ``asknext.json``, by which asknext can
start from this model. Paths of the machine that trained it are left out, and so is all that says
which texts it learnt from.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asknext.core.errors import NotFound
from asknext.models.exported import ABOUT, without_nan, write_folder
from asknext.models.standard_card import write_standard_card

LEFT_OUT = frozenset({"README.md", "members", ABOUT})


def export_standard(folder: Path, *, source: Path, card: Mapping[str, Any]) -> None:
    """Copy the trained model in `source` to a folder that transformers loads by itself.

    The folder appears complete or not at all; an earlier export there is replaced. Of an
    ensemble the first member is taken. `card` is what `write_standard_card` takes.

    Raises:
        NotFound: `source` holds no trained model.
        AlreadyExists: there is something else under the name of `folder`.
    """
    facts = portable_facts(source)
    write_folder(folder, lambda made: _write(made, source, facts, without_nan(card)))


def portable_facts(source: Path) -> dict[str, Any]:
    """Return what asknext knows of a trained model, without paths and traces of its texts."""
    try:
        facts: dict[str, Any] = json.loads((source / ABOUT).read_text(encoding="utf-8"))
    except OSError as error:
        raise NotFound(f"{source} holds no trained model ({error}); train one first") from error
    base = {**facts["base"], "source": shown_source(str(facts["base"]["source"]))}
    made = {**facts, "base": base, "learnt": [], "members": len(facts.get("folds") or [1])}
    if "tuning" in facts:
        made["tuning"] = {**facts["tuning"], "base": shown_source(facts["tuning"]["base"])}
    if "folds" in facts:
        made["folds"] = facts["folds"][:1]
    return {**made, "chat": _has_template(source)}


def _has_template(source: Path) -> bool:
    """Say whether the tokenizer brings a chat template, in its settings or in a file."""
    path = source / "tokenizer_config.json"
    told = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return bool(told.get("chat_template")) or (source / "chat_template.jinja").is_file()


def shown_source(source: str) -> str:
    """Return the name of a base: of a folder its own name, whose path is nobody's business.

    >>> shown_source("org/model"), shown_source("/home/ann/models/my-bert/")
    ('org/model', 'my-bert')
    """
    path = Path(source)
    return path.name if path.is_absolute() or source.startswith((".", "~")) else source


def _write(made: Path, source: Path, facts: dict[str, Any], card: Mapping[str, Any]) -> None:
    for part in sorted(source.iterdir()):
        if part.name in LEFT_OUT:
            continue
        if part.is_dir():
            shutil.copytree(part, made / part.name)
        else:
            shutil.copy2(part, made / part.name)
    text = json.dumps(facts, ensure_ascii=False, indent=2, allow_nan=False)
    (made / ABOUT).write_text(text + "\n", encoding="utf-8")
    write_standard_card(made / "README.md", facts, card)
