"""Evidence: how good the model is, what the strategy was worth, and where it leads, as plain JSON.

All of it rests on answers to questions drawn at random, each judged by models that have not seen
it. Dozens of small models are fitted for it, so it is worked out on request, kept in the store
with the number of answers it speaks of, and read from there by reports.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from asknext.core import registry
from asknext.core.batch import FloatArray, IntArray
from asknext.core.errors import Unsupported
from asknext.core.predictions import Prediction
from asknext.core.seeds import generator
from asknext.core.tasks import Task
from asknext.loop.gauging import named
from asknext.loop.learner import Labelled, Learner
from asknext.loop.live import Live
from asknext.loop.measuring import FOLDS, places, score
from asknext.loop.space import Space

NAME = "evidence"
LEAST = 10  # control answers without which every interval is nearly all there is
MOST_RESERVE = 1000  # unanswered texts whose predictions narrow the interval
STEPS = 6  # points of the project's own curve
SHARES = (0.6, 0.75)  # of the control answers at hand; curves of fewer still bend otherwise
REPEATS = 3
FIRST = 8  # answers at which curves begin
HALVES = (0.05, 0.03, 0.02)
USUAL = 0.9  # the quality asked for where no stop rule names one
SETS_OF_LABELS = ("classification", "multi_label")

FEW = "fewer than 10 answers to questions drawn at random"
READY = "the model is not fitted to answers"
TUNED = "the vectors in use have learnt from the answers"
SURE = "the strategy gave what it did not ask no chance"
PART = "the strategy drew from a part of the texts, or it is not known from how many"
SHARED = "several people answer each question"
FEW_DRAWN = "fewer than 10 answers to questions that the strategy drew by chance"

BY_CHANCE = re.compile(r"random@|(power|softmax|softrank)\(")  # chances as they are reported
SLACK = 0.1  # of the pool: how far it may differ from what draws have left of it


@dataclass(frozen=True)
class Judges:
    """Be the control answers in folds, each judged by models that have not seen its fold."""

    learner: Learner
    space: Space
    labelled: Labelled
    folds: Sequence[IntArray]
    shown: Callable[[Prediction], Prediction]

    @property
    def order(self) -> IntArray:
        """Return the places of the items in the order in which figures about them come."""
        return np.concatenate(list(self.folds))

    @property
    def labels(self) -> list[Any]:
        """Return what people said of the items."""
        return [self.labelled.labels[i] for i in self.order]

    def predictions(
        self, learnt: Callable[[IntArray], IntArray], extra: IntArray
    ) -> list[tuple[Prediction, Prediction | None]] | None:
        """Predict each fold, and the pool rows `extra`, by a model fitted to ``learnt(fold)``."""
        made = []
        for fold in self.folds:
            model = self.learner.fit(self.space, self.labelled.at(learnt(fold)))
            if model is None:
                return None
            rows = self.labelled.rows[fold]
            held = self.shown(model.predict(self.space.batch(rows)))
            more = self.shown(model.predict(self.space.batch(extra))) if len(extra) else None
            made.append((held, more))
        return made

    def scores(self, learnt: Callable[[IntArray], IntArray]) -> FloatArray | None:
        """Return how right models fitted to ``learnt(fold)`` are about each item (items,)."""
        made = self.predictions(learnt, np.empty(0, np.int64))
        if made is None:
            return None
        task, labels = self.learner.task, self.labelled.labels
        pairs = zip(made, self.folds, strict=True)
        return np.concatenate(
            [score(task, held, [labels[i] for i in fold]) for (held, _), fold in pairs]
        )

    def rest(self, fold: IntArray) -> IntArray:
        """Return the places of all labels but those of a fold."""
        return np.setdiff1d(np.arange(len(self.labelled.rows)), fold)


def gather(live: Live, space: Space, labelled: Labelled) -> dict[str, Any]:
    """Work the evidence out as plain JSON; what cannot be said is None, with a reason beside."""
    control = _spoken_of(space, labelled, places(labelled, live.control_ids()))
    told = {"answers": len(labelled.rows), "random_answers": len(control), "reason": None}
    if len(control) < LEAST or len(labelled.rows) < 2 * LEAST:
        return {**told, "reason": FEW}
    judges = _judges(live, space, labelled, control)
    found = _quality(live, judges)
    if found is None:
        return {**told, "reason": FEW}
    return {
        **told,
        **found,
        "weighted": _weighted(live, judges, found["quality"]),
        **_curves(live, judges, control),
    }


def _spoken_of(space: Space, labelled: Labelled, control: IntArray) -> IntArray:
    """Keep what a model says something about: one that writes has not written about all texts."""
    rows = labelled.rows[control]
    return control[np.isin(rows, space.speaks(rows))]


def keep(live: Live, found: Mapping[str, Any]) -> None:
    """Keep evidence in the store, in place of what was kept before."""
    live.store.put(live.project, NAME, json.dumps(found, ensure_ascii=False).encode())


def kept(live: Live) -> dict[str, Any] | None:
    """Return the evidence that was kept last, None before."""
    data = live.store.fetch(live.project, NAME)
    return None if data is None else dict(json.loads(data))


def _judges(live: Live, space: Space, labelled: Labelled, control: IntArray) -> Judges:
    order = generator(live.settings.seed, "evidence", len(control)).permutation(control)
    folds = np.array_split(order, FOLDS)
    return Judges(live.learner, space, labelled, folds, live.serving.calibrated)


# -- how good it is ------------------------------------------------------------------------


def _quality(live: Live, judges: Judges) -> dict[str, Any] | None:
    reserve = _reserve(live, judges)
    made = judges.predictions(judges.rest, reserve)
    if made is None:
        return None
    task = live.task
    said = [value for held, _ in made for value in task.values(held)]
    right = registry.get("metrics", task.kind)(task).scores(said, judges.labels)
    right = np.asarray(right, np.float64)
    metric = registry.get("metrics", task.kind)(task).metric
    powered, unanswered = _powered(task, made, right)
    plain = powered.plain.to_json()
    half = registry.get("service", "evaluation.more_for")
    return {
        "quality": {"metric": metric, **plain, **_limits(right)},
        "powered": {
            "metric": metric,
            **powered.mean.to_json(),
            "lean": powered.lean,
            "saved": powered.saved,
            "unanswered": unanswered,
        },
        "classes": _classes(live, judges, said),
        "shares": _shares(live, judges, made),
        "audit": [
            {**row, "left": len(_unanswered(live))}
            for row in half(plain["estimate"], len(right), HALVES)
        ],
    }


def _limits(right: FloatArray) -> dict[str, float]:
    """Return the limits as the headline has them."""
    low, high = registry.get("service", "evaluation.wilson")(float(right.sum()), len(right))
    return {"low": low, "high": high}


def _reserve(live: Live, judges: Judges) -> IntArray:
    """Return rows of the control arm that nobody has answered: as random as those answered.

    What the strategy has left over is not: it has taken the hard ones out.
    """
    rows = judges.space.speaks(_unanswered(live))
    if "examples" in getattr(registry.get("model", live.settings.model_name), "reads", ()):
        return rows[:0]  # predicting whole texts takes too long
    return rows[:MOST_RESERVE]


def _unanswered(live: Live) -> IntArray:
    """Return the rows of the control arm that nobody has answered, in the order of the draw."""
    with live.lock:
        free = live.pool.askable & (live.pool.draw < live.share.lowest)
        free[live.pool.rows(live.state.current)] = False
        rows = np.flatnonzero(free)
        return rows[np.argsort(live.pool.draw[rows])]


def _powered(
    task: Task, made: Sequence[tuple[Prediction, Any]], right: FloatArray
) -> tuple[Any, int]:
    """Return the figure helped by how sure the model is, and of how many unanswered texts it says.

    Any figure in [0, 1] may help: it is only leant on as far as it goes with being right.
    """
    use = registry.get("service", "evaluation.powered_share")
    known = _all([_sure(task, held) for held, _ in made])
    others = _all([None if extra is None else _sure(task, extra) for _, extra in made])
    if known is None or others is None:
        return use(right, np.zeros(len(right)), []), 0
    return use(right, np.concatenate(known), np.mean(others, axis=0)), len(others[0])


def _sure(task: Task, prediction: Prediction) -> FloatArray | None:
    """Return how sure the model is (n,), None where it cannot say."""
    try:
        sure = np.asarray(task.confidence(prediction), np.float64)
    except Unsupported:
        return None
    return sure if bool(((sure >= 0.0) & (sure <= 1.0)).all()) else None


def _all(parts: Sequence[FloatArray | None]) -> list[FloatArray] | None:
    found = [part for part in parts if part is not None]
    return found if len(found) == len(parts) else None


def _classes(live: Live, judges: Judges, said: Sequence[Any]) -> dict[str, Any] | None:
    """Return figures of each class, on the test set where there is one."""
    task = live.task
    if task.kind not in SETS_OF_LABELS:
        return None
    source, actual = "control", judges.labels
    rows, gold = live.test_rows()
    if len(rows) and live.serving.model is not None:
        source, actual = "test", gold
        said = task.values(live.serving.model.predict(judges.space.batch(rows)))
    found = registry.get("service", "evaluation.class_figures")(
        [task.parts(value) for value in said],
        [task.parts(value) for value in actual],
        task.form()["labels"],
        rng=generator(live.settings.seed, "classes", len(actual)),
    )
    return {"source": source, **found}


def _shares(
    live: Live, judges: Judges, made: Sequence[tuple[Prediction, Prediction | None]]
) -> list[dict[str, Any]] | None:
    """Return how much of the pool belongs to each class."""
    if live.task.kind != "classification" or any(more is None for _, more in made):
        return None
    use = registry.get("service", "evaluation.powered_share")
    shown = []
    for label in live.task.form()["labels"]:
        held = np.concatenate([_column(one, label) for one, _ in made])
        more = np.mean([_column(other, label) for _, other in made if other is not None], axis=0)
        actual = [float(value == label) for value in judges.labels]
        mean = use(actual, held, more).mean
        shown.append({"label": label, **{x: getattr(mean, x) for x in ("estimate", "low", "high")}})
    return shown


def _column(prediction: Prediction, label: str) -> FloatArray:
    if label not in prediction.classes:
        return np.zeros(len(prediction.proba))
    return np.asarray(prediction.proba[:, list(prediction.classes).index(label)])


# -- from chosen answers, where they were drawn by chance ----------------------------------


def _weighted(live: Live, judges: Judges, quality: Mapping[str, Any]) -> dict[str, Any]:
    """Add the answers to questions that a strategy drew by chance, weighted, to the random ones."""
    if live.run or judges.space.ready is not None:
        return {"estimate": None, "reason": TUNED, "n": 0}
    drawn = _drawn(live, judges.labelled)
    told = {"estimate": None, "n": len(drawn.at)}
    if len(drawn.at) < LEAST:
        return {**told, "reason": drawn.reason or FEW_DRAWN}
    folds = np.array_split(np.arange(len(drawn.at)), FOLDS)
    mine = replace(judges, folds=[drawn.at[fold] for fold in folds])
    right = mine.scores(mine.rest)
    if right is None:
        return {**told, "reason": FEW}
    arm = registry.get("service", "evaluation.lure")(right, drawn.chances, drawn.left)
    worth = registry.get("service", "evaluation.worth")(drawn.chances, drawn.left)
    plain = registry.get("service", "evaluation.share_estimate")(
        quality["estimate"], quality["variance"], quality["n"]
    )
    both = registry.get("service", "evaluation.joined")([plain, arm], [quality["n"], worth])
    return {**both.to_json(), "strategy_alone": arm.to_json(), "reason": None}


class Drawn(NamedTuple):
    """Be answers drawn by chance: their places (m,), chances (m,), and the texts drawn from.

    `reason` says why earlier ones do not count, empty where all do.
    """

    at: IntArray
    chances: FloatArray
    left: int
    reason: str


def _drawn(live: Live, labelled: Labelled) -> Drawn:
    """Return the newest answers that were all drawn by chance from one pool.

    From the last question on that was not drawn by chance from all there was, what was left of
    the pool was given one; the same holds where the pool became another one. Each chance is
    counted against even ones among as many as there were: a queue is drawn before all answers to
    the last one are in, so a few more or less.
    """
    kept: list[tuple[int, float]] = []
    pool, reason = 0, "" if live.settings.wanted == 1 else SHARED
    for _, at, question in [] if reason else _by_strategy(live, labelled):
        left, chance = int(question.get("left") or 0), float(question["probability"])
        if not left or not BY_CHANCE.match(str(question["strategy"])):
            reason = PART if BY_CHANCE.match(str(question["strategy"])) else SURE
            kept.clear()
            continue
        now = pool - len(kept)
        if not kept or abs(left - now) > max(SLACK * pool, LEAST) or now < 1:
            kept.clear()
            pool = now = left
        kept.append((at, min(chance * left / now, 1.0)))
    places = np.array([at for at, _ in kept], np.int64)
    return Drawn(places, np.array([chance for _, chance in kept]), pool, reason)


def _by_strategy(live: Live, labelled: Labelled) -> list[tuple[int, int, Mapping[str, Any]]]:
    """Return when, where and how each first answer to a question of the strategy came, in order.

    A second look changes neither how nor when an example was drawn.
    """
    place = {example: i for i, example in enumerate(labelled.ids)}
    with live.lock:
        found = [
            (said.first, place[example], said.question)
            for example, answers in live.state.current.items()
            if example in place
            for said in answers.values()
            if said.arm == "strategy" and said.question
        ]
    return sorted(found, key=lambda one: one[0])


# -- where it leads, and what it was worth -------------------------------------------------


def _curves(live: Live, judges: Judges, control: IntArray) -> dict[str, Any]:
    nothing = {"outlook": None, "saving": None}
    if judges.space.ready is not None:
        return {**nothing, "curves_reason": READY}
    if live.run:
        return {**nothing, "curves_reason": TUNED}
    plain = replace(judges, learner=replace(judges.learner, teachable=None))
    least = min(len(control) - len(fold) for fold in judges.folds)
    sizes = sorted({round(share * least) for share in SHARES if share * least >= FIRST})
    asked = _asked(live, plain, sizes)
    if asked is None:
        return {**nothing, "curves_reason": FEW}
    return {
        "curves_reason": None,
        "outlook": _outlook(live, asked, len(judges.labelled.rows)),
        "saving": _saving(live, plain, asked, sizes, least),
    }


Curve = tuple[list[int], FloatArray]
"""Numbers of answers (k,), and how right each item was at each of them (k, items)."""


def _asked(live: Live, judges: Judges, also: Sequence[int]) -> Curve | None:
    """Judge models of the project's first answers, in the order in which they came."""
    turn = [_turn(live, example) for example in judges.labelled.ids]
    order = np.argsort(np.array(turn), kind="stable")
    most = len(order) - max(len(fold) for fold in judges.folds)
    spread = np.geomspace(max(FIRST, most / 2 ** (STEPS - 1)), most, STEPS).round().astype(int)
    sizes = sorted({int(n) for n in (*spread, *also) if n <= most})
    return _judged(sizes, lambda n: judges.scores(lambda fold: _first(order, fold, n)))


