"""Fresh: run a case in a process of its own, with one thread and a limit on time and memory."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from .jobs import STARTED

SCRIPT = Path(__file__).resolve().parents[1] / "bench_peers.py"
ROOT = SCRIPT.parents[1]
GIB = 9.0
WAIT = 6  # wall seconds for each CPU-second allowed, on a machine that does other things
START = 300  # wall seconds to import and to read the data
THREADS = ("OMP", "MKL", "OPENBLAS", "NUMEXPR", "NUMBA")


class Limits(NamedTuple):
    """Bound a case: CPU-seconds of the selection, GiB of the process."""

    seconds: float = 120.0
    gib: float = GIB


def environment() -> dict[str, str]:
    """Return the environment of a case: one thread, and asknext from this checkout."""
    own = {f"{name}_NUM_THREADS": "1" for name in THREADS}
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {**os.environ, **own, "PYTHONPATH": path, "PYTHONHASHSEED": "0"}


def run(strategy: str, who: str, folder: Path, k: int, seed: int, limits: Limits) -> dict[str, Any]:
    """Return what the case measured, or {"error": …} in a line."""
    words = ["--case", strategy, who, "--folder", str(folder), "--k", str(k), "--seed", str(seed)]
    with tempfile.TemporaryDirectory() as own, (Path(own) / "out").open("w+b") as out:
        errors = Path(own) / "errors"
        with errors.open("wb") as complaints:
            child = subprocess.Popen(
                [sys.executable, str(SCRIPT), *words],
                stdout=out, stderr=complaints, env=environment(), cwd=own,
            )  # fmt: skip
            stopped = _watch(child, Path(own) / STARTED, limits)
        if stopped:
            return {"error": stopped}
        if child.returncode:
            said = _last_line(errors.read_text(encoding="utf-8", errors="replace"))
            return {"error": said or f"exit status {child.returncode}"}
        out.seek(0)
        found: dict[str, Any] = json.loads(out.read().splitlines()[-1])
        return found


def _watch(child: subprocess.Popen[bytes], started: Path, limits: Limits) -> str:
    """Wait for the process; kill it, and say why, where it passes a limit.

    Its CPU time is read from outside: a timer inside would make its clock coarse.
    """
    end, before = time.monotonic() + START + WAIT * limits.seconds, None
    while child.poll() is None:
        seconds, gib = _used(child.pid)
        before = seconds if before is None and started.exists() else before
        reason = ""
        if gib > limits.gib:
            reason = f"more than {limits.gib:g} GiB"
        elif before is not None and seconds - before > limits.seconds:
            reason = f"more than {limits.seconds:g} CPU-s"
        elif time.monotonic() > end:
            reason = f"no end after {START + WAIT * limits.seconds:,.0f} s"
        if reason:
            child.kill()
            child.wait()
            return reason
        time.sleep(0.05)
    return ""


def _used(pid: int) -> tuple[float, float]:
    """Return the CPU-seconds and the resident GiB of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    ticks, pages = int(fields[11]) + int(fields[12]), int(fields[21])
    return ticks / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE") / 2**30


def _last_line(text: str) -> str:
    """Return the line that names the error, short and without the name of its module."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"[\w.]+: ", line)]
    return re.sub(r"^(\w+\.)+(?=\w+: )", "", (errors or lines or [""])[-1])[:160]
