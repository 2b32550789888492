"""Write a trained model as a Hugging Face folder, and read it again."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from asknext.core.errors import InvalidInput
from asknext.models.deep.adapting import Adapter
from asknext.models.deep.base import Base, load_tokenizer, module_of
from asknext.models.deep.fitted import Fitted, Member
from asknext.models.deep.folder import read_facts, write_card, write_facts, write_whole
from asknext.models.deep.hardware import find_hardware
from asknext.models.deep.network import Network
from asknext.models.deep.problems import saved_problem
from asknext.models.deep.problems.base import Fold
from asknext.models.deep.quiet import quiet
from asknext.models.deep.tuning import Tuning

ADAPTER, MEMBERS = "adapter", "members"


def save_fitted(fitted: Fitted, task: Any, tuning: Tuning, folder: Path) -> None:
    """Write the folder, whole or not at all."""
    module = fitted.network.module
    facts = {
        "model": "transformer",
        "task": task.to_json(),
        "auto": fitted.problem.auto,
        "classes": list(fitted.problem.classes),
        "tuning": tuning.to_json(),
        "base": {"source": fitted.base.source, "revision": fitted.base.revision},
        "max_tokens": fitted.max_tokens,
        "features": fitted.network.columns,
        **({"layer": module.layer} if hasattr(module, "layer") else {}),
        "precision": fitted.precision,
        "folds": [asdict(member.fold) for member in fitted.members],
        "calibration": fitted.calibration,
        "facts": fitted.facts,
        "learnt": sorted(fitted.learnt),
    }

    def write(draft: Path) -> None:
        with quiet():
            fitted.tokenizer.save_pretrained(str(draft))
            for number, member in enumerate(fitted.members):
                place = draft if number == 0 else draft / MEMBERS / str(number)
                member.network.module.save_pretrained(str(place))
                if member.adapter is not None:
                    member.adapter.save(place / ADAPTER, fitted.base.source)
        write_facts(draft, facts)
        write_card(draft, facts)

    write_whole(folder, write)


def load_fitted(folder: Path, task: Any) -> tuple[Fitted, dict[str, Any]]:
    """Read what `save_fitted` wrote; return the model and its settings.

    Raises:
        InvalidInput: no such model, or one of another task.
    """
    facts = read_facts(folder)
    if facts.get("task", {}).get("kind") != task.kind:
        raise InvalidInput(
            f"the model in {folder} is for {facts.get('task', {}).get('kind')!r}, this project's "
            f"task is {task.kind!r}; choose another model"
        )
    problem = saved_problem(task, facts).named(tuple(facts["classes"]))
    tokenizer = load_tokenizer(folder)
    members = [
        _member(folder if number == 0 else folder / MEMBERS / str(number), problem, facts, fold)
        for number, fold in enumerate(facts["folds"])
    ]
    for member in members:
        member.network.padding = int(tokenizer.pad_token_id or 0)
    base = Base(facts["base"]["source"], folder, facts["base"]["revision"])
    fitted = Fitted(
        problem=problem,
        members=tuple(members),
        tokenizer=tokenizer,
        base=base,
        max_tokens=int(facts["max_tokens"]),
        precision=str(facts["precision"]),
        facts=facts["facts"],
        calibration=facts["calibration"],
        learnt=frozenset(facts["learnt"]),
    )
    return fitted, dict(facts["tuning"])


def _member(folder: Path, problem: Any, facts: dict[str, Any], fold: dict[str, Any]) -> Member:
    module = module_of(folder, problem)
    hardware = find_hardware()
    module.to(hardware.kind)
    # A folder made on a machine with fast bf16 is read in what is fast here.
    precision = hardware.precision if facts["precision"] == "bf16" else "fp32"
    network = Network(module, 0, precision)
    adapter = Adapter.load(folder / ADAPTER) if (folder / ADAPTER).exists() else None
    return Member(network, Fold(**fold), adapter)


def base_of(facts: dict[str, Any]) -> str:
    """Return the source to start from again, as the setting ``base``."""
    source = str(facts["base"]["source"])
    return "minilm" if source.startswith("package:") else source