def _turn(live: Live, example: str) -> int:
    with live.lock:
        return min((s.first for s in live.state.current[example].values()), default=live.state.seq)


def _first(order: IntArray, fold: IntArray, n: int) -> IntArray:
    return np.sort(order[~np.isin(order, fold)][:n])


def _judged(sizes: Sequence[int], one: Callable[[int], FloatArray | None]) -> Curve | None:
    found = [(n, one(n)) for n in sizes]
    known = [(n, right) for n, right in found if right is not None]
    if len(known) < 3:
        return None
    return [n for n, _ in known], np.array([right for _, right in known])


def _outlook(live: Live, asked: Curve, now: int) -> dict[str, Any]:
    rules = named(live.settings.stop)
    wanted = {float(how.get("quality", USUAL)) for rule, how in rules if rule == "target"}
    best = float(asked[1][-1].mean())
    targets = sorted({*(wanted or {USUAL}), *(t for t in (0.8, 0.9, 0.95) if t > best)})
    foresee = registry.get("service", "evaluation.foresee")
    most = int(live.pool.askable.sum())
    rng = generator(live.settings.seed, "outlook", now)
    found: dict[str, Any] = foresee(*asked, targets, now=now, most=most, rng=rng)
    points = zip(asked[0], asked[1].mean(axis=1).tolist(), strict=True)
    return {"points": [{"answers": n, "estimate": q} for n, q in points], **found}


