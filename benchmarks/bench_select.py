"""Time every strategy on made-up vectors in a memory map: python benchmarks/bench_select.py.

The pool has groups of unequal size, as texts have; probabilities are those of a softmax on the
distances to some of the group centres. Each time is the median of the repeats.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from asknext.core import registry
from asknext.core.batch import Rows
from asknext.core.seeds import generator
from asknext.core.view import View


def make_view(folder: Path, n: int, columns: int, classes: int, labelled: int) -> View:
    """Build a view whose vectors lie in a memory map, as in a project."""
    rng = generator(0, "bench")
    centres = rng.standard_normal((200, columns)).astype(np.float32)
    group = rng.choice(200, n + labelled, p=rng.dirichlet(np.ones(200)))
    vectors = centres[group] + 1.5 * rng.standard_normal((n + labelled, columns), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    logits = 12.0 * vectors[:n] @ centres[:classes].T / np.sqrt(columns)
    proba = np.exp(logits - logits.max(axis=1, keepdims=True))
    proba /= proba.sum(axis=1, keepdims=True)
    np.save(folder / "vectors.npy", vectors)
    table = np.load(folder / "vectors.npy", mmap_mode="r")
    labels = [f"class {i % classes}" for i in range(labelled)]
    return View(
        [f"example {i}" for i in range(n)],
        arrays={
            "proba": proba,
            "embedding": Rows(table, np.arange(n)),
            "labelled_embedding": Rows(table, np.arange(n, n + labelled)),
            "near": np.arange(n),
        },
        labelled=[f"labelled {i}" for i in range(labelled)],
        labels=labels,
        classes=[f"class {i}" for i in range(classes)],
    )


def main() -> None:
    """Print one line for each strategy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidates", type=int, default=100_000)
    parser.add_argument("--columns", type=int, default=384)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--labelled", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--k", type=int, nargs="+", default=[1, 100, 200])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        view = make_view(
            Path(folder), given.candidates, given.columns, given.classes, given.labelled
        )
        print(
            f"{given.candidates:,} candidates × {given.columns}, {given.classes} classes, "
            f"{given.labelled} labelled; median ms of {given.repeats}"
        )
        print(f"{'strategy':<32}" + "".join(f"{f'k = {k}':>12}" for k in given.k))
        for name in registry.names("strategy"):
            missing = sorted(registry.get("strategy", name).needs - view.provides)
            if missing:
                print(f"{name:<32}  not timed here: it needs {', '.join(missing)}")
                continue
            times = [_median_ms(name, view, k, given.repeats) for k in given.k]
            print(f"{name:<32}" + "".join(f"{ms:>12.1f}" for ms in times), flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:,.0f} MiB, the making of the data included")


def _median_ms(name: str, view: View, k: int, repeats: int) -> float:
    strategy = registry.get("strategy", name)()
    times = []
    for repeat in range(repeats):
        start = time.perf_counter()
        strategy.select(view, k, generator(repeat, "bench", name))
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


if __name__ == "__main__":
    main()
