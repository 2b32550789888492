"""Page: measures, tables and curves between two marks of a Markdown page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.labels import tables
from benchmarks.labels.drawing import drawing
from benchmarks.labels.measures import Line, lines
from benchmarks.labels.peers import library_of
from benchmarks.labels.plan import DEVELOPED, GROUPS, Group
from benchmarks.labels.results import AUTO, RANDOM, Results, area_of

BEGIN, END = "<!-- written by bench_labels: begin -->", "<!-- written by bench_labels: end -->"
PICTURES = "curves"
BESIDE = (
    "`auto` beside random and the usual strategy: areas in points with 95 % intervals, p of sign "
    "flips after Holm's correction over the sets, share of the seeds won"
)

FRESH = f"""# What strategies save in labels

{BEGIN}
{END}

## What was tried for `auto` and did not help
"""


def report(
    results: Results, about: dict[str, Any], more: Sequence[Line] = (), pictures: bool = False
) -> Iterator[str]:
    """Yield all lines: what was run, measures, tables over sets, then group by group.

    `more` are measures that other benchmarks made.
    """
    yield from said(results, about)
    yield from ("", "## Measures", "", *tables.measures([*lines(results), *more]))
    yield from halves(results)
    for key, group in GROUPS.items():
        if any(results.has(name, RANDOM) for name in group.sets):
            yield from ("", f"## {group.title}", "")
            if pictures:
                yield from (f"![{group.title}: quality by labels]({PICTURES}/{key}.svg)", "")
            yield from ("Area under the learning curve, in points:", "")
            yield from (*tables.areas(results, group), "")
            if any(results.has(name, RANDOM, AUTO) for name in group.sets):
                yield from (f"{BESIDE}:", "", *tables.against(results, group), "")
            yield from ("Labels to shares of the quality with all labels of the pool, medians:", "")
            yield from tables.labels_to(results, group)


def said(results: Results, about: dict[str, Any]) -> Iterator[str]:
    """Yield how the runs were made."""
    how = about["how"]
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    runs = sum(len(results.runs(n, s)) for n in results.sets for s in results.strategies([n]))
    extra = f"; the first {how['start']} labels random and shared" if how["start"] else ""
    extra += f"; {how['noise']:.0%} of the answers wrong" if how["noise"] else ""
    seconds = " and ".join(f"{one:g}" for one in how.get("cost", ()))
    extra += f"; {seconds} seconds for each answer and word" if seconds else ""
    yield (
        f"{runs:,} runs on {len(results.sets)} sets: {how['budget']} labels, {how['batch']} at a "
        f"time, from a pool of {how['pool']:,}, {how['test']:,} to test on{extra}. On "
        f"{'; '.join(about['machines'])}; {versions}. † marks the sets that `auto` was chosen on."
    )


def halves(results: Results) -> Iterator[str]:
    """Yield the strategies over all sets with classes, those of development, and the others."""
    classes = [name for key in ("english", "chinese") for name in GROUPS[key].sets]
    there = [name for name in classes if results.has(name, RANDOM)]
    parts = {
        "All sets with one label": there,
        "Those that `auto` was chosen on": [name for name in there if name in DEVELOPED],
        "Those that had no part in any choice": [name for name in there if name not in DEVELOPED],
    }
    for title, sets in parts.items():
        if len(sets) > 1:
            yield from ("", f"## {title}", "", *tables.overall(results, sets))


def shown(results: Results, group: Group) -> list[str]:
    """Return the strategies to draw: random, margin, auto, and the best one of a peer."""
    sets = [name for name in group.sets if results.has(name, RANDOM)]
    peers = [s for s in results.strategies(sets) if library_of(s)]
    best = sorted(peers, key=lambda s: -sum(results.mean(n, s, area_of) for n in sets))[:1]
    return [RANDOM, group.margin, AUTO, *best]


def write(path: Path, results: Results, about: dict[str, Any], more: Sequence[Line] = ()) -> None:
    """Write the part of a page between the marks, and the pictures beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    page = path.read_text(encoding="utf-8") if path.exists() else FRESH
    if BEGIN not in page or END not in page:
        raise SystemExit(f"{path} lacks the marks {BEGIN} and {END}")
    before, rest = page.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    text = "\n".join([BEGIN, "", *report(results, about, more, pictures=True), "", END])
    path.write_text(before + text + after, encoding="utf-8")
    for key, group in GROUPS.items():
        if any(results.has(name, RANDOM) for name in group.sets):
            picture = path.parent / PICTURES / f"{key}.svg"
            picture.parent.mkdir(parents=True, exist_ok=True)
            picture.write_text(drawing(results, group, shown(results, group)), encoding="utf-8")