def _saving(
    live: Live, judges: Judges, asked: Curve, sizes: Sequence[int], least: int
) -> dict[str, Any] | None:
    rng = generator(live.settings.seed, "saving", len(judges.labelled.rows))
    repeats = [[_random(judges, n, rng) for _ in range(REPEATS)] for n in sizes]
    if len(repeats) < 2 or any(one is None for row in repeats for one in row):
        return None
    arm, now = registry.get("service", "evaluation.arm"), len(judges.labelled.rows)
    ours = arm(np.array(asked[0], float), asked[1][:, None])
    theirs = arm(np.array(sizes, float), np.array(repeats, float))
    most = int(live.pool.askable.sum())
    told = {"now": now, "most": most, "drawn_from": least, "apart": FOLDS, "rng": rng}
    found: dict[str, Any] = registry.get("service", "evaluation.saved")(ours, theirs, **told)
    seconds = _seconds(live)
    minutes = registry.get("service", "evaluation.minutes_saved")
    return {
        **found,
        "minutes": minutes(found["random_answers"], now, *seconds, rng=rng),
        "equal_number": registry.get("service", "evaluation.equal_number")(ours, theirs),
    }


def _random(judges: Judges, n: int, rng: np.random.Generator) -> FloatArray | None:
    """Judge models of n control answers, drawn anew for each fold."""
    order = judges.order
    return judges.scores(lambda fold: np.sort(rng.permutation(np.setdiff1d(order, fold))[:n]))


def _seconds(live: Live) -> tuple[list[float], list[float]]:
    """Return the seconds that each labelled example took, and those of the control arm.

    All who answered it count together; an example that somebody answered untimed is left out.
    """
    control = set(live.control_ids())
    with live.lock:
        answers = {id: list(live.state.current.get(id, {}).values()) for id in live.state.labels}
    timed = {
        id: float(sum(one.seconds or 0.0 for one in said))
        for id, said in answers.items()
        if said and all(one.seconds for one in said)
    }
    return list(timed.values()), [timed[id] for id in timed if id in control]
