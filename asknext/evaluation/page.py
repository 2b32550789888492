"""Self-contained HTML pages: figures, tables and Plotly itself in one file, for any browser."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from asknext.evaluation import figures, html
from asknext.evaluation.evidence_page import evidence_section, proof
from asknext.evaluation.speech import Speech, fine_percent, percent, span
from asknext.evaluation.texts import words

Report = Mapping[str, Any]


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
        html.figure("curves", curves, say["strategies"]),
        f'<p class="note">{escape(" ".join(notes))}</p>',
        _strategies_table(strategies, say),
        html.table([], facts),
    ]
    return html.page(title, body, lang)


def _strategies_table(strategies: Mapping[str, Mapping[str, Any]], say: Mapping[str, str]) -> str:
    targets = list(next(iter(strategies.values()), {}).get("labels_to") or {})
    head = [say["strategy"], say["area"], say["interval"], say["final"]]
    head += [say["labels_to"].format(share=f"{float(target):.0%}") for target in targets]
    rows: list[Sequence[html.Cell]] = []
    for name, found in sorted(strategies.items(), key=lambda item: -_sortable(item[1]["area"])):
        low, high = found["area_interval"]
        reached = [found["labels_to"].get(target) for target in targets]
        shown = [say["never"] if labels is None else labels for labels in reached]
        span = f"{_shown(low)}\u00a0–\u00a0{_shown(high)}"  # kept on one line
        rows.append((name, _shown(found["area"]), span, _final(found.get("final")), *shown))
    return html.table(head, rows)


def _sortable(area: float) -> float:
    return area if math.isfinite(area) else -1.0


def _final(final: Any) -> str:
    """Show the figure at the end, given alone or with its interval as ``mean``, ``low`` …."""
    return _shown(final.get("mean") if isinstance(final, Mapping) else final)


def report_page(report: Report, lang: str = "en") -> str:
    """Return the page of a project's report, each number with a sentence that explains it.

    `report` is what ``session.report()`` and the report of the REST API hold. Where it has
    evidence, the page shows it; else it says what to type.
    """
    say = Speech(lang)
    settings = report.get("settings") or {}
    title = say("report", title=settings.get("title") or settings.get("name") or "")
    body = [
        html.notes([say("note.page")]),
        _quality(report, say),
        _curve(report.get("curve") or [], say),
        evidence_section(report, say),
        _advice(report.get("stop") or (), say),
        _trainings(report.get("deep") or (), say),
        _balance(report, say),
        _pace(report.get("per_hour") or [], say),
        _people(report, say),
        _counts(report.get("counts") or {}, say),
    ]
    return html.page(title, body, lang)


def _quality(report: Report, say: Speech) -> str:
    quality, evidence = report.get("quality"), report.get("evidence")
    title = say("quality.title")
    if not quality or quality.get("estimate") is None:
        return html.section(title, html.lead(say("no_quality")), html.notes(_hint(evidence, say)))
    metric, source = str(quality.get("metric", "")), _source(quality)
    key = source if metric == "accuracy" else f"score-{source}"
    rests = "note.rests-test" if source == "test" else "evidence.rests"
    about = "note.accuracy" if metric == "accuracy" else f"metric.{metric}"
    sentences = [
        say(rests, count=quality["n"]),
        say("evidence.between"),
        say(about) if say.has(about) else "",
        _exact(quality, say),
        *_trust(quality.get("trust"), say),
        *proof(evidence, quality, say),
    ]
    figure = html.big(percent(quality["estimate"]))
    found = html.lead(say(f"quality.{key}", count=quality["n"], **span(quality)))
    return html.section(title, figure, found, html.notes(sentences))


def _source(quality: Mapping[str, Any]) -> str:
    return "test" if quality.get("source") == "test" else "control"


def _hint(evidence: Mapping[str, Any] | None, say: Speech) -> list[str]:
    return [say("quality.none-hint"), *proof(evidence, None, say)]


def _exact(quality: Mapping[str, Any], say: Speech) -> str:
    metric = str(quality.get("metric", ""))
    shown = {name: _shown(quality.get(name)) for name in ("estimate", "low", "high")}
    return say("note.exact", metric=say(metric) if say.has(metric) else metric, **shown)


def _trust(trust: Mapping[str, Any] | None, say: Speech) -> list[str]:
    """Say whether probabilities mean what they say."""
    if not trust:
        return []
    shown = {name: percent(trust[name]) for name in ("confidence", "right")}
    found = say("quality.trust", error=fine_percent(trust["error"]), **shown)
    return [say.joined(found, say("note.trust"))]


def _curve(points: Sequence[Mapping[str, Any]], say: Speech) -> str:
    title = say("learning_curve")
    drawn = html.untitled(figures.learning_curve(points, say.lang))
    about = [say("note.curve")]
    if any(point.get("test") is not None for point in points):
        about.append(say("note.curve-test"))
    return html.section(title, html.notes([say.joined(*about)]), html.figure("curve", drawn, title))


def _advice(verdicts: Sequence[Mapping[str, Any]], say: Speech) -> str:
    if not verdicts:
        return ""
    rows = [
        (_rule(v["rule"], say), say("stop" if v["stop"] else "go_on"), say.said(v["reason"]))
        for v in verdicts
    ]
    summed = say("advice.stop" if any(v["stop"] for v in verdicts) else "advice.go")
    about = [say("evidence.advice-hint")]
    if any("kappa" in v["reason"] for v in verdicts):
        about.append(say("note.kappa"))
    head = [say(name) for name in ("rule", "verdict", "reason")]
    table = html.table(head, rows)
    return html.section(say("advice.title"), html.paragraph(summed), table, html.notes(about))


def _rule(rule: str, say: Speech) -> str:
    return say(f"rule.{rule}") if say.has(f"rule.{rule}") else rule


def _trainings(runs: Sequence[Mapping[str, Any]], say: Speech) -> str:
    """List the trainings of the deep model: what each reached, and how much it changed."""
    if not runs:
        return ""
    rows = []
    for run in runs:
        state = say(str(run["state"])) if say.has(str(run["state"])) else str(run["state"])
        shares = [_share(run.get(name)) for name in ("quality", "before", "fluctuation")]
        rows.append((run["run"], state, run["labels"], *shares))
    head = [say(x) for x in ("run", "state", "labels", "reached", "before", "changed")]
    about = html.notes([say("note.trainings")])
    return html.section(say("trainings"), about, html.table(head, rows))


def _share(value: float | None) -> str:
    return "–" if value is None else fine_percent(value)


def _balance(report: Report, say: Speech) -> str:
    title, classes = say("figure.class-balance"), report.get("classes") or []
    if not classes:  # answers are no labels
        return ""
    about = [say("figure.class-balance-hint"), say("note.balance")]
    if (report.get("evidence") or {}).get("shares"):
        about.append(say("note.balance-shares"))
    drawn = html.untitled(figures.class_balance(classes, say.lang))
    bars = html.figure("balance", drawn, title, rows=len(classes))
    return html.section(title, html.notes([say.joined(*about)]), bars)


def _pace(hours: Sequence[Mapping[str, Any]], say: Speech) -> str:
    title = say("answers_per_hour")
    drawn = html.untitled(figures.answers_per_hour(hours, say.lang))
    return html.section(title, html.notes([say("note.pace")]), html.figure("pace", drawn, title))


def _people(report: Report, say: Speech) -> str:
    people = report.get("annotators") or ()
    if not people:
        return ""
    rows = [(p["who"], p["answers"], _seconds(p.get("median_seconds"))) for p in people]
    head = [say(name) for name in ("annotator", "answers", "median_seconds")]
    about = [say("note.people"), _taught(report.get("self_training"), say)]
    return html.section(say("annotators"), html.table(head, rows), html.notes(about))


def _seconds(value: Any) -> str:
    return "–" if value is None else f"{float(value):.1f}"


def _taught(found: Mapping[str, Any] | None, say: Speech) -> str:
    """Say whether the model learns from texts without a label too, and why."""
    if not found or not found["serves"]:
        return ""
    state, check = say("taught.on" if found["on"] else "taught.off"), found["check"]
    if found["wanted"] == "off" or not check:
        as_set = say.joined(state, say("taught.as-set"))
        return "" if found["wanted"] == "auto" else as_set
    key = f"taught.{check['reason'].replace(' ', '-')}"
    shown = {name: percent(check.get(name, 0.0)) for name in ("before", "after")}
    counted = {name: check.get(name, 0) for name in ("pseudo", "n")}
    why = say(key, **shown, **counted) if say.has(key) else check["reason"]
    judged = check["reason"] in ("helps", "does not help")
    return say.joined(state, why, say("note.taught") if judged else "")


def _counts(counts: Mapping[str, Any], say: Speech) -> str:
    if not counts:
        return ""
    rows = [
        (say(name) if say.has(name) else name, count, _meaning(name, say))
        for name, count in counts.items()
    ]
    return html.section(say("counts"), html.notes([say("note.counts")]), html.table([], rows))


def _meaning(name: str, say: Speech) -> str:
    return say(f"note.count-{name}") if say.has(f"note.count-{name}") else ""


def _fact(value: Any, say: Mapping[str, str]) -> str:
    return say.get(value, value) if isinstance(value, str) else _shown(value)


def _shown(value: Any) -> str:
    """Show a share to three places, other things as they are, what is unknown as a dash."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
