"""Pieces of self-contained pages: what people wrote is escaped, figures carry their own data."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any, NamedTuple

from asknext._version import __version__
from asknext.evaluation.figures import FONT
from asknext.evaluation.texts import words

STYLE = """
:root { color-scheme: light; }
body { margin: 0 auto; max-width: 64rem; padding: 1.5rem 1rem 3rem; color: #1f2933;
  background: #fff; line-height: 1.5; font-family: FONT; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; }
h3 { font-size: 1.05rem; margin: 2rem 0 .4rem; }
p { margin: .4rem 0; max-width: 48rem; overflow-wrap: anywhere; }
.lead { font-size: 1.15rem; }
.number-big { font-size: 2.4rem; font-weight: 650; line-height: 1.1; margin: .6rem 0; }
.note, footer { color: #4a5560; }
.box { border-left: 4px solid #b7791f; background: #fdf6e7; padding: .6rem .9rem; }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
.figure { width: 100%; height: 26rem; margin: 1rem 0 1.5rem; }
.scroll { overflow-x: auto; margin: .6rem 0 1rem; }
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: .35rem .9rem .35rem 0;
  border-bottom: 1px solid #dfe3e8; }
td { font-variant-numeric: tabular-nums; }
td.number { text-align: right; }
td:not(:last-child) { word-break: keep-all; }
th { white-space: nowrap; }
.share { white-space: nowrap; }
.share b { display: block; font-weight: 600; }
.share span { color: #4a5560; font-size: .85em; }
.few b { color: #6b7580; font-weight: 400; }
footer { margin-top: 2.5rem; }
@media (max-width: 32rem) {
  table { font-size: .875rem; }
  th, td { padding-right: .55rem; }
  th, .share { white-space: normal; }
}
"""
SECURITY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
)
DRAW = """
for (const place of document.querySelectorAll(".figure")) {
  const figure = JSON.parse(document.getElementById(place.dataset.from).textContent);
  Plotly.newPlot(place, figure.data, figure.layout, {responsive: true, displaylogo: false});
}
"""


class Markup(NamedTuple):
    """Be a cell that is HTML already, of a class."""

    html: str
    kind: str = ""


Cell = object


def section(title: str, *inside: str) -> str:
    """Return a section under a heading; nothing where there is nothing inside."""
    return f"<section><h2>{escape(title)}</h2>{''.join(inside)}</section>" if any(inside) else ""


def part(title: str, *inside: str, name: str) -> str:
    """Return a part of a section under a heading of its own."""
    return f'<section id="{name}"><h3>{escape(title)}</h3>{"".join(inside)}</section>'


def paragraph(words: str) -> str:
    """Return a paragraph."""
    return f"<p>{escape(words)}</p>"


def big(words: str) -> str:
    """Return a figure that is read first."""
    return f'<p class="number-big">{escape(words)}</p>'


def lead(words: str) -> str:
    """Return a sentence that is read first."""
    return f'<p class="lead"><strong>{escape(words)}</strong></p>'


def notes(sentences: Iterable[str]) -> str:
    """Return a note for each sentence that there is."""
    return "".join(f'<p class="note">{escape(words)}</p>' for words in sentences if words)


def command(words: str, line: str) -> str:
    """Return what to type, and why."""
    return f'<p class="box">{escape(words)}<br><code>{escape(line)}</code></p>'


def items(sentences: Iterable[str]) -> str:
    """Return a list."""
    return f"<ul>{''.join(f'<li>{escape(words)}</li>' for words in sentences)}</ul>"


def table(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Return a table, numbers to the right; nothing without rows."""
    if not rows:
        return ""
    top = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    lines = "".join("<tr>" + "".join(_cell(cell) for cell in row) + "</tr>" for row in rows)
    thead = f"<thead><tr>{top}</tr></thead>" if head else ""
    return f'<div class="scroll" tabindex="0"><table>{thead}<tbody>{lines}</tbody></table></div>'


def _cell(cell: Cell) -> str:
    if isinstance(cell, Markup):
        return f'<td class="{cell.kind}">{cell.html}</td>'
    if isinstance(cell, int):
        return f'<td class="number">{cell:,}</td>'
    kind = ' class="number"' if isinstance(cell, float) else ""
    return f"<td{kind}>{escape(str(cell))}</td>"


def figure(name: str, drawn: Mapping[str, Any], title: str, rows: int = 0) -> str:
    """Return a figure, high enough for `rows` bars one below the other; words where it is empty."""
    if not drawn["data"]:
        return paragraph(drawn["layout"]["annotations"][0]["text"])
    height = f' style="height: max(14rem, {1.4 * rows + 6:.0f}rem)"' if rows else ""
    # "<" inside a string could end the script element; its escape means the same in JSON.
    text = json.dumps(drawn, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")
    return (
        f'<div class="figure" role="figure" aria-label="{escape(title)}" data-from="{name}"'
        f"{height}></div>"
        f'<script type="application/json" id="{name}">{text}</script>'
    )


def untitled(drawn: Mapping[str, Any]) -> dict[str, Any]:
    """Return a figure without its title, for where a heading says it."""
    layout = {name: value for name, value in drawn["layout"].items() if name != "title"}
    return {"data": drawn["data"], "layout": {**layout, "margin": {**layout["margin"], "t": 16}}}


def page(title: str, body: Sequence[str], lang: str) -> str:
    """Return the whole page, Plotly inside."""
    from plotly.offline import get_plotlyjs

    say = words(lang)
    style = STYLE.replace("FONT", FONT)
    foot = say["made_by"].format(version=__version__)
    return (
        f'<!doctype html>\n<html lang="{say["lang"]}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{SECURITY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(title)}</h1>\n" + "\n".join(body) + f"\n</main>\n<footer>{escape(foot)}"
        f"</footer>\n<script>{get_plotlyjs()}</script>\n<script>{DRAW}</script>\n</body>\n</html>\n"
    )
