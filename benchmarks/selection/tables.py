"""Tables: results as Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .jobs import FLOOR, OURS

HEAD = (
    "| who | CPU-s: median (least–most) | extra MiB | CPU-s, ours = 1 | picks shared with ours |\n"
    "|---|---|---|---|---|"
)
Runs = Sequence[dict[str, Any]]


def short(value: float) -> str:
    """Write a number with three digits.

    >>> short(0.01234), short(12.34), short(1234.5)
    ('0.0123', '12.3', '1,234')
    """
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def median(runs: Runs, name: str) -> float | None:
    """Return the median of a measure, None where no run ended."""
    values = [run[name] for run in runs if name in run]
    return statistics.median(values) if values else None


def spread(runs: Runs) -> str:
    """Write the CPU-seconds: median (least–most), marked where scaled from a part."""
    values = sorted(run["cpu_s"] for run in runs if "cpu_s" in run)
    shown = short(statistics.median(values))
    if len(values) > 1:
        shown += f" ({short(values[0])}–{short(values[-1])})"
    return shown + (", scaled" if any(run.get("scaled") for run in runs) else "")


def shared(runs: Runs, ours: Runs) -> str:
    """Write the share of the picks that ours picked too, in the same repeat."""
    pairs = [
        (set(one["rows"]), set(other["rows"]))
        for one, other in zip(runs, ours, strict=False)
        if one.get("rows") and other.get("rows")
    ]
    if not pairs:
        return ""
    return f"{statistics.fmean(len(a & b) / len(b) for a, b in pairs):.0%}"


def line(who: str, runs: Runs, ours: Runs, floor: str) -> str:
    """Write one row."""
    own = who in (OURS, FLOOR)
    who = {OURS: f"**{OURS}**", FLOOR: f"{FLOOR}: {floor}"}.get(who, who)
    error = next((run["error"] for run in runs if "error" in run), "")
    if error:
        safe = error.replace("|", "/")
        return f"| {who} | {safe} | | | |"
    cpu, base = median(runs, "cpu_s"), median(ours, "cpu_s")
    ratio = f"{short(cpu / base)} ×" if cpu is not None and base else ""
    extra = f"{median(runs, 'extra_mib'):,.0f}"
    scaled = any(run.get("scaled") for run in runs)
    same = "" if own or scaled else shared(runs, ours)
    return f"| {who} | {spread(runs)} | {extra} | {ratio} | {same} |"


def table(found: Mapping[str, Runs], floor: str) -> str:
    """Write the table of a strategy; `floor` says what the floor is."""
    ours = found.get(OURS, [])
    rows = [line(who, runs, ours, floor).replace("  ", " ") for who, runs in found.items()]
    return "\n".join([HEAD, *rows, *_distance(found, ours)])


def _distance(found: Mapping[str, Runs], ours: Runs) -> Iterable[str]:
    """Say how far ours is from the floor and from the fastest peer."""
    base = median(ours, "cpu_s")
    floor = median(found.get(FLOOR, []), "cpu_s")
    times = {
        who: cpu
        for who, runs in found.items()
        if who not in (OURS, FLOOR) and (cpu := median(runs, "cpu_s")) is not None
    }
    said = []
    if base and floor:
        said.append(f"ours takes {short(base / floor)} × the floor")
    if base and times:
        best = min(times, key=lambda who: times[who])
        said.append(f"the fastest peer ({best}) takes {short(times[best] / base)} × ours")
    return [f"\n{'; '.join(said)[0].upper()}{'; '.join(said)[1:]}."] if said else []
