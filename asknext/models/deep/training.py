"""One call for whoever trains in a process of its own: examples and labels in, a folder out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from asknext.core import registry
from asknext.core.batch import Batch, FloatArray
from asknext.core.errors import NotFound, Unsupported
from asknext.core.examples import Example
from asknext.models.deep.progress import OnStep, go_on

DEEP = ("transformer", "seq2seq", "causal")
NOT_OURS = ("model", "every")  # settings of the project that are for the loop


def train_examples(
    task: Any,
    examples: Sequence[Example],
    labels: Sequence[Any],
    folder: Path,
    *,
    settings: Mapping[str, Any],
    seed: int,
    init: Path | None = None,
    weights: FloatArray | None = None,
    on_step: OnStep = go_on,
) -> dict[str, Any]:
    """Train the model that `settings` (a project's ``deep``) names, save it, return its facts.

    `folder` appears whole or not at all. `init` is the folder of the model before; what is taken
    from it is said by the setting ``policy``. The facts are JSON: ``reason``, ``labels``,
    ``steps``, ``epochs``, ``seconds``, ``loss``, ``held_loss``, ``peak_memory``, ``device`` …

    Raises:
        Cancelled: `on_step` returned False; no folder was made.
        DoesNotFit: there is too little memory; the message says what to choose.
        InvalidInput: labels or settings that cannot be used.
    """
    model = deep_model(str(settings.get("model") or default_model(task)), task)
    own = {name: value for name, value in settings.items() if name not in NOT_OURS}
    before = None if init is None else model.load(init, task)
    batch = Batch(len(examples), load=lambda: examples)
    trained = model(task, on_step=on_step, **own).fit(
        batch, labels, seed=seed, init=before, weights=weights
    )
    trained.save(folder)
    return dict(trained.facts)


def default_model(task: Any) -> str:
    """Return the model that is fine-tuned for a task where the project names none.

    >>> from asknext.core.tasks import Regression
    >>> default_model(Regression())
    'transformer'
    """
    return "causal" if task.kind == "generation" else "transformer"


def deep_model(name: str, task: Any) -> Any:
    """Return the class of a fine-tuned model; raises NotFound or Unsupported naming others."""
    if name not in DEEP:
        raise NotFound.among("fine-tuned model", name, DEEP)
    model = registry.get("model", name)
    if task.kind not in model.tasks:
        fitting = [other for other in DEEP if task.kind in registry.get("model", other).tasks]
        raise Unsupported(
            f"the model {name!r} cannot learn {task.kind!r}; choose: {', '.join(fitting)}"
        )
    return model


def load_deep(folder: Path, task: Any) -> Any:
    """Return the model that a folder holds, whichever it is."""
    from asknext.models.deep.folder import read_facts

    return deep_model(str(read_facts(folder)["model"]), task).load(folder, task)
