"""Drawing: the learning curves of a group of sets as one small SVG, light and dark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from benchmarks.labels.plan import Group
from benchmarks.labels.results import RANDOM, Results

WIDE, HIGH = 220, 150
LEFT, TOP, RIGHT, BOTTOM = 34, 22, 10, 20
COLUMNS = 3
COLOURS = ("#7f7f7f", "#1f77b4", "#d62728", "#2ca02c", "#9467bd")
STYLE = (
    "text{font:10px sans-serif;fill:#333}.b{font-weight:bold}.g{stroke:#ccc;fill:none}"
    "@media(prefers-color-scheme:dark){text{fill:#ddd}.g{stroke:#555}}"
)

Curve = tuple[Sequence[float], Sequence[float]]


def drawing(results: Results, group: Group, strategies: Sequence[str]) -> str:
    """Return an SVG with a panel for each set and a line for each strategy."""
    sets = [name for name in group.sets if results.has(name, RANDOM)]
    shown = [s for s in strategies if any(results.has(name, s) for name in sets)]
    rows = -(-len(sets) // COLUMNS)
    columns = min(COLUMNS, len(sets))
    width, height = columns * WIDE, rows * HIGH + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img">',
        f"<title>{escape(group.title)}: quality by labels</title><style>{STYLE}</style>",
    ]
    for i, name in enumerate(sets):
        curves = {s: results.curve(name, s) for s in shown if results.has(name, s)}
        x, y = i % COLUMNS * WIDE, i // COLUMNS * HIGH
        parts.append(f'<g transform="translate({x},{y})">')
        parts += panel(name, curves, {s: COLOURS[shown.index(s) % len(COLOURS)] for s in curves})
        parts.append("</g>")
    parts += legend(shown, rows * HIGH + 12)
    return "\n".join([*parts, "</svg>", ""])


def panel(name: str, curves: Mapping[str, Curve], colour: Mapping[str, str]) -> Iterator[str]:
    """Yield the panel of one set: a frame, the ends of both axes, a line for each strategy."""
    last = max(labels[-1] for labels, _ in curves.values())
    values = [value for _, quality in curves.values() for value in quality]
    low, high = min(values), max(values)
    across, up = WIDE - LEFT - RIGHT, HIGH - TOP - BOTTOM
    yield f'<text class="b" x="{LEFT}" y="{TOP - 8}">{escape(name)}</text>'
    yield f'<rect class="g" x="{LEFT}" y="{TOP}" width="{across}" height="{up}"/>'
    for value, y in ((high, TOP + 8), (low, TOP + up)):
        yield f'<text x="{LEFT - 4}" y="{y}" text-anchor="end">{100 * value:.0f}</text>'
    for x, text, anchor in ((LEFT, "0", "start"), (LEFT + across, f"{last:.0f} labels", "end")):
        yield f'<text x="{x}" y="{HIGH - 6}" text-anchor="{anchor}">{text}</text>'
    span = high - low or 1.0
    for strategy, (labels, quality) in curves.items():
        points = " ".join(
            f"{LEFT + across * at / last:.1f},{TOP + up * (1 - (value - low) / span):.1f}"
            for at, value in zip(labels, quality, strict=True)
        )
        line = f'stroke="{colour[strategy]}" stroke-width="1.5" fill="none"'
        yield f'<polyline points="{points}" {line}><title>{escape(strategy)}</title></polyline>'


def legend(strategies: Sequence[str], y: int) -> Iterator[str]:
    """Yield the names of the lines, one after the other."""
    x = LEFT
    for i, strategy in enumerate(strategies):
        colour = COLOURS[i % len(COLOURS)]
        yield f'<rect x="{x}" y="{y - 7}" width="12" height="3" fill="{colour}"/>'
        yield f'<text x="{x + 16}" y="{y}">{escape(strategy)}</text>'
        x += 30 + 6 * len(strategy)
