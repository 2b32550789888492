"""Unseen: what people said of a project's examples, and models that had not learnt it.

Two kinds of prediction judge a model fairly: those of models fitted to the other labels; and,
where there are none, the one kept with the answer to a question drawn at random, made before the
answer was known. Where a deep training serves, its vectors have learnt most labels: no model on
them is judged on these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from asknext.core import registry
from asknext.core.batch import FloatArray, IntArray
from asknext.core.events import LABEL
from asknext.core.predictions import Prediction
from asknext.core.seeds import generator
from asknext.core.tasks import Task
from asknext.core.vectors import unit_rows
from asknext.loop.consensus import Said
from asknext.loop.learner import Labelled, Learner
from asknext.loop.live import Live
from asknext.loop.measuring import confidences
from asknext.loop.space import Space

FOLDS = 5
FEWEST = 10  # labels below which folds say nothing
SHARES = {"vectors": (0.25, 0.5, 0.75, 1.0), "tokens": (0.5, 1.0), "examples": (1.0,)}
"""Shares of the labels, by order of answer, that successive models learn; by what they read."""
BEFORE, OUT_OF_FOLD, UNJUDGED = "before", "out_of_fold", ""
HALF = 0.5  # score of a pair where one side names no winner
WORDS = 2  # common words of a language that a text needs to count as written in it


@dataclass
class Unseen:
    """Hold what models say of n labelled examples that they have not learnt; see `Evidence`."""

    values: list[Any]
    known: IntArray
    confidence: FloatArray
    proba: FloatArray | None
    stages: FloatArray


def gathered(live: Live) -> Any:
    """Return the `Evidence` of a project as it is now; the fits happen outside of its lock."""
    with live.lock:
        labelled, _ = live.labelled()
        space, run, learner = live.space, live.run, live.learner
        current = [sorted(live.state.current[id].values(), key=_seq) for id in labelled.ids]
    order = np.argsort([answers[0].seq for answers in current], kind="stable")
    labelled, current = labelled.at(order), [current[i] for i in order.tolist()]
    unseen = None
    if space is not None and len(labelled.ids) >= FEWEST:
        learnt = learner.learnt(run) if run else None
        fair = np.arange(len(labelled.ids)) if not run else np.empty(0, np.int64)
        fair = fair if learnt is None else learnt.unseen(labelled.ids)
        unseen = out_of_fold(learner, space, labelled, fair)
    judged = _judged(live.task, labelled, current, unseen)
    made = registry.get("service", "evaluation.evidence")
    return made(
        task=live.task,
        ids=list(labelled.ids),
        actual=list(labelled.labels),
        said=_said(current),
        near=live.pool.near[labelled.rows],
        vectors=None if space is None else unit_rows(space.sentences(labelled.rows)[:]),
        **judged,
        **_described(live, labelled.ids),
    )


def _seq(said: Said) -> int:
    return said.seq


def _said(current: Sequence[Sequence[Said]]) -> list[list[Any]]:
    opinion = registry.get("service", "evaluation.opinion")
    return [[opinion(s.who, s.value) for s in each if s.action == LABEL] for each in current]


def _described(live: Live, ids: Sequence[str]) -> dict[str, Any]:
    """Read texts and metadata, and tell their languages where common words do."""
    examples = live.store.examples(live.project, ids)
    further = live.task.fields[1:]  # the first one is the text
    texts = [examples[id].text for id in ids]
    return {
        "texts": texts,
        "meta": [dict(examples[id].meta) for id in ids],
        "beside": [[str(examples[id].fields.get(name, "")) for name in further] for id in ids],
        "language": list(map(_language, texts)),
    }


def _language(text: str) -> str:
    found = registry.get("service", "encoder.common_words")([text]).most_common(1)
    return found[0][0] if found and found[0][1] >= WORDS else ""


# -- what judges fairly ------------------------------------------------------------------------


def _judged(
    task: Task, labelled: Labelled, current: Sequence[Sequence[Said]], unseen: Unseen | None
) -> dict[str, Any]:
    """Choose the prediction that judges each example, and score it.

    Out of fold where there is one: the confidence and the probabilities beside it are the same
    model's.
    """
    n = len(labelled.ids)
    predicted: list[Any] = [None] * n
    source = [UNJUDGED] * n
    for place, answers in enumerate(current):
        kept = next((s for s in answers if s.arm == "control" and s.predicted is not None), None)
        if kept is not None:
            predicted[place], source[place] = kept.predicted, BEFORE
    for place in [] if unseen is None else unseen.known.tolist():
        assert unseen is not None
        predicted[place], source[place] = unseen.values[place], OUT_OF_FOLD
    places = [i for i in range(n) if source[i]]
    score = np.full(n, np.nan)
    if places:
        metrics = registry.get("metrics", task.kind)(task)
        actual = [labelled.labels[i] for i in places]
        score[places] = metrics.scores([predicted[i] for i in places], actual)
    undecided = np.flatnonzero((score == HALF) & (task.kind == "preference"))
    for place in undecided.tolist():  # a tie on one side: neither right nor wrong
        predicted[place], source[place], score[place] = None, UNJUDGED, np.nan
    found: dict[str, Any] = {"predicted": predicted, "source": source, "score": score}
    if unseen is not None:
        unseen.stages[:, undecided] = np.nan
        found |= {"confidence": unseen.confidence, "stages": unseen.stages}
        found |= {"proba": unseen.proba, "classes": _classes(task)}
    return found


def _classes(task: Task) -> list[str]:
    return list(task.form().get("labels", ()))


def out_of_fold(
    learner: Learner, space: Space, labelled: Labelled, fair: IntArray
) -> Unseen | None:
    """Let models predict the examples at the places `fair`, each by those that have not learnt it.

    `labelled` is in order of answer: the first model learns its first quarter, the last one all,
    always without the fold that is predicted. The folds start cold, and probabilities are as the
    models give them, so that the same events give the same lists in any process. None where there
    is nothing fair, or a fold leaves nothing to learn.
    """
    there = fair[np.isin(labelled.rows[fair], space.speaks(labelled.rows[fair]))]
    if not len(there):
        return None
    n, labels = len(labelled.ids), _classes(learner.task)
    fold = folds(learner.settings.seed, learner.pool.near[labelled.rows])
    shares = _shares(learner)
    found = Unseen(
        values=[None] * n,
        known=there,
        confidence=np.full(n, np.nan),
        proba=np.full((n, len(labels)), np.nan) if labels else None,
        stages=np.full((len(shares), n), np.nan),
    )
    for stage, share in enumerate(shares):
        first = np.arange(n) < np.ceil(share * n)
        taught = learner if share == 1.0 else replace(learner, teachable=None)
        for part in range(FOLDS):
            held = there[fold[there] == part]
            model = taught.fit(space, labelled.at(np.flatnonzero(first & (fold != part))))
            if model is None:
                return None
            if len(held):
                prediction = model.predict(space.batch(labelled.rows[held]))
                _note(found, learner.task, held, prediction, labelled, stage)
    return found


def folds(seed: int, near: IntArray) -> IntArray:
    """Return the fold of each of n examples; near-duplicates share one, or they give labels away.

    `near` (n,) numbers the groups of near-duplicates.
    """
    _, group = np.unique(near, return_inverse=True)
    count = int(group.max(initial=-1)) + 1
    drawn = generator(seed, "errors", len(near)).permutation(count) % FOLDS
    return np.asarray(drawn[group], np.int64)


def _shares(learner: Learner) -> tuple[float, ...]:
    reads = registry.get("model", learner.settings.model_name).reads
    return min((SHARES[part] for part in reads), key=len, default=(1.0,))


def _note(
    found: Unseen,
    task: Task,
    held: IntArray,
    prediction: Prediction,
    labelled: Labelled,
    stage: int,
) -> None:
    """Write down what a model said; each stage writes over the last, but for its own row."""
    actual = [labelled.labels[i] for i in held.tolist()]
    values = task.values(prediction)
    for place, value in zip(held.tolist(), values, strict=True):
        found.values[place] = value
    sure = confidences(task, prediction)
    found.confidence[held] = task.confidence(prediction) if sure is None else sure
    table = _table(prediction, _classes(task))
    if table is None:
        found.proba = None
        metrics = registry.get("metrics", task.kind)(task)
        found.stages[stage, held] = metrics.scores(values, actual)
        return
    if found.proba is not None:
        found.proba[held] = table
    found.stages[stage, held] = _credit(task, table, actual)


def _table(prediction: Prediction, labels: Sequence[str]) -> FloatArray | None:
    """Return probabilities (n, c) in the order of the task's labels; None where there are none."""
    name = next((x for x in ("proba", "label_proba") if x in prediction.arrays), None)
    if name is None or not labels or not set(prediction.classes) <= set(labels):
        return None
    given = np.asarray(prediction.array(name), float)
    table = np.zeros((len(given), len(labels)))
    table[:, [labels.index(label) for label in prediction.classes]] = given
    return table


def _credit(task: Task, table: FloatArray, actual: Sequence[Any]) -> FloatArray:
    """Return the probability (n,) given to each label; of a set that of its least credible part."""
    place = {label: i for i, label in enumerate(_classes(task))}
    if task.kind == "classification":
        return np.asarray(table[np.arange(len(table)), [place[value] for value in actual]])
    held = np.array([[label in value for label in place] for value in actual])
    return np.asarray(np.where(held, table, 1.0 - table).min(axis=1))


def sources(evidence: Any) -> dict[str, dict[str, float | None]]:
    """Count the judged examples by where their prediction comes from, with their mean score."""
    found: dict[str, dict[str, float | None]] = {}
    for name in (BEFORE, OUT_OF_FOLD):
        scores = evidence.score[[source == name for source in evidence.source]]
        found[name] = {"n": len(scores), "score": float(scores.mean()) if len(scores) else None}
    return found
