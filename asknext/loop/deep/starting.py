"""Starting from another project: ``project:NAME`` as the base of a training or as an encoder.

What it means is settled when a training is requested: the run that serves there then, its folder
and the hash of its weights, which the run keeps. Later changes there change nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from asknext.core import registry
from asknext.core.errors import NotReady, Unsupported
from asknext.core.home import Home
from asknext.core.protocols import Store
from asknext.loop.deep.folders import RunFolder
from asknext.loop.deep.plan import Plan
from asknext.loop.encoding import COMPARED, serving_run

PROJECT = "project:"
TUNED = "tuned:"
START = "start"  # folder of a project: the weights that its encoder was taken over with
GENERATION = "generation"


@dataclass(frozen=True, slots=True)
class Source:
    """Name the trained model of another project: its run, folder and the hash of the weights."""

    project: str
    run: str
    folder: str
    hash: str
    task: str
    model: str

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self)


def source_of(store: Store, home: Home, base: str) -> Source | None:
    """Return the model that ``project:NAME`` means now; None where `base` says something else.

    Raises:
        NotReady: no such project, no fine-tuned model serves there, or its files are not on this
            machine.
    """
    if not base.startswith(PROJECT):
        return None
    name = base.removeprefix(PROJECT)
    known = {one.name: one for one in store.projects()}
    if name not in known:
        # Not NotFound: to whoever works in the background that means that its own project is gone.
        there = ", ".join(sorted(known)) or "none yet"
        raise NotReady(f"no project named {name!r} to start from; there is: {there}")
    settings = known[name]
    run = serving_run(store, name)
    if not run:
        raise NotReady(
            f"project {name!r} has no fine-tuned model to start from; train one there: "
            f"asknext train {name} --base minilm — {_others(store, name)}"
        )
    folder = RunFolder(home, name, run)
    if not folder.complete:
        raise NotReady(
            f"the model of project {name!r} (run {run}) is not on this machine: {folder.path}; "
            "start where it is, or train it again here"
        )
    plan = Plan.of(settings.deep) or Plan()
    made = folder.record().get("made", {})
    kind = str(settings.task["kind"])
    return Source(name, run, str(folder.model), str(made.get("hash", "")), kind, plan.model)


def _others(store: Store, name: str) -> str:
    others = [one.name for one in store.projects() if one.name != name]
    ready = [other for other in others if serving_run(store, other)]
    return f"projects with one: {', '.join(ready) or 'none yet'}"


def base_of(store: Store, home: Home, base: str) -> str:
    """Return the base as the models know it: of ``project:NAME`` the folder, else as it is."""
    found = source_of(store, home, base)
    return base if found is None else found.folder


def checked_start(source: Source, kind: str, model: str) -> Source:
    """Return the source where a task of this kind can start from it; raises Unsupported else."""
    if (source.task == GENERATION) != (kind == GENERATION):
        raise Unsupported(
            f"project {source.project!r} is {source.task!r} and its model "
            f"{'writes' if source.task == GENERATION else 'reads'}; a {kind!r} project cannot "
            "start from it: choose a project whose model does the same"
        )
    if kind == GENERATION and source.model != model:
        raise Unsupported(
            f"project {source.project!r} trains {source.model!r}, this one {model!r}; set "
            f'deep.model to "{source.model}", or start from another project'
        )
    return source


def started_plan(plan: Plan, source: Mapping[str, Any] | None) -> Plan:
    """Return the plan with the folder of its source for a base."""
    if not source:
        return plan
    folder = Path(str(source["folder"]))
    if not folder.is_dir():
        raise NotReady(
            f"the model of project {source['project']!r} (run {source['run']}) that this "
            f"training was to start from is gone: {folder}; request the training again"
        )
    return replace(plan, model_settings={**plan.model_settings, "base": str(folder)})


def named(source: Mapping[str, Any] | None) -> str:
    """Return a source in short, without its path; empty for none.

    >>> named({"project": "mr", "run": "r0002", "hash": "abc", "folder": "/x"})
    'project mr, run r0002, hash abc'
    """
    return "" if not source else "project {project}, run {run}, hash {hash}".format(**source)


def take_encoder(store: Store, home: Home, project: str, start_from: str) -> str:
    """Copy the model of another project beside a new one; return the encoder to set there.

    The copy stays what it is, whatever becomes of the other project.

    Raises:
        NotReady: see `source_of`.
        Unsupported: that model writes texts, and gives no vectors.
    """
    found = source_of(store, home, f"{PROJECT}{start_from.removeprefix(PROJECT)}")
    assert found is not None
    if found.task == GENERATION:
        raise Unsupported(
            f"project {found.project!r} has a model that writes texts; it gives no vectors to "
            "start from: choose a project with another task"
        )
    target = home.project(project) / START
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(found.folder, target)
    return spec_of(target)


def spec_of(folder: Path | str) -> str:
    """Return the encoder that a trained model is elsewhere, as the settings name it."""
    tuned: Any = registry.get("encoder", TUNED.rstrip(":"))(folder)
    return f"{COMPARED if tuned.compares else ''}{TUNED}{folder}"
