"""Measure: run one job in this process and print what it took as a line of JSON."""

from __future__ import annotations

import gc
import json
import os
import random
import re
import resource
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from . import floors, ours, peers
from .data import Data
from .jobs import FLOOR, OURS, STARTED, Case, Job, Prepare

WARM = (300, 100, 5)  # candidates, labelled and picks of the run that is not timed
SHORT = 0.02  # CPU-seconds below which a selection is repeated
FEWER = frozenset({"expected_error_reduction"})  # on the first candidates alone


def cases(strategy: str) -> list[Case]:
    """Return who can do a strategy: the floor, ours, then the peers."""
    first = [floors.case(strategy)] if strategy in floors.FLOORS else []
    others = [case for case in peers.CASES if case.strategy == strategy]
    return [*first, ours.case(strategy), *others]


def candidates(strategy: str, n: int) -> int:
    """Return how many candidates a strategy is measured on."""
    return min(n, ours.LOOKAHEAD) if strategy in FEWER else n


def find(strategy: str, who: str) -> Prepare:
    """Return how to make the job."""
    for case in cases(strategy):
        if case.who == who:
            return case.prepare
    sys.exit(f"nobody called {who!r} does {strategy}")


def memory(name: str) -> int:
    """Return VmHWM or VmRSS of this process in KiB."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    found = re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def forget_peak() -> None:
    """Let VmHWM start again from what is resident now."""
    gc.collect()
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def measured(prepare: Prepare, data: Data, k: int, seed: int) -> dict[str, Any]:
    """Warm up on a small pool, then select: CPU and wall seconds, peak MiB, rows.

    What is over at once is done again, up to 200 times, each on a job made anew.
    """
    small = Data(data.folder, most=min(WARM[0], data.n), labelled=WARM[1])
    prepare(small, WARM[2], seed).run()
    job = prepare(data, k, seed)
    forget_peak()
    before = memory("VmHWM")
    Path(STARTED).touch()
    *seconds, rows = timed([job])
    extra = max(0, memory("VmHWM") - before) / 1024
    if seconds[0] < SHORT:
        again = min(200, int(10 * SHORT / max(seconds[0], 1e-4)))
        *seconds, _ = timed([prepare(data, k, seed) for _ in range(again)])
    return {
        "cpu_s": seconds[0] * job.times,
        "wall_s": seconds[1] * job.times,
        "extra_mib": extra,
        "scaled": job.times != 1.0,
        "rows": [] if rows is None else np.asarray(rows).astype(int).ravel().tolist(),
    }


def timed(jobs: Sequence[Job]) -> tuple[float, float, Any]:
    """Return the mean CPU and wall seconds of these jobs, and what the last returned."""
    rows = None
    cpu, wall = time.process_time(), time.perf_counter()
    for job in jobs:
        rows = job.run()
    seconds = time.process_time() - cpu, time.perf_counter() - wall
    return seconds[0] / len(jobs), seconds[1] / len(jobs), rows


def main(strategy: str, who: str, folder: Path, k: int, seed: int) -> None:
    """Measure a case and print the result."""
    if who not in (OURS, FLOOR):
        warnings.simplefilter("ignore")
    random.seed(seed)
    np.random.seed(seed)  # some peers draw from it
    data = Data(folder, most=candidates(strategy, Data(folder).n))
    found = measured(find(strategy, who), data, min(k, data.n), seed)
    os.write(1, b"\n" + json.dumps(found).encode() + b"\n")
