"""The report page of a real project: what it shows is what the report holds, and is explained."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from asknext import example_data
from asknext.core.home import Home
from asknext.evaluation import figures
from asknext.evaluation.evidence_page import evidence_section
from asknext.evaluation.html import untitled
from asknext.evaluation.page import report_page
from asknext.evaluation.speech import Speech, number, percent, span
from tests.browser.test_accessible import findings
from tests.loop.conftest import Loop
from tests.loop.test_errors_of_every_task import FILES, labelled

CLASSES = example_data.LABELS
LANGUAGES = pytest.mark.parametrize("lang", ["en", "zh"])
Report = dict[str, Any]


def label(loop: Loop, n: int) -> None:
    """Answer n questions truly; random ones take six seconds, others four."""
    done = 0
    while done < n:
        for question in loop.session.ask(min(10, n - done), "oracle"):
            example = question.example.id
            seconds = 6.0 if drawn(loop, example) else 4.0
            loop.session.tell(example, loop.gold[example], who="oracle", seconds=seconds)
            done += 1
        loop.session.train()
    loop.session.measure()


def drawn(loop: Loop, example: str) -> bool:
    """Say whether a question was drawn at random."""
    pool = loop.session.pool
    return bool(pool.draw[pool.row_of[example]] < loop.session.settings.control)


@pytest.fixture(scope="module")
def made() -> dict[str, Report]:
    return {}


@pytest.fixture
def report(made: dict[str, Report], make_loop: Callable[..., Loop]) -> Report:
    """The report of a project with ninety answers and evidence."""
    if not made:
        loop = make_loop(control=0.3, title="<Tickets>")
        label(loop, 90)
        loop.session.evidence()
        made["report"] = loop.session.report()
    return made["report"]


def sections(page: str) -> dict[str, str]:
    """Return the HTML under each heading by its words, up to the next heading."""
    body = page.split("</main>")[0]
    parts = re.split(r"<h[23]>(.*?)</h[23]>", body)[1:]
    return dict(zip(map(unescape, parts[::2]), parts[1::2], strict=True))


def text(html: str) -> str:
    """Return what is read: no tags, no data of figures."""
    html = re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", " ", html))


def rows(html: str) -> list[list[str]]:
    lines = re.findall(r"<tr>(<td.*?)</tr>", html)
    return [[text(cell).strip() for cell in re.findall(r"<td.*?</td>", line)] for line in lines]


def figure(html: str, name: str) -> Any:
    found = re.search(rf'id="{name}">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def same(drawn: Any) -> Any:
    return json.loads(json.dumps(untitled(drawn)))


@LANGUAGES
def test_every_heading_has_its_explanation(report: Report, lang: str) -> None:
    parts = sections(report_page(report, lang))
    say = Speech(lang)
    wanted = ["quality.title", "note.evidence", "evidence.saving", "figure.outlook"]
    wanted += ["evidence.audit", "evidence.classes", "advice.title", "figure.class-balance"]
    wanted += ["learning_curve", "answers_per_hour", "annotators", "counts"]
    assert set(map(say, wanted)) == set(parts)
    for title, inside in parts.items():
        assert '<p class="note">' in inside, title
    meanings = [line[-1] for line in rows(parts[say("counts")])]
    assert all(meanings)
    assert len(meanings) == len(report["counts"])


@LANGUAGES
def test_quality_is_that_of_the_report_and_of_the_evidence(report: Report, lang: str) -> None:
    say, found = Speech(lang), report["evidence"]
    shown = text(sections(report_page(report, lang))[say("quality.title")])
    quality = report["quality"]
    assert quality["source"] == "test"
    assert say("quality.test", count=quality["n"], **span(quality)) in shown
    assert f"{quality['estimate']:.3f}" in shown
    own = found["quality"]
    assert say("note.repeat", count=own["n"], labels=90, **span(own)) in shown
    assert say("evidence.rests", count=own["n"]) in shown
    helped = round(found["powered"]["saved"])
    told = {"count": found["powered"]["unanswered"], "saved": helped}
    assert (say("evidence.powered", **told, **span(found["powered"])) in shown) == (helped > 0)
    assert say("evidence.unweighted") in shown
    assert say("said.no-chance") in shown


@LANGUAGES
def test_each_label_has_its_figures_grey_where_few(report: Report, lang: str) -> None:
    say, found = Speech(lang), report["evidence"]
    inside = sections(report_page(report, lang))[say("evidence.classes")]
    shares = {row["label"]: row for row in found["shares"]}
    lines = rows(inside)
    for line, row in zip(lines, found["classes"]["per_class"], strict=True):
        wanted = [row[name] for name in ("precision", "recall", "f1")] + [shares[row["label"]]]
        cells = [*line[1:4], line[5]]
        for cell, figure_ in zip(cells, wanted, strict=True):
            assert re.findall(r"\d+%", cell) == ([] if not figure_ else [*span(figure_).values()])
        assert (line[0], line[4]) == (row["label"], str(row["support"]))
    grey = [
        few
        for row in found["classes"]["per_class"]
        for few in (row["said"] < 10, row["support"] < 10, min(row["said"], row["support"]) < 10)
    ]
    marks = [mark for line in re.findall(r"<tr><td.*?</tr>", inside) for mark in kinds(line)[:3]]
    assert [mark == "share few" for mark in marks] == grey
    macro = found["classes"]["macro_f1"]
    mean = say("evidence.macro", **span(macro)) if macro else say("evidence.no-macro")
    assert mean in text(inside)
    assert figure(inside, "labels-figure") == same(figures.label_quality(found, lang))


def kinds(line: str) -> list[str]:
    return re.findall(r'<td class="(share.*?)"', line)


@LANGUAGES
def test_saving_and_outlook_are_said_with_their_limits(report: Report, lang: str) -> None:
    say, found = Speech(lang), report["evidence"]
    parts = {title: text(inside) for title, inside in sections(report_page(report, lang)).items()}
    saving, answers = found["saving"], found["saving"]["answers"]
    ends = {name: number(answers[name]) for name in ("low", "high")}
    needed = number(saving["random_answers"]["estimate"])
    shown = parts[say("evidence.saving")]
    assert say("evidence.saving-words", count=90, needed=needed, **ends) in shown
    minutes = {name: number(saving["minutes"][name]) for name in ("estimate", "low", "high")}
    assert say("evidence.minutes", **minutes) in shown
    assert percent(saving["equal_number"]["asked"]) in shown
    outlook = sections(report_page(report, lang))[say("figure.outlook")]
    assert figure(outlook, "outlook-figure") == same(figures.outlook(found, lang))
    targets = re.findall(r"<li>(.*?)</li>", outlook)
    for line, one in zip(targets, found["outlook"]["targets"], strict=True):
        assert line.startswith(percent(one["target"]))
        if one["more"]:
            assert number(one["more"]) in line
    audit = rows(sections(report_page(report, lang))[say("evidence.audit")])
    for (half, more), row in zip(audit, found["audit"], strict=True):
        assert number(100 * row["half"]) in half
        assert number(row["more"]) in more
        assert (number(row["left"]) in more) == (row["more"] > row["left"])


@LANGUAGES
def test_a_figure_is_given_once(report: Report, lang: str) -> None:
    say, own = Speech(lang), report["evidence"]["quality"]
    control = {**own, "source": "control", "trust": None}
    page = report_page({**report, "quality": control}, lang)
    shown = text(sections(page)[say("quality.title")])
    assert say("quality.control", count=own["n"], **span(own)) in shown
    assert shown.count(say("evidence.rests", count=own["n"])) == 1
    assert say("note.repeat", count=own["n"], labels=90, **span(own)) not in shown


def test_nothing_that_people_wrote_is_html(report: Report) -> None:
    page = report_page(report)
    assert "<Tickets>" not in page
    assert "&lt;Tickets&gt;" in page


@LANGUAGES
def test_too_few_answers_say_what_is_missing(make_loop: Callable[..., Loop], lang: str) -> None:
    loop, say = make_loop(control=0.3), Speech(lang)
    label(loop, 12)
    assert loop.session.evidence() is not None
    report = loop.session.report()
    shown = text(sections(report_page(report, lang))[say("note.evidence")])
    found = report["evidence"]
    assert say("evidence.too-few") in shown
    assert say("evidence.random-so-far", count=found["random_answers"], least=10) in shown
    assert say("evidence.answers-so-far", count=12, least=20) in shown
    assert say("evidence.share-hint", share="30%") in shown


def test_what_was_not_worked_out_or_is_old_names_the_command(
    make_loop: Callable[..., Loop], report: Report
) -> None:
    say, type_ = Speech(), "asknext report p --html p.html"
    loop = make_loop()
    shown = text(evidence_section(loop.session.report(), say))
    assert say("note.evidence-no-model") in shown
    label(loop, 10)
    none = text(evidence_section(loop.session.report(), say))
    assert say("note.evidence-none") in none
    assert type_ in none
    now = text(evidence_section(report, say))
    assert say("found.of", count=90) in now
    assert type_ not in now
    for since, old in ((2, False), (30, True)):
        later = {**report, "model": {**report["model"], "version": 90 + since}}
        shown = text(evidence_section(later, say))
        assert say("found.since", count=since) in shown
        assert (say("note.evidence-old") in shown) == old
        assert (type_ in shown) == old


def test_where_curves_cannot_be_drawn_it_says_why(report: Report) -> None:
    say = Speech("zh")
    reason = "the vectors in use have learnt from the answers"
    bare = {"outlook": None, "saving": None, "curves_reason": reason}
    parts = sections(report_page({**report, "evidence": {**report["evidence"], **bare}}, "zh"))
    for title in ("evidence.saving", "figure.outlook"):
        assert say("said.vectors-learnt") in text(parts[say(title)])
    few = {**report["evidence"], **bare, "curves_reason": None, "random_answers": 17}
    shown = text(sections(report_page({**report, "evidence": few}))[Speech()("evidence.saving")])
    assert Speech()("evidence.saving-needs", least=18, count=17) in shown


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(FILES))
def test_every_task_has_its_page(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    if kind == "generation":
        pytest.importorskip("sacrebleu", reason="needs the extra 'gen'")
    session = labelled(kind, Home.find(tmp_path_factory.mktemp("tasks")))
    session.measure()
    session.evidence()
    report = session.report()
    for lang in ("en", "zh"):
        say, parts = Speech(lang), sections(report_page(report, lang))
        assert say("quality.title") in parts
        for title, inside in parts.items():
            assert '<p class="note">' in inside, title
        quality = report["quality"]
        shown = text(parts[say("quality.title")])
        assert percent(quality["estimate"]) in shown
        assert (say("evidence.classes") in parts) == bool(report["evidence"].get("classes"))


@pytest.mark.browser
def test_it_draws_itself_on_a_phone_without_a_network(
    report: Report, tmp_path: Path, chromium: Any
) -> None:
    place = tmp_path / "report.html"
    place.write_text(report_page(report, "zh"), encoding="utf-8")
    said: list[str] = []
    context = chromium.new_context(viewport={"width": 390, "height": 800}, offline=True)
    tab = context.new_page()
    tab.set_default_timeout(120_000)
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto(place.as_uri())
    tab.wait_for_selector("#classes .main-svg")
    assert tab.locator(".figure .main-svg .cartesianlayer").count() == 5
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    hidden = "tables => tables.filter(t => t.scrollWidth > t.parentElement.clientWidth).length"
    assert tab.locator("table").evaluate_all(hidden) == 0, "a column lies outside the screen"
    english = {*CLASSES, "F1", "oracle", "<Tickets>"}
    words = tab.locator("main h1, main h2, main h3, main p, main li, main th, main td")
    read = [line for line in words.all_inner_texts() if re.search("[a-zA-Z]{2}", line)]
    assert [x for x in read if x not in english and not re.search("[\u3400-\u9fff]", x)] == []
    assert findings(tab) == [], "what axe finds serious"
    context.close()
    assert said == []
