"""Time the instant head: refit after one more answer (warm), then score 100,000 candidates.

    python benchmarks/bench_head.py [--repeats 30] [--candidates 100000]

Vectors are clusters like those of a sentence encoder: one, two and three unit-length layers of 384
columns side by side. Prints wall seconds of each step, and the processor seconds of both.
"""

from __future__ import annotations

import argparse
import os
import time

import numpy as np

from asknext.core.batch import Batch, FloatArray
from asknext.core.seeds import generator
from asknext.core.tasks import Classification
from asknext.models.calibration import calibrate, temperature
from asknext.models.linear import LinearHead

LAYER = 384
CLASSES = 10
LABELS = 1000


def pool(rows: int, columns: int, rng: np.random.Generator) -> tuple[FloatArray, list[str]]:
    """Make unit-length layers (rows, columns) round 50 centres, and noisy labels."""
    centre = rng.integers(50, size=rows)
    layers = []
    for _ in range(columns // LAYER):
        centres = rng.standard_normal((50, LAYER), dtype=np.float32)
        layer = 0.8 * centres[centre] + rng.standard_normal((rows, LAYER), dtype=np.float32)
        layers.append(layer / np.linalg.norm(layer, axis=1, keepdims=True))
    noisy = np.where(rng.random(rows) < 0.1, rng.integers(CLASSES, size=rows), centre % CLASSES)
    return np.hstack(layers), [f"class {i}" for i in noisy]


def measure(columns: int, candidates: int, repeats: int) -> dict[str, FloatArray]:
    """Return seconds (repeats,) of each step, one new answer a time."""
    vectors, labels = pool(LABELS + repeats + candidates, columns, generator(0, "bench", columns))
    scored = Batch(candidates, vectors=vectors[LABELS + repeats :])
    task = Classification(tuple(f"class {i}" for i in range(CLASSES)))
    head = LinearHead(task).fit(Batch(LABELS, vectors=vectors[:LABELS]), labels[:LABELS], seed=0)
    head.predict(scored)
    times: dict[str, list[float]] = {"refit": [], "score": [], "both": [], "both (cpu)": []}
    for extra in range(1, repeats + 1):
        n = LABELS + extra
        cpu, start = time.process_time(), time.perf_counter()
        head = LinearHead(task).fit(Batch(n, vectors=vectors[:n]), labels[:n], seed=0, init=head)
        middle = time.perf_counter()
        head.predict(scored)
        end = time.perf_counter()
        times["refit"].append(middle - start)
        times["score"].append(end - middle)
        times["both"].append(end - start)
        times["both (cpu)"].append(time.process_time() - cpu)
    temperature(np.eye(2), np.arange(2))  # imports what it needs
    start = time.perf_counter()
    calibrate(head, Batch(LABELS, vectors=vectors[:LABELS]), labels[:LABELS], 0)
    times["calibrate"] = [time.perf_counter() - start]
    return {name: np.array(values) for name, values in times.items()}


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeats", type=int, default=30)
    options.add_argument("--candidates", type=int, default=100_000)
    given = options.parse_args()
    load = os.getloadavg()[0]
    print(f"{given.candidates} candidates, {LABELS} labels, {CLASSES} classes; load {load:.1f}")
    for columns in (LAYER, 2 * LAYER, 3 * LAYER):
        for step, seconds in measure(columns, given.candidates, given.repeats).items():
            median, late = np.median(seconds), np.percentile(seconds, 95)
            print(f"{columns:5d} columns  {step:10s}  median {median:.3f} s  p95 {late:.3f} s")


if __name__ == "__main__":
    main()
