"""From texts and answers to a trained model that writes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.examples import Example
from asknext.core.seeds import generator
from asknext.models.deep.adapting import Adapter, adapt_writer, copy_of, merge
from asknext.models.deep.base import Base, find_base, load_module, load_tokenizer, token_limit
from asknext.models.deep.course import Conditions
from asknext.models.deep.fitted import label_names
from asknext.models.deep.fitting import split, train
from asknext.models.deep.hardware import check_memory, find_hardware, memory_needed
from asknext.models.deep.policies import ADAPTERS, NOTHING, policy
from asknext.models.deep.progress import OnStep
from asknext.models.deep.randomness import own_randomness
from asknext.models.deep.tuning import Tuning
from asknext.models.deep.writing.forms import Form
from asknext.models.deep.writing.lesson import course
from asknext.models.deep.writing.pen import Pen
from asknext.models.deep.writing.prompts import Prompted, source_of
from asknext.models.deep.writing.writing import LONGEST_ANSWER, Writing

HELD = 50  # labels: a tenth is held back once it is as many as these


@dataclass(frozen=True)
class Written:
    """Hold a trained model that writes, and its facts; see `Fitted`."""

    pen: Pen
    base: Base
    facts: dict[str, Any]
    learnt: frozenset[str]
    adapter: Adapter | None = None


@dataclass(frozen=True)
class Assignment:
    """Hold what `fit` was given; `weights` (n,) are above 0."""

    form: Form
    examples: list[Example]
    labels: list[str]
    weights: FloatArray
    tuning: Tuning
    writing: Writing
    seed: int
    init: Written | None
    on_step: OnStep

    @property
    def before(self) -> Written | None:
        """Return the model to go on from, None where the policy starts anew."""
        return None if policy(self.tuning.policy).takes == NOTHING else self.init

    @property
    def anew(self) -> bool:
        """Return whether weights come from the base."""
        return self.before is None or policy(self.tuning.policy).takes == ADAPTERS


def learn(given: Assignment) -> Written:
    """Return the trained model."""
    hardware = find_hardware()
    precision = given.tuning.precision or hardware.precision
    seed = int(generator(given.seed, "member", 0).integers(2**31))
    base, pen = _start(given, precision, seed)
    items, weights, held = _parts(given, pen)
    longest = max(len(item.prompt) + len(item.answer) for item in (*items, *held))
    needed = memory_needed(pen.module, given.tuning.how, given.tuning.batch, longest)
    check_memory(needed, hardware.free, given.tuning.memory_limit)
    with own_randomness(seed):
        start = given.before.adapter if given.before and given.anew else None
        adapted = adapt_writer(pen.module, given.tuning.how, given.tuning.rank, start)
    deadline = time.monotonic() + (given.tuning.time_limit or float("inf"))
    lesson = course(given.form, items, weights, held, pen.padding, precision)
    when = Conditions(seed, precision, deadline, given.on_step)
    told = train(adapted.module, lesson, given.tuning, when)
    merged = merge(adapted)
    facts = {
        **told,
        "labels": len(items),
        "held_back": len(held),
        "how": given.tuning.how,
        "policy": given.tuning.policy if given.before else "scratch",
        "seed": given.seed,
        "device": hardware.to_json(),
        "precision": precision,
    }
    known = given.before.learnt if given.before else frozenset()
    names = frozenset(label_names(given.examples, given.labels))
    pen = Pen(given.form, merged.plain.eval(), pen.prompts, pen.most, precision)
    return Written(pen, base, facts, names | known, merged.adapter)


def _start(given: Assignment, precision: str, seed: int) -> tuple[Base, Pen]:
    before = given.before
    if before is not None and not given.anew:
        old = before.pen
        pen = Pen(given.form, copy_of(old.module), old.prompts, old.most, precision)
        return before.base, pen
    base = find_base(given.tuning.base, given.tuning.revision)
    tokenizer = load_tokenizer(base.folder)
    limit = token_limit(base.folder, tokenizer)
    with own_randomness(seed):
        module = load_module(base.folder, given.form.auto)
    module.config.pad_token_id = tokenizer.pad_token_id
    most = given.writing.max_new_tokens or _most(given, tokenizer)
    room = min(limit, given.tuning.max_tokens or limit)
    prompts = given.form.prompts(tokenizer, max(1, room - most if _shared(given) else room))
    return base, Pen(given.form, module, prompts, most, precision)


def _shared(given: Assignment) -> bool:
    """Return whether prompt and answer share the model's places."""
    return given.form.side == "left"


def _most(given: Assignment, tokenizer: Any) -> int:
    lengths = [
        len(tokenizer(label, add_special_tokens=False)["input_ids"]) for label in given.labels
    ]
    return min(LONGEST_ANSWER, max(lengths) * 3 // 2 + 8)


def _parts(
    given: Assignment, pen: Pen
) -> tuple[Sequence[Prompted], FloatArray, Sequence[Prompted]]:
    """Return what is learnt, with weights of mean 1, and what is held back."""
    keep = np.arange(len(given.labels))
    if given.before is not None:
        names = label_names(given.examples, given.labels)
        new = [name not in given.before.learnt for name in names]
        rng = generator(given.seed, "replay", len(names))
        keep = policy(given.tuning.policy).rows(new, rng)
    sources = [source_of(given.examples[i]) for i in keep]
    answers = pen.prompts.answers(sources, [given.labels[i] for i in keep], pen.most)
    items = list(map(Prompted, pen.prompts.prompts(sources), answers))
    learnt, held = split(len(items), given.tuning.hold_back, HELD, given.seed)
    weights = given.weights[keep][learnt]
    return [items[i] for i in learnt], weights / weights.mean(), [items[i] for i in held]
