"""Write a model that writes as a Hugging Face folder, and read it again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from asknext.core.errors import InvalidInput
from asknext.models.deep.adapting import Adapter
from asknext.models.deep.base import Base, load_module, load_tokenizer
from asknext.models.deep.folder import read_facts, write_card, write_facts, write_whole
from asknext.models.deep.hardware import find_hardware
from asknext.models.deep.quiet import quiet
from asknext.models.deep.saving import ADAPTER
from asknext.models.deep.tuning import Tuning
from asknext.models.deep.writing.fitting import Written
from asknext.models.deep.writing.forms import Form
from asknext.models.deep.writing.pen import Pen
from asknext.models.deep.writing.writing import Writing


def save_written(
    written: Written, name: str, task: Any, tuning: Tuning, writing: Writing, folder: Path
) -> None:
    """Write the folder, whole or not at all."""
    pen = written.pen
    facts = {
        "model": name,
        "task": task.to_json(),
        "auto": pen.form.auto,
        "classes": [],
        "tuning": tuning.to_json(),
        "writing": writing.to_json(),
        "base": {"source": written.base.source, "revision": written.base.revision},
        "max_tokens": pen.prompts.max_tokens,
        "max_new_tokens": pen.most,
        "precision": pen.precision,
        "calibration": {"reason": "texts are not calibrated"},
        "facts": written.facts,
        "learnt": sorted(written.learnt),
    }

    def write(draft: Path) -> None:
        with quiet():
            pen.prompts.tokenizer.save_pretrained(str(draft))
            pen.module.save_pretrained(str(draft))
            if written.adapter is not None:
                written.adapter.save(draft / ADAPTER, written.base.source)
        write_facts(draft, facts)
        write_card(draft, facts)

    write_whole(folder, write)


def load_written(folder: Path, name: str, form: Form, task: Any) -> tuple[Written, dict[str, Any]]:
    """Read what `save_written` wrote; return the model and its settings.

    Raises:
        InvalidInput: no such model, or another one, or one of another task.
    """
    facts = read_facts(folder)
    kind = facts["task"]["kind"]
    if kind != task.kind or facts["model"] != name:
        raise InvalidInput(
            f"the folder {folder} holds the model {facts['model']!r} for {kind!r}; wanted was "
            f"{name!r} for {task.kind!r}"
        )
    tokenizer = load_tokenizer(folder)
    hardware = find_hardware()
    module = load_module(folder, form.auto).to(hardware.kind)
    prompts = form.prompts(tokenizer, int(facts["max_tokens"]))
    precision = hardware.precision if facts["precision"] == "bf16" else "fp32"
    pen = Pen(form, module, prompts, int(facts["max_new_tokens"]), precision)
    base = Base(facts["base"]["source"], folder, facts["base"]["revision"])
    adapter = Adapter.load(folder / ADAPTER) if (folder / ADAPTER).exists() else None
    written = Written(pen, base, facts["facts"], frozenset(facts["learnt"]), adapter)
    return written, {**facts["tuning"], **facts["writing"]}
