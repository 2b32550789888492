"""Evidence on a page, each number with a sentence that says what it is and what it rests on.

The sentences are those of the app's page *How good is it?*. Nothing is worked out here: `found` is
what ``session.evidence()`` returned, as the report holds it; see docs/evidence.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from asknext.evaluation import figures, html
from asknext.evaluation.figures import FEW_TEXTS
from asknext.evaluation.speech import Speech, number, percent, signed_percent, span

Found = Mapping[str, Any]

OLD, OLD_SHARE = 5, 0.05  # labelled texts since, from which on evidence is called old
NEEDS = {"answers": 20, "random_answers": 10, "random_answers_for_saving": 18}  # of older evidence
COLUMNS = ("label", "precision", "recall", "f1", "support")


def evidence_section(report: Found, say: Speech) -> str:
    """Return what the answers prove: the saving, the outlook, what is open, figures of labels."""
    found, title = report.get("evidence"), say("note.evidence")
    if found is None:
        return html.section(title, _missing(report, say))
    if found["reason"]:
        return html.section(title, _too_few(found, report, say))
    about = html.notes([say("note.evidence-lead")])
    parts = [_saving(found, say), _outlook(found, say), _audit(found, report, say)]
    return html.section(title, about, _of(found, report, say), *parts, _classes(found, say))


def command(report: Found) -> str:
    """Return what to type for a page with evidence.

    >>> command({"settings": {"name": "tickets"}})
    'asknext report tickets --html tickets.html'
    """
    name = (report.get("settings") or {}).get("name") or "PROJECT"
    return f"asknext report {name} --html {name}.html"


# -- what it speaks of ---------------------------------------------------------------------


def _missing(report: Found, say: Speech) -> str:
    if (report.get("model") or {}).get("version") == 0:
        return html.notes([say("note.evidence-no-model")])
    return html.command(say("note.evidence-none"), command(report))


def _too_few(found: Found, report: Found, say: Speech) -> str:
    needs, control = _needs(found), _control(report)
    rows = [("random", needs["random_answers"]), ("answers", needs["answers"])]
    given = {"random": found["random_answers"], "answers": found["answers"]}
    so_far = [
        say(f"evidence.{name}-so-far", count=min(given[name], least), least=least)
        for name, least in rows
    ]
    hint = say("evidence.too-few-hint", least=needs["random_answers"], all=needs["answers"])
    drawn = say("evidence.share-hint", share=percent(control)) if control else ""
    return (
        html.lead(say("evidence.too-few"))
        + html.paragraph(hint)
        + html.items(so_far)
        + html.notes([drawn or say("evidence.no-share")])
        + _of(found, report, say)
    )


def _needs(found: Found) -> dict[str, int]:
    return {**NEEDS, **found.get("needs", {})}


def _control(report: Found) -> float:
    """Return the share of the questions that is drawn at random."""
    return float((report.get("settings") or {}).get("control") or 0.0)


def _of(found: Found, report: Found, say: Speech) -> str:
    """Say of how many labelled texts it speaks, and what to type where there are far more now."""
    now = _labelled(report)
    since = max(now - found["answers"], 0)
    newer = say("found.since", count=since) if since else ""
    line = html.paragraph(say.joined(say("found.of", count=found["answers"]), newer))
    if since < max(OLD, OLD_SHARE * now):
        return line
    return line + html.command(say("note.evidence-old"), command(report))


def _labelled(report: Found) -> int:
    """Return the labelled texts that the model has learnt, else all that there are."""
    learnt = (report.get("model") or {}).get("version")
    return int(learnt or (report.get("counts") or {}).get("labelled") or 0)


# -- how good it is ------------------------------------------------------------------------


def proof(found: Found | None, quality: Found | None, say: Speech) -> list[str]:
    """Say what else the answers tell of the quality that the page shows."""
    if found is None or found["reason"]:
        return []
    powered, weighted = found["powered"], found["weighted"]
    sentences = _repeat(found, quality, say)
    helped = int(number(powered["saved"]).replace(",", ""))
    if helped > 0:
        told = {"count": powered["unanswered"], "saved": helped}
        sentences.append(say("evidence.powered", **told, **span(powered)))
    if weighted["estimate"] is not None:
        sentences.append(say("evidence.weighted", count=weighted["n"], **span(weighted)))
    elif weighted["reason"]:
        sentences.append(say.joined(say("evidence.unweighted"), say.said(weighted["reason"])))
    return sentences


def _repeat(found: Found, shown: Found | None, say: Speech) -> list[str]:
    """Give the figure that the evidence began with, where the page shows another one."""
    own = found["quality"]
    told = say("note.repeat", count=own["n"], labels=found["answers"], **span(own))
    if shown is None or shown.get("source") == "test":
        return [told, say("evidence.rests", count=own["n"])]
    return [] if span(shown) == span(own) and shown["n"] == own["n"] else [told]


def _audit(found: Found, report: Found, say: Speech) -> str:
    quality, control = found["quality"], _control(report)
    half = number(100 * (quality["high"] - quality["low"]) / 2)
    rows = [
        (say("evidence.half", points=number(100 * row["half"])), _more(row, control, say))
        for row in found["audit"]
    ]
    return html.part(
        say("evidence.audit"),
        html.paragraph(say("evidence.half-now", points=half, count=quality["n"])),
        html.table([], rows),
        html.notes([say("evidence.audit-hint", share=percent(control))]),
        name="audit",
    )


def _more(row: Found, control: float, say: Speech) -> str:
    """Say how many random answers a narrower interval takes."""
    more, left = row["more"], row.get("left")
    if more == 0:
        return say("evidence.half-reached")
    if left is not None and more > left:
        return say("evidence.half-never", count=more, left=left)
    return say("evidence.half-more", count=more, all=number(more / max(control, 0.001)))


# -- what it was worth, and where it leads -------------------------------------------------


def _why(found: Found, say: Speech) -> str:
    """Say why there is no saving, or no outlook."""
    if found["curves_reason"]:
        return say.said(found["curves_reason"])
    least = _needs(found)["random_answers_for_saving"]
    return say("evidence.saving-needs", least=least, count=found["random_answers"])


def _saving(found: Found, say: Speech) -> str:
    saving = found["saving"]
    if saving:
        body = _saved(saving, found["answers"], say)
    else:
        body = html.lead(say("evidence.saving-open")) + html.paragraph(_why(found, say))
    hint = html.notes([say("evidence.saving-hint")])
    return html.part(say("evidence.saving"), body, hint, name="saving")


def _saved(saving: Found, now: int, say: Speech) -> str:
    answers, minutes, equal = (saving[name] for name in ("answers", "minutes", "equal_number"))
    key = "saved" if answers["low"] > 0 else "cost" if answers["high"] < 0 else "unsure"
    first = html.big(number(answers["estimate"])) if key == "saved" else ""
    needed = number(saving["random_answers"]["estimate"])
    ends = {name: number(answers[name]) for name in ("low", "high")}
    found = say("evidence.saving-words", count=now, needed=needed, **ends)
    bounded = say("evidence.saving-bounded") if saving["bounded"] else ""
    return (
        first
        + html.lead(say(f"evidence.saving-{key}"))
        + html.paragraph(say.joined(found, bounded))
        + html.paragraph(_minutes(minutes, say))
        + (html.paragraph(_equal(equal, say)) if equal else "")
    )


def _minutes(minutes: Found | None, say: Speech) -> str:
    if minutes is None:
        return say("evidence.no-minutes")
    shown = {name: number(minutes[name]) for name in ("estimate", "low", "high")}
    return say("evidence.minutes", **shown)


def _equal(equal: Found, say: Speech) -> str:
    shown = {name: percent(equal[name]) for name in ("asked", "random")}
    signed = {name: signed_percent(equal[name]) for name in ("difference", "low", "high")}
    return say("evidence.equal", count=round(equal["answers"]), **shown, **signed)


def _outlook(found: Found, say: Speech) -> str:
    title, outlook = say("figure.outlook"), found["outlook"]
    if not outlook:
        why = html.paragraph(_why(found, say))
        return html.part(title, html.lead(say("evidence.outlook-open")), why, name="outlook")
    drawn = html.untitled(figures.outlook(found, say.lang))
    return html.part(
        title,
        html.notes([say("figure.outlook-hint")]),
        html.figure("outlook-figure", drawn, title),
        html.paragraph(say("note.targets")),
        html.items(_target(one, say) for one in outlook["targets"]),
        name="outlook",
    )


def _target(one: Found, say: Speech) -> str:
    """Say when a quality is reached."""
    share, more = percent(one["target"]), one["more"]
    if more == 0:
        return say("evidence.target-reached", share=share)
    if more is None:
        return say("evidence.target-never", share=share)
    key = "open" if one["high"] is None else "more"
    ends = {"low": one["low"] or 0, "high": one["high"]}
    return say(f"evidence.target-{key}", share=share, count=more, **ends)


# -- each label by itself ------------------------------------------------------------------


def _classes(found: Found, say: Speech) -> str:
    """Return the figures of each label; nothing where answers are no labels."""
    classes = found["classes"]
    if not classes:
        return ""
    shares = {row["label"]: row for row in found["shares"] or ()}
    head = [say(f"evidence.column-{name}") for name in COLUMNS + (("share",) if shares else ())]
    rows = [_label(row, shares) for row in classes["per_class"]]
    mean = classes["macro_f1"]
    hints = [say("evidence.classes-hint"), say("evidence.classes-few", least=FEW_TEXTS)]
    title = say("evidence.classes")
    drawn = html.untitled(figures.label_quality(found, say.lang))
    return html.part(
        title,
        html.paragraph(
            say.joined(
                say(f"evidence.classes-{classes['source']}", count=classes["n"]),
                say("evidence.macro", **span(mean)) if mean else say("evidence.no-macro"),
            )
        ),
        html.table(head, rows),
        html.notes([*hints, say("evidence.classes-share") if shares else ""]),
        html.notes([say("note.class-figure")]),
        html.figure("labels-figure", drawn, title, rows=len(rows)),
        name="classes",
    )


def _label(row: Found, shares: Mapping[str, Found]) -> Sequence[html.Cell]:
    """Return a row; a figure is grey where few texts stand behind it."""
    share = (_cell(shares.get(row["label"]), FEW_TEXTS),) if shares else ()
    return (
        row["label"],
        _cell(row["precision"], row["said"]),
        _cell(row["recall"], row["support"]),
        _cell(row["f1"], min(row["said"], row["support"])),
        row["support"],
        *share,
    )


def _cell(found: Found | None, behind: int) -> html.Markup:
    few = " few" if behind < FEW_TEXTS else ""
    if found is None:
        return html.Markup("–", f"share{few}")
    estimate, low, high = (escape(shown) for shown in span(found).values())
    return html.Markup(f"<b>{estimate}</b><span>{low} – {high}</span>", f"share{few}")
