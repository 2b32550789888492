"""Print what a store costs: ``python benchmarks/bench_store.py [url] [examples]``.

Times are wall-clock; run it on a quiet machine. The default is a fresh SQLite file in the current
folder's file system, so that fsync is real; give another URL for PostgreSQL or ``memory://``.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

from asknext.core.events import Draft
from asknext.core.examples import Example
from asknext.core.protocols import Store
from asknext.core.settings import Settings
from asknext.store.opening import open_store

PROJECT = "bench"
TASK = {"kind": "classification", "labels": ["yes", "no"]}


def timed(what: str, work: Callable[[], object]) -> None:
    """Print the seconds that some work takes, and those of this process's CPU."""
    start, cpu = time.perf_counter(), time.process_time()
    work()
    wall, spent = time.perf_counter() - start, time.process_time() - cpu
    print(f"{what:<44}{wall:9.3f} s {spent:12.3f} s CPU")


def spread(what: str, times: list[float]) -> None:
    """Print the median and the 95th percentile in milliseconds."""
    p95 = statistics.quantiles(times, n=20)[-1]
    print(f"{what:<44}{1e3 * statistics.median(times):9.2f} ms p50 {1e3 * p95:8.2f} ms p95")


def texts(n: int) -> Iterator[Example]:
    """Make n short texts with an id and a gold answer."""
    for i in range(n):
        text = f"Where is my order number {i}? It was promised for last week, 谢谢"
        yield Example(id=f"example-{i}", fields={"text": text}, meta={"line": i}, gold="yes")


def answer(i: int, who: str) -> Draft:
    """Make one answered draft like those of the app."""
    data = {"action": "label", "value": "yes", "seconds": 2.5, "note": "", "confidence": 0.7}
    return Draft(
        kind="answered", at=1e9 + i, who=who, example=f"example-{i}", data=data, key=f"{who}-{i}"
    )


def append_times(store: Store, first: int, count: int, who: str) -> list[float]:
    """Append answers one by one and return the seconds of each."""
    times = []
    for i in range(first, first + count):
        start = time.perf_counter()
        store.append(PROJECT, [answer(i, who)])
        times.append(time.perf_counter() - start)
    return times


def eight_people(store: Store, count: int) -> list[float]:
    """Append answers from eight threads at once and return the seconds of each."""
    times: list[float] = []

    def person(number: int) -> None:
        times.extend(append_times(store, 1000 + number * count, count, f"person-{number}"))

    threads = [Thread(target=person, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def claim_times(store: Store, n: int, count: int) -> list[float]:
    """Claim 5 of 200 offered questions again and again and return the seconds of each."""
    times = []
    for i in range(count):
        first = (i * 197) % max(n - 200, 1)
        offered = [(f"example-{j}", {"score": 0.5}) for j in range(first, first + 200)]
        start = time.perf_counter()
        store.claim(PROJECT, f"p{i % 8}", offered, 5, wanted=1, now=0.0, expires=900.0)
        times.append(time.perf_counter() - start)
    return times


def measure(store: Store, n: int) -> None:
    """Print everything for one store."""
    store.create(Settings(name=PROJECT, task=TASK))
    pool = list(texts(n))
    timed(f"add {n:,} examples", lambda: store.add(PROJECT, pool))
    timed(f"add the same {n:,} again", lambda: store.add(PROJECT, pool))
    timed(f"outline of {n:,}", lambda: store.outline(PROJECT))
    some = [example.id for example in pool[:200]]
    timed("200 examples by id", lambda: store.examples(PROJECT, some))
    spread("append one answer", append_times(store, 0, 500, "ann"))
    spread("append one answer, eight threads at once", eight_people(store, 100))
    spread("claim 5 of 200 offered", claim_times(store, n, 200))
    many = [answer(i, "seed") for i in range(n)]
    timed(f"append {n:,} answers in one call", lambda: store.append(PROJECT, many))
    timed(f"read {n:,} events", lambda: store.events(PROJECT))
    timed("delete the project", lambda: store.delete(PROJECT))


def main() -> None:
    """Measure the store named on the command line."""
    n = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        url = sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder}/bench.db"
        store = open_store(url)
        try:
            measure(store, n)
        finally:
            store.close()


if __name__ == "__main__":
    main()
