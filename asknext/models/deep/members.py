"""From labels to a trained model: one network, or several from different seeds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from asknext.core.batch import FloatArray, IntArray
from asknext.core.examples import Example
from asknext.core.seeds import generator
from asknext.encoders.classifier import HEADLESS, Inspected, classifier_name
from asknext.models.deep.adapting import adapt, copy_of, merge, plain_pooler, with_classes
from asknext.models.deep.base import (
    Base,
    find_base,
    head_labels,
    holds_pooler,
    load_module,
    load_tokenizer,
    module_of,
    token_limit,
)
from asknext.models.deep.calibrating import calibration, folded, unfolded
from asknext.models.deep.contrastive import pair_course
from asknext.models.deep.course import Conditions
from asknext.models.deep.fitted import Fitted, Member, label_names
from asknext.models.deep.fitting import split, train
from asknext.models.deep.folder import saved_fold
from asknext.models.deep.hardware import Hardware, check_memory, find_hardware, memory_needed
from asknext.models.deep.lesson import Lesson
from asknext.models.deep.network import Network, scores_of
from asknext.models.deep.policies import ADAPTERS, NOTHING, policy
from asknext.models.deep.problems import Problem, problem_class, read_problem
from asknext.models.deep.problems.base import Fold, stacked
from asknext.models.deep.problems.preference import PreferenceProblem
from asknext.models.deep.progress import OnStep
from asknext.models.deep.randomness import own_randomness
from asknext.models.deep.tuning import Tuning

# A tenth of the labels is held back once it is as many as these: the best epoch by fewer is one of
# chance, and cost 2 to 3 points (docs/decisions/0018).
HELD = 200
NUMBERS_HELD, NUMBERS_FROM = 0.2, 20  # regression: what is held back says how far numbers are off


@dataclass(frozen=True)
class Request:
    """Hold what `fit` was given; `weights` (n,) are above 0."""

    task: Any
    examples: list[Example]
    labels: list[Any]
    weights: FloatArray
    tuning: Tuning
    seed: int
    init: Fitted | None
    on_step: OnStep

    @property
    def before(self) -> Fitted | None:
        """Return the model to go on from, None where the policy starts anew.

        A model that reads two texts in another way has nothing to go on from.
        """
        if self.init is None or policy(self.tuning.policy).takes == NOTHING:
            return None
        return self.init if self.init.problem.auto == self.problem.auto else None

    @cached_property
    def problem(self) -> type[Problem]:
        """Return what the task means to a network: a model that goes on reads as it did."""
        if self.init is not None and policy(self.tuning.policy).takes != NOTHING:
            before = type(self.init.problem)
            if issubclass(before, PreferenceProblem):
                return before
            return problem_class(self.task, self.tuning.pairs)
        return read_problem(self.task, self.tuning.pairs, self.base.folder)

    @cached_property
    def base(self) -> Base:
        """Return the files that the settings name; their digest is taken once."""
        return find_base(self.tuning.base, self.tuning.revision)


@dataclass(frozen=True)
class Start:
    """Hold what all members start from."""

    problem: Problem
    base: Base
    tokenizer: Any
    max_tokens: int
    hardware: Hardware
    precision: str
    deadline: float


def fit_members(request: Request) -> Fitted:
    """Return the trained model."""
    start = _start(request)
    lesson = _lesson(request, start)
    made = [_member(request, start, lesson, n) for n in range(request.tuning.seeds)]
    calibrated = made[0][2]
    facts = _facts(request, start, lesson, [one[1] for one in made])
    names = frozenset(label_names(request.examples, request.labels))
    return Fitted(
        problem=start.problem,
        members=tuple(one[0] for one in made),
        tokenizer=start.tokenizer,
        base=start.base,
        max_tokens=start.max_tokens,
        precision=start.precision,
        facts=facts,
        calibration=calibrated,
        learnt=names | (request.before.learnt if request.before else frozenset()),
    )


def _start(request: Request) -> Start:
    tuning, before = request.tuning, request.before
    hardware = find_hardware()
    if before is None or policy(tuning.policy).takes == ADAPTERS:
        base = request.base
        tokenizer = load_tokenizer(base.folder)
        tokenizer.truncation_side = request.problem.cut
        limit = token_limit(base.folder, tokenizer)
    else:
        base, tokenizer, limit = before.base, before.tokenizer, before.max_tokens
    return Start(
        problem=request.problem.of(request.task, request.labels),
        base=base,
        tokenizer=tokenizer,
        max_tokens=min(limit, tuning.max_tokens or limit),
        hardware=hardware,
        precision=tuning.precision or hardware.precision,
        deadline=time.monotonic() + (tuning.time_limit or float("inf")),
    )


def _lesson(request: Request, start: Start) -> Lesson:
    keep = _chosen(request)
    examples = [request.examples[i] for i in keep]
    labels = [request.labels[i] for i in keep]
    weights = request.weights[keep]
    fold = start.problem.fold(labels)
    rows = start.problem.rows(start.tokenizer, examples, start.max_tokens)
    learnt, held = split(len(labels), _share(request, len(labels)), HELD, request.seed)
    return Lesson(
        problem=start.problem,
        rows=rows,
        targets=start.problem.targets(rows, labels, fold),
        weights=weights[rows.owner] / weights[learnt].mean(),
        learnt=rows.of(learnt),
        held=rows.of(held),
        padding=int(start.tokenizer.pad_token_id or 0),
        fold=fold,
    )


def _chosen(request: Request) -> IntArray:
    """Return the positions of the labels that the policy wants to be learnt."""
    names = label_names(request.examples, request.labels)
    if request.before is None:
        return np.arange(len(names))
    new = [name not in request.before.learnt for name in names]
    rng = generator(request.seed, "replay", len(names))
    return policy(request.tuning.policy).rows(new, rng)


def _share(request: Request, labels: int) -> float | None:
    said = request.tuning.hold_back
    if said is None and request.task.kind == "regression" and labels >= NUMBERS_FROM:
        return NUMBERS_HELD
    return said


def _member(
    request: Request, start: Start, lesson: Lesson, number: int
) -> tuple[Member, dict[str, Any], dict[str, Any]]:
    """Train one member; return it, how it went, and its calibration."""
    seed = int(generator(request.seed, "member", number).integers(2**31))
    with own_randomness(seed):
        module = _module(request, start, min(number, _members(request.before) - 1))
    tuning = _aimed(module, request, start, lesson)
    _check_room(module, lesson, request, start)
    before = _pairs(module, lesson, request, start, seed)
    with own_randomness(seed):
        go_on = request.before.members[0].adapter if request.before else None
        takes = policy(tuning.policy).takes
        adapters = go_on if takes == ADAPTERS else None
        adapted = adapt(module, tuning.how, tuning.rank, adapters, embeddings=tuning.embeddings)
    when = Conditions(seed, start.precision, start.deadline, request.on_step, number)
    told = train(adapted.module, lesson.course(adapted, tuning, start.precision), tuning, when)
    told |= before
    merged = merge(adapted)
    rows, targets = lesson.of_held()
    scores = scores_of(merged.plain, start.problem, rows, lesson.padding, start.precision)
    calibrated = calibration(start.problem, scores, targets)
    fold = _fold(lesson.fold, calibrated["temperature"])
    network = Network(merged.plain, lesson.padding, start.precision)
    folded(network.classifier, fold)
    if request.task.kind == "regression":
        told["residual_variance"] = _residual(lesson, scores, targets)
    return Member(network, fold, merged.adapter), told, calibrated


def _aimed(module: Any, request: Request, start: Start, lesson: Lesson) -> Tuning:
    """Let a new top of ours start from what the body knows; return the settings that suit it."""
    problem, tuning = start.problem, request.tuning
    if problem.auto != HEADLESS or request.before is not None:
        return tuning
    rows = [lesson.rows.rows[i] for i in lesson.learnt]
    targets = [lesson.targets[i] for i in lesson.learnt]
    body: Any = problem  # with no head it has a top of ours
    body.aim(module, rows, targets, lesson.padding)
    return replace(tuning, epochs=tuning.epochs or getattr(problem, "epochs", None))


def _check_room(module: Any, lesson: Lesson, request: Request, start: Start) -> None:
    longest = max(row.length for row in lesson.rows.rows)
    needed = memory_needed(module, request.tuning.how, request.tuning.batch, longest)
    check_memory(needed, start.hardware.free, request.tuning.memory_limit)


def _pairs(
    module: Any, lesson: Lesson, request: Request, start: Start, seed: int
) -> dict[str, Any]:
    """Draw texts of one class together, where that is asked for; return how it went."""
    if request.tuning.how != "contrastive":
        return {}
    for weights in module.parameters():
        weights.requires_grad_(True)
    inspected = Inspected(module)
    course = pair_course(lesson, inspected, generator(seed, "pairs"))
    once = replace(request.tuning, epochs=1, average="last")
    when = Conditions(seed, start.precision, start.deadline, request.on_step)
    told = train(module, course, once, when)
    inspected.close()
    return {"pairs": told}


def _members(before: Fitted | None) -> int:
    return len(before.members) if before else 1


def _module(request: Request, start: Start, number: int) -> Any:
    """Return the weights to start from, with an output for each class of the problem."""
    names, before = start.problem.classes, request.before
    if before is None:
        return _from_base(start)
    member = before.members[number]
    if policy(request.tuning.policy).takes == ADAPTERS:
        module = _from_base(start)
        if start.problem.auto != HEADLESS:
            return module  # the head is among the adapters
        module.take_top(member.network.module)
        unfolded(module.get_submodule(member.network.classifier_name), member.fold)
        return module
    module = copy_of(member.network.module)
    unfolded(module.get_submodule(member.network.classifier_name), member.fold)
    return with_classes(module, before.problem.classes, names)


def _from_base(start: Start) -> Any:
    """Return the base with a head of ours: the one it has, label by label, or a new one."""
    names, folder = start.problem.classes, start.base.folder
    if start.problem.auto == HEADLESS:
        return module_of(folder, start.problem)
    kind = {} if start.problem.kind is None else {"problem_type": start.problem.kind}
    had = head_labels(folder, start.problem.auto)
    if had is not None:
        module = load_module(folder, start.problem.auto, **kind)
        unfolded(module.get_submodule(classifier_name(module)), saved_fold(folder))
        module = with_classes(module, had, names)
    else:
        sizes = {"num_labels": len(names), "ignore_mismatched_sizes": True}
        module = load_module(folder, start.problem.auto, **sizes, **kind)
        # A head for something else may have lain there, with as many outputs by chance.
        module = with_classes(module, ("",) * len(names), names)
        if (folder / "modules.json").exists() or not holds_pooler(folder):
            plain_pooler(module)
    module.config.pad_token_id = start.tokenizer.pad_token_id
    return module


def _fold(scale: Fold, temperature: float) -> Fold:
    return Fold(scale.scale / temperature, scale.shift)


def _residual(lesson: Lesson, scores: Sequence[FloatArray], targets: Sequence[Any]) -> float:
    """Return the mean squared error on the part held back; without one, the labels' variance."""
    if not len(targets):
        return lesson.fold.scale**2
    errors = stacked(scores, 1)[:, 0] - np.asarray(targets, np.float64)
    return float((errors**2).mean()) * lesson.fold.scale**2


def _facts(
    request: Request, start: Start, lesson: Lesson, told: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    return {
        **told[0],
        "labels": len(lesson.rows.owner) - len(lesson.held),
        "held_back": len(lesson.held),
        "how": request.tuning.how,
        "policy": request.tuning.policy if request.before else "scratch",
        "seed": request.seed,
        "device": start.hardware.to_json(),
        "precision": start.precision,
        "seconds": round(sum(one["seconds"] for one in told), 2),
        "members": list(told[1:]),
    }
