"""Measure whether probabilities can be trusted after a promotion.

    python -m benchmarks.bench_trust --data FOLDER [--sets trec6,sst2] [--seeds 3] [--labels 100]

Labels are drawn at random, a tenth of them for the control arm; MiniLM is fine-tuned and serves.
The table shows temperature, expected calibration error (15 bins) and log-loss on the test set: as
the head is; calibrated by cross-validation on all labels, which the vectors have learnt; on what
they have not learnt, as a project does it; and with the temperature that is best on the test set.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from asknext.core import registry
from asknext.core.home import Home
from asknext.core.settings import Settings
from asknext.evaluation.calibration import calibration_error
from asknext.loop.deep.requests import request
from asknext.loop.deep.round import run_round
from asknext.loop.encoding import encode_project
from asknext.loop.projects import create_project
from asknext.loop.session import Session
from asknext.models.calibration import calibrate, losses, temperature
from benchmarks.sets import SETS, part_of

ORACLE = "oracle"


def project(args: argparse.Namespace, name: str, seed: int, home: Home) -> Session:
    """Return a project with its labels, learnt from, and a fine-tuned model that serves."""
    task = SETS[name].task(args.data / name)
    deep = {"base": "minilm", "every": 0, "judge": args.judge}
    pool, test = (
        part_of(args.data, name, split, n) for split, n in (("train", 1000), ("test", 500))
    )
    store = registry.get("store", "memory")()
    settings: dict[str, Any] = {
        "encoder": "minilm",
        "strategy": "random",
        "deep": deep,
        "seed": seed,
    }
    create_project(store, Settings(name="p", task=task.to_json(), **settings))
    store.add("p", [*(replace(one, gold=None) for one in pool), *test])
    gold = {one.id: one.gold for one in pool}
    encode_project(store, home, "p")
    session = Session(store, "p", home)
    session.train()
    while len(session.state.labels) < args.labels:
        for question in session.ask(1, ORACLE) or ():
            session.tell(question.example.id, gold[question.example.id], who=ORACLE)
    session.train()
    run_round(session, request(session))
    session.train()
    return session


def shown(session: Session, name: str) -> None:
    """Print a line for each way to choose the temperature."""
    space = session.serving.space
    model: Any = session.serving.model
    labelled, _ = session.labelled()
    rows, gold = session.test_rows()
    assert space is not None
    logits = model.logits(space.batch(rows))
    numbers = np.array([model.classes.index(label) for label in gold])
    batch = space.batch(labelled.rows)
    ways = {
        "as it is": 1.0,
        "on all labels": calibrate(model, batch, labelled.labels, 0).calibration.temperature,
        "on unseen labels": session.serving.temperature,
        "best": temperature(logits, numbers),
    }
    for way, at in ways.items():
        scores = np.exp(logits / at - (logits / at).max(axis=1, keepdims=True))
        proba = scores / scores.sum(axis=1, keepdims=True)
        right = proba.argmax(axis=1) == numbers
        error, loss = calibration_error(proba.max(axis=1), right), losses(logits, numbers, at)
        figures = f"{at:.2f} | {error:.3f} | {loss.mean():.3f} | {right.mean():.3f}"
        print(f"| {name}, {session.settings.seed} | {way} | {figures} |", flush=True)


def main() -> None:
    """Run every set with every seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    usual = os.environ.get("ASKNEXT_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(usual))
    parser.add_argument("--sets", default="trec6,sst2")
    parser.add_argument("--judge", default="auto")
    for name, usually in (("seeds", 3), ("labels", 100)):
        parser.add_argument(f"--{name}", type=int, default=usually)
    args = parser.parse_args()
    print("| set, seed | calibrated | temperature | error | log-loss | right |\n|" + "---|" * 6)
    for name in args.sets.split(","):
        for seed in range(args.seeds):
            with tempfile.TemporaryDirectory() as folder:
                shown(project(args, name, seed, Home.find(Path(folder))), name)


if __name__ == "__main__":
    main()
