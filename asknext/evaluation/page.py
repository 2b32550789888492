"""Self-contained HTML pages: figures, tables and Plotly itself in one file, for any browser."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from asknext._version import __version__
from asknext.evaluation import figures
from asknext.evaluation.texts import words

STYLE = """
:root { color-scheme: light; }
body { margin: 0 auto; max-width: 64rem; padding: 1.5rem 1rem 3rem; color: #1f2933;
  background: #fff; line-height: 1.5; font-family: FONT; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
.lead { font-size: 1.15rem; }
.note, footer { color: #4a5560; }
.figure { width: 100%; height: 26rem; margin: 1.5rem 0; }
.scroll { overflow-x: auto; margin-bottom: 1.5rem; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: .35rem .9rem .35rem 0; border-bottom: 1px solid #dfe3e8; }
td { font-variant-numeric: tabular-nums; }
td.number { text-align: right; }
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
Cell = object


def simulation_page(result: Mapping[str, Any], lang: str = "en") -> str:
    """Return the page of a simulation: learning curves with bands, and a table.

    `result` is what `simulate` returns; ``strategies`` is needed, the rest is shown if there.
    """
    say = words(lang)
    strategies: Mapping[str, Mapping[str, Any]] = result["strategies"]
    title = say["simulation"].format(title=result.get("file") or ", ".join(strategies))
    notes = [say["per_seed"].format(seeds=result.get("seeds", "?"))]
    if result.get("full") is not None:
        notes.append(say["shares"])
    names = ("file", "metric", "encoder", "pool", "test", "seeds", "budget", "batch", "full")
    facts = [(say[name], _fact(result[name], say)) for name in names if name in result]
    measured = str(result.get("metric") or "accuracy")
    curves = figures.strategies_comparison(strategies, lang, metric=measured)
    body = [
        _figure("curves", curves, say["strategies"]),
        f'<p class="note">{escape(" ".join(notes))}</p>',
        _strategies_table(strategies, say),
        _table([], facts),
    ]
    return _page(title, body, say)


def _strategies_table(strategies: Mapping[str, Mapping[str, Any]], say: Mapping[str, str]) -> str:
    targets = list(next(iter(strategies.values()), {}).get("labels_to") or {})
    head = [say["strategy"], say["area"], say["interval"], say["final"]]
    head += [say["labels_to"].format(share=f"{float(target):.0%}") for target in targets]
    rows: list[Sequence[Cell]] = []
    for name, found in sorted(strategies.items(), key=lambda item: -_sortable(item[1]["area"])):
        low, high = found["area_interval"]
        reached = [found["labels_to"].get(target) for target in targets]
        shown = [say["never"] if labels is None else labels for labels in reached]
        span = f"{_shown(low)}\u00a0–\u00a0{_shown(high)}"  # kept on one line
        rows.append((name, _shown(found["area"]), span, _final(found.get("final")), *shown))
    return _table(head, rows)


def _sortable(area: float) -> float:
    return area if math.isfinite(area) else -1.0


def _final(final: Any) -> str:
    """Show the figure at the end, given alone or with its interval as ``mean``, ``low`` …."""
    return _shown(final.get("mean") if isinstance(final, Mapping) else final)


def report_page(report: Mapping[str, Any], lang: str = "en") -> str:
    """Return the page of a project's report: quality, curve, balance, pace, advice, people.

    `report` is what ``session.report()`` and the report of the REST API hold.
    """
    say = words(lang)
    settings = report.get("settings") or {}
    title = say["report"].format(title=settings.get("title") or settings.get("name") or "")
    body = [
        _quality(report.get("quality"), say),
        _figure(
            "curve", figures.learning_curve(report.get("curve") or [], lang), say["learning_curve"]
        ),
        _advice(report.get("stop") or (), say),
        _trainings(report.get("deep") or (), say),
        _figure(
            "balance",
            figures.class_balance(report.get("classes") or [], lang),
            say["balance"],
            rows=len(report.get("classes") or []),
        ),
        _figure(
            "pace",
            figures.answers_per_hour(report.get("per_hour") or [], lang),
            say["answers_per_hour"],
        ),
        _people(report.get("annotators") or (), say),
        _counts(report.get("counts") or {}, say),
    ]
    return _page(title, body, say)


def _quality(quality: Mapping[str, Any] | None, say: Mapping[str, str]) -> str:
    if not quality or quality.get("estimate") is None:
        return f'<p class="lead">{escape(say["no_quality"])}</p>'
    metric, source = str(quality.get("metric", "")), str(quality.get("source", ""))
    figure = say["quality"].format(
        metric=say.get(metric, metric),
        n=quality.get("n"),
        **{name: _shown(quality.get(name)) for name in ("estimate", "low", "high")},
    )
    by = say["quality_by"].format(source=say.get(source, source))
    lead = f'<p class="lead"><strong>{escape(figure)}</strong></p>'
    return f'{lead}<p class="note">{escape(by)}</p>{_trust(quality.get("trust"), say)}'


def _trust(trust: Mapping[str, Any] | None, say: Mapping[str, str]) -> str:
    """Say whether probabilities mean what they say."""
    if not trust:
        return ""
    shown = {name: f"{trust[name]:.1%}" for name in ("confidence", "right")}
    return (
        f'<p class="note">{escape(say["trust"].format(error=_shown(trust["error"]), **shown))}</p>'
    )


def _trainings(runs: Sequence[Mapping[str, Any]], say: Mapping[str, str]) -> str:
    """List the trainings of the deep model: what each reached, and how much it changed."""
    rows = []
    for run in runs:
        changed = run.get("fluctuation")
        state = say.get(str(run["state"]), str(run["state"]))
        figures = (_shown(run.get("quality")), _shown(run.get("before")))
        share = "–" if changed is None else f"{changed:.1%}"
        rows.append((run["run"], state, run["labels"], *figures, share))
    names = ("run", "state", "labels", "reached", "before", "changed")
    return _section(say["trainings"], _table([say[name] for name in names], rows))


def _advice(verdicts: Sequence[Mapping[str, Any]], say: Mapping[str, str]) -> str:
    rows = [(v["rule"], say["stop"] if v["stop"] else say["go_on"], v["reason"]) for v in verdicts]
    return _section(say["advice"], _table((say["rule"], say["verdict"], say["reason"]), rows))


def _people(people: Sequence[Mapping[str, Any]], say: Mapping[str, str]) -> str:
    rows = [(p["who"], p["answers"], _seconds(p.get("median_seconds"))) for p in people]
    head = (say["annotator"], say["answers"], say["median_seconds"])
    return _section(say["annotators"], _table(head, rows))


def _seconds(value: Any) -> str:
    return "–" if value is None else f"{float(value):.1f}"


def _counts(counts: Mapping[str, Any], say: Mapping[str, str]) -> str:
    rows = [(say.get(name, name), count) for name, count in counts.items()]
    return _section(say["counts"], _table([], rows))


def _fact(value: Any, say: Mapping[str, str]) -> str:
    return say.get(value, value) if isinstance(value, str) else _shown(value)


def _shown(value: Any) -> str:
    """Show a share to three places, other things as they are, what is unknown as a dash."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _section(title: str, inside: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{inside}</section>" if inside else ""


def _table(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """Return a table, numbers to the right; nothing without rows."""
    if not rows:
        return ""
    top = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    lines = "".join("<tr>" + "".join(_cell(cell) for cell in row) + "</tr>" for row in rows)
    thead = f"<thead><tr>{top}</tr></thead>" if head else ""
    return f'<div class="scroll"><table>{thead}<tbody>{lines}</tbody></table></div>'


def _cell(cell: Cell) -> str:
    kind = ' class="number"' if isinstance(cell, int | float) else ""
    return f"<td{kind}>{escape(str(cell))}</td>"


def _figure(name: str, figure: Mapping[str, Any], title: str, rows: int = 0) -> str:
    """Return a figure, high enough for `rows` bars one below the other."""
    height = f' style="height: max(26rem, {1.4 * rows + 6:.0f}rem)"' if rows else ""
    # "<" inside a string could end the script element; its escape means the same in JSON.
    text = json.dumps(figure, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")
    return (
        f'<div class="figure" role="img" aria-label="{escape(title)}" data-from="{name}"{height}>'
        "</div>"
        f'<script type="application/json" id="{name}">{text}</script>'
    )


def _page(title: str, body: Sequence[str], say: Mapping[str, str]) -> str:
    from plotly.offline import get_plotlyjs

    style = STYLE.replace("FONT", figures.FONT)
    foot = say["made_by"].format(version=__version__)
    return (
        f'<!doctype html>\n<html lang="{say["lang"]}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{SECURITY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(title)}</h1>\n" + "\n".join(body) + f"\n</main>\n<footer>{escape(foot)}"
        f"</footer>\n<script>{get_plotlyjs()}</script>\n<script>{DRAW}</script>\n</body>\n</html>\n"
    )
