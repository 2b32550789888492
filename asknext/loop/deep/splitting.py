"""Splitting: which answers a deep training learns from, and which it is judged on.

The rule (``auto``; the reasons are in docs/decisions):

1. A deep model never learns from the answers of the control arm. The figures that are measured
   on them stay honest whichever model's vectors serve, and they are there to compare with.
2. From `ENOUGH` control answers on, these decide, at no further cost.
3. With fewer, a random fifth of the labels that the serving model has not learnt from is held
   back as well, and a trial of the training, on the rest, is judged first. Where it passes, the
   model itself is trained on all but the control answers.

``better`` asks for more before the first change, away from the encoder that the project began
with: with few control answers the labels are crossed in `FOLDS` parts, and a trial learns all
parts but one and is judged on that one. What follows a change is split by the rule above.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from asknext.core.seeds import unit
from asknext.loop.deep.plan import AUTO, BETTER, CONTROL, HOLDOUT, NONE, Plan

ENOUGH = 30  # control answers that tell a difference of a fifth from chance
SHARE = 0.2  # of the labels, held back for a trial
FOLDS = 5
LEAST = 2 * FOLDS  # labels that can be crossed


@dataclass(frozen=True, slots=True)
class Trial:
    """Name the examples that a trial learns from, and those that it is judged on."""

    learn: tuple[str, ...]
    asked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Split:
    """Say which labelled examples a training learns from, and which decide whether it serves.

    `learn` is for the model itself, which is judged on `judge`; where there are `trials`, these
    are judged instead, and the model is trained if they pass. `rule` names how it was done.
    """

    learn: tuple[str, ...]
    rule: str
    judge: tuple[str, ...] = ()
    trials: tuple[Trial, ...] = ()

    @property
    def judged(self) -> tuple[str, ...]:
        """Return all that anything is judged on."""
        return (*self.judge, *(id for trial in self.trials for id in trial.asked))


def split(
    plan: Plan,
    labelled: Sequence[str],
    control: Collection[str],
    learnt: Collection[str],
    seed: int,
) -> Split:
    """Divide the labelled examples; `learnt` are those the serving deep model has learnt from.

    >>> ids = [f"e{i}" for i in range(10)]
    >>> found = split(Plan(), ids, {"e3"}, {"e0", "e1", "e2", "e4", "e5"}, seed=0)
    >>> found.rule, len(found.learn), len(found.trials[0].learn), found.trials[0].asked[0]
    ('holdout', 9, 7, 'e3')
    >>> found = split(Plan(judge="better"), [*ids, "more"], {"e3"}, (), seed=0)
    >>> found.rule, [(len(trial.learn), len(trial.asked)) for trial in found.trials][:2]
    ('better', [(8, 3), (8, 2)])
    """
    drawn = set(control)
    learn = tuple(id for id in labelled if id not in drawn)
    kept = tuple(id for id in labelled if id in drawn)
    rule = _rule(plan.judge, len(kept), learnt)
    if rule == BETTER and len(kept) < ENOUGH and len(learn) >= LEAST:
        return Split(learn, rule, trials=_crossed(learn, kept, seed))
    if rule != HOLDOUT:
        return Split(learn, rule, () if rule == NONE else kept)
    held = set(_held_back(learn, set(learnt), seed))
    trial = tuple(id for id in learn if id not in held)
    if not held or not trial:
        return Split(learn, CONTROL if kept else NONE, kept)
    asked = (*kept, *(id for id in learn if id in held))
    return Split(learn, HOLDOUT, trials=(Trial(trial, asked),))


def _rule(asked: str, control: int, learnt: Collection[str]) -> str:
    if asked == BETTER and not learnt:
        return BETTER
    if asked in (AUTO, BETTER):
        return CONTROL if control >= ENOUGH else HOLDOUT
    return asked


def _crossed(learn: Sequence[str], kept: Sequence[str], seed: int) -> tuple[Trial, ...]:
    """Let each part be asked once; the control answers are dealt out among them."""
    order = sorted(learn, key=lambda id: unit(seed, "crossed", id))
    found = []
    for fold in range(FOLDS):
        held = set(order[fold::FOLDS])
        trial = tuple(id for id in learn if id not in held)
        found.append(Trial(trial, (*kept[fold::FOLDS], *(id for id in learn if id in held))))
    return tuple(found)


def _held_back(learn: Sequence[str], learnt: Collection[str], seed: int) -> list[str]:
    unseen = [id for id in learn if id not in learnt]
    unseen.sort(key=lambda id: unit(seed, "held back", id))
    return unseen[: min(math.ceil(SHARE * len(learn)), math.ceil(len(unseen) / 2))]
