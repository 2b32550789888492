"""The whole idea with dictionaries and a list: asknext in a hundred lines, for readers.

Run it: ``python examples/minimal_loop.py``. It labels the bundled messages with an oracle, once
by drawing at random and once by asking where the model wavers, and prints how good each is on
questions drawn at random and on the test file. Everything that the real thing adds (crashes,
several people, any task, speed) is left out; the steps and the words are the same.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Callable

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from asknext import example_data

Events = list[dict[str, str]]
Score = Callable[[np.ndarray], np.ndarray]


def read(name: str) -> dict[str, dict[str, str]]:
    """Read examples by id: ids, never positions."""
    with example_data.path(name).open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def labels(events: Events) -> dict[str, str]:
    """Derive labels from answers: the newest wins. Facts are kept, everything else follows."""
    return {event["example"]: event["value"] for event in events if event["kind"] == "answered"}


def by_chance(proba: np.ndarray) -> np.ndarray:
    """Score all candidates alike."""
    return np.random.default_rng(len(proba)).random(len(proba))


def by_margin(proba: np.ndarray) -> np.ndarray:
    """Score by how close the two most probable classes are."""
    if proba.shape[1] < 2:
        return by_chance(proba)
    top = np.sort(proba, axis=1)
    return top[:, -2] - top[:, -1]


class MinimalLoop:
    """Ask, tell, train, measure over one list of events."""

    def __init__(self, pool: dict[str, dict[str, str]], score: Score, seed: int = 0) -> None:
        self.pool, self.score, self.events = pool, score, []
        self.encoder = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True)
        self.vectors = dict(
            zip(pool, self.encoder.fit_transform(p["text"] for p in pool.values()), strict=True)
        )
        draw = random.Random(seed)
        self.control = {id for id in pool if draw.random() < 0.1}
        self.order = draw.sample(sorted(pool), len(pool))
        self.model: LogisticRegression | None = None
        self.right: list[bool] = []

    def ask(self, k: int) -> list[str]:
        """Return k ids: one in ten from the control arm, the others by score."""
        known = labels(self.events)
        free = [id for id in self.order if id not in known]
        control = [id for id in free if id in self.control][: max(1, k // 10)]
        rest = [id for id in free if id not in self.control]
        if self.model is not None:
            proba = self.model.predict_proba(self.matrix(rest))
            rest = [rest[i] for i in np.argsort(-self.score(proba), kind="stable")]
        return control + rest[: k - len(control)]

    def tell(self, id: str, value: str) -> None:
        """Append an answer; a control answer is predicted before it is learnt from."""
        if id in self.control and self.model is not None:
            self.right.append(bool(self.model.predict(self.matrix([id]))[0] == value))
        self.events.append({"kind": "answered", "example": id, "value": value})

    def train(self) -> None:
        """Fit the model to the labels."""
        known = labels(self.events)
        if len(set(known.values())) > 1:
            self.model = LogisticRegression(C=10, max_iter=500)
            self.model.fit(self.matrix(list(known)), list(known.values()))

    def matrix(self, ids: list[str]) -> object:
        """Stack the vectors of these ids."""
        from scipy.sparse import vstack

        return vstack([self.vectors[id] for id in ids])


def run(score: Score, budget: int = 200, batch: int = 20) -> tuple[float, float]:
    """Spend the budget; return quality on the control arm and on the test file."""
    loop = MinimalLoop(read("support_messages.csv"), score)
    for _ in range(budget // batch):
        for id in loop.ask(batch):
            loop.tell(id, loop.pool[id]["label"])
        loop.train()
    test = read("support_messages_test.csv").values()
    assert loop.model is not None
    found = loop.model.predict(loop.encoder.transform(row["text"] for row in test))
    truth = [row["label"] for row in test]
    return float(np.mean(loop.right)), float(np.mean(found == np.array(truth)))


if __name__ == "__main__":
    for name, score in (("random", by_chance), ("margin", by_margin)):
        control, test = run(score)
        print(f"{name:7} control arm {control:.0%} while learning, test file {test:.1%} at the end")
