"""Print the table of speed and memory: ``python -m benchmarks`` (about ten minutes).

Every row is measured here and now, on this machine; run it while nothing else is running. The
single benchmarks beside this file say more about each.
"""

from __future__ import annotations

import csv
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

ROWS = 100_000
HERE = Path(__file__).resolve().parent


class Line(NamedTuple):
    """Be one line of the table."""

    what: str
    target: str
    measured: str
    met: bool


def seconds(command: list[str], env: dict[str, str], times: int = 1) -> float:
    """Return the median wall-clock seconds of a command."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def asknext(*words: str) -> list[str]:
    """Return the command line of an asknext command."""
    return [sys.executable, "-m", "asknext", *words]


def write_texts(path: Path) -> None:
    """Write short texts with a label, all different."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["id", "text", "label"])
        for i in range(ROWS):
            words = " ".join(f"{(i * 7919 + j * 104729) % 99991:x}" for j in range(8))
            out.writerow([f"t{i}", f"where is order {i}, {words}?", f"class {i % 10}"])


def start_up(env: dict[str, str]) -> Iterator[Line]:
    """Measure how long a new process takes until it can do something."""
    bare = seconds([sys.executable, "-c", "import asknext"], env, 7)
    yield Line("`import asknext`, the interpreter included", "0.3 s", f"{bare:.2f} s", bare <= 0.3)
    helped = seconds(asknext("--help"), env, 7)
    yield Line("`asknext --help`", "0.6 s", f"{helped:.2f} s", helped <= 0.6)


def in_and_out(env: dict[str, str], folder: Path) -> Iterator[Line]:
    """Measure import and export of 100,000 rows, as commands."""
    texts = folder / "texts.csv"
    write_texts(texts)
    words = ["new", "bench", str(texts), "--text", "text", "--label", "label", "--id", "id"]
    took = seconds(asknext(*words, "--label-use", "gold", "--encoder", "tfidf", "--json"), env)
    yield Line("import of 100,000 short texts (CSV)", "6 s", f"{took:.1f} s", took <= 6)
    words[1] = "answered"
    subprocess.run(
        asknext(*words, "--encoder", "tfidf", "--json"),
        env=env, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    took = seconds(asknext("export", "answered", str(folder / "out.csv")), env)
    yield Line("export of 100,000 answers (CSV)", "5 s", f"{took:.1f} s", took <= 5)


def encoding(env: dict[str, str]) -> Iterator[Line]:
    """Measure the embedded encoder against the usual way of running it."""
    found = as_json("bench_encode.py", env)
    ratio, cosine = found["ratio"], found["lowest_cosine"]
    yield Line(
        "MiniLM sentences per second, times sentence-transformers'", "1.7 ×",
        f"{ratio:.2f} × ({found['ours']:.0f} against {found['theirs']:.0f})", ratio >= 1.7,
    )  # fmt: skip
    yield Line("lowest cosine to float32", "0.999", f"{cosine:.5f}", cosine >= 0.999)


def service(env: dict[str, str]) -> Iterator[Line]:
    """Measure the running server on 100,000 texts."""
    found = as_json("bench_service.py", env)
    ready = found["start_seconds"]["project_open"]
    memory = found["memory_mib"]["at_start"]
    yield Line("server ready, 100,000 texts", "3 s", f"{ready:.1f} s", ready <= 3)
    yield Line("its memory then", "700 MiB", f"{memory:.0f} MiB", memory <= 700)
    ack = found["load"][0]["answer_ms"]
    yield Line("answer acknowledged, 8 people, refitting: p50", "10 ms",
               f"{ack['p50']:.1f} ms", ack["p50"] <= 10)  # fmt: skip
    yield Line("the same: p95", "40 ms", f"{ack['p95']:.1f} ms", ack["p95"] <= 40)
    queue = found["answer_to_new_queue_ms"]
    yield Line("newest answer in the model, queue re-ranked: median", "0.4 s",
               f"{queue['p50'] / 1000:.2f} s", queue["p50"] <= 400)  # fmt: skip
    yield Line("the same: p95", "1 s", f"{queue['p95'] / 1000:.2f} s", queue["p95"] <= 1000)


def as_json(script: str, env: dict[str, str]) -> Any:
    """Run a benchmark and return the JSON object it prints last."""
    command = [sys.executable, str(HERE / script), "--json"]
    done = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def machine() -> str:
    """Describe the machine and the versions behind the figures."""
    names = ("numpy", "scikit-learn", "torch", "transformers", "sqlalchemy", "fastapi")
    packages = ", ".join(f"{name} {version(name)}" for name in names)
    cores = f"{platform.machine()}, {os.cpu_count()} cores"
    return f"{cores}, Python {platform.python_version()}; {packages}"


def main() -> None:
    """Measure everything and print one Markdown table."""
    print(machine(), flush=True)
    print("\n| what | target | measured | met |\n|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        own = {"ASKNEXT_HOME": str(Path(folder) / "home"), "PYTHONPATH": str(HERE.parent)}
        env = {**os.environ, **own}
        parts = (start_up(env), in_and_out(env, Path(folder)), encoding(env), service(env))
        for part in parts:
            for line in part:
                mark = "yes" if line.met else "**no**"
                print(f"| {line.what} | {line.target} | {line.measured} | {mark} |", flush=True)


if __name__ == "__main__":
    main()
