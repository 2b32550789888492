"""Figures are valid Plotly, pages are whole and safe; one is drawn in a real browser."""

from __future__ import annotations

import json
import os
import re

import plotly.graph_objects as go
import pytest

from asknext.evaluation import figures
from asknext.evaluation.page import report_page, simulation_page
from asknext.evaluation.texts import TEXTS

NAN = float("nan")
EVIL = '</script><img src=x onerror="alert(1)">'
POINTS = [
    {"answers": 10, "estimate": 0.5, "low": 0.2, "high": 0.8, "n": 8, "test": None},
    {"answers": 20, "estimate": None, "low": None, "high": None, "n": 0, "test": 0.61},
    {"answers": 30, "estimate": 0.7, "low": 0.5, "high": 0.85, "n": 20, "test": 0.65},
]
CLASSES = [
    {"label": "2024", "count": 3},
    {"label": EVIL, "count": 9},
    {"label": "退款", "count": 0},
]
HOURS = [{"hour": "2026-11-20T13:00Z", "count": 40}, {"hour": "2026-11-20T15:00Z", "count": 3}]
REPORT = {
    "settings": {"name": "tickets", "title": EVIL},
    "counts": {"examples": 12, "answers": 12, "invented": 1},
    "quality": {
        "metric": "accuracy",
        "estimate": 0.7,
        "low": 0.5,
        "high": 0.85,
        "n": 20,
        "source": "control",
        "note": "",
    },
    "curve": POINTS,
    "classes": CLASSES,
    "per_hour": HOURS,
    "stop": [{"rule": "budget", "stop": False, "reason": EVIL, "numbers": {}}],
    "annotators": [{"who": EVIL, "answers": 12, "median_seconds": None}],
    "test": None,
    "strategy": {"name": "auto", "control": 0.1},
}


def arm(*mean: float, low: float | None = None) -> dict:
    labels = [10 * (i + 1) for i in range(len(mean))]
    return {
        "area": sum(mean) / len(mean),
        "area_interval": [0.4, 0.6],
        "curve": {
            "labels": labels,
            "mean": list(mean),
            "low": [x - 0.1 if low is None else low for x in mean],
            "high": [x + 0.1 if low is None else low for x in mean],
        },
        "labels_to": {"0.80": 30, "0.95": None},
        "final": mean[-1],
    }


RESULT = {
    "file": "train.csv",
    "seeds": 3,
    "budget": 30,
    "metric": "accuracy",
    "full": 0.9123,
    "strategies": {
        "random": arm(0.3, 0.5, 0.6),
        "auto": arm(0.4, 0.6, 0.7),
        EVIL: arm(0.1, 0.1, NAN),
    },
}


F1 = {"estimate": 0.5, "low": 0.25, "high": 0.625}
EVIDENCE = {
    "quality": {"metric": "accuracy"},
    "outlook": {
        "points": [{"answers": 10, "estimate": 0.5}, {"answers": 40, "estimate": 0.7}],
        "band": [
            {"answers": 40, "estimate": 0.7, "low": 0.6, "high": 0.8},
            {"answers": 80, "estimate": 0.75, "low": 0.6, "high": 0.9},
        ],
    },
    "classes": {
        "per_class": [
            {"label": "2024", "support": 30, "said": 12, "f1": F1},
            {"label": EVIL, "support": 4, "said": 30, "f1": F1},
            {"label": "退款", "support": 0, "said": 0, "f1": None},
        ]
    },
}


def drawn(lang: str) -> dict[str, dict]:
    return {
        "curve": figures.learning_curve(POINTS, lang=lang),
        "balance": figures.class_balance(CLASSES, lang=lang),
        "pace": figures.answers_per_hour(HOURS, lang=lang),
        "strategies": figures.strategies_comparison(RESULT["strategies"], lang=lang),
        "outlook": figures.outlook(EVIDENCE, lang=lang),
        "no evidence": figures.outlook(None, lang=lang),
        "labels": figures.label_quality(EVIDENCE, lang=lang),
        "no labels": figures.label_quality(None, lang=lang),
        "nothing measured": figures.learning_curve([], lang=lang),
        "no classes": figures.class_balance([], lang=lang),
        "no hours": figures.answers_per_hour([], lang=lang),
        "no strategies": figures.strategies_comparison({}, lang=lang),
    }


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_figures_are_valid_plotly_and_json(lang):
    for figure in drawn(lang).values():
        go.Figure(figure)  # raises for names and values that Plotly does not know
        json.dumps(figure, allow_nan=False)
        layout = figure["layout"]
        assert "width" not in layout
        assert "height" not in layout


@pytest.mark.parametrize("name", ["curve", "balance", "pace", "strategies", "outlook", "labels"])
def test_figures_speak_both_languages(name):
    english, chinese = (json.dumps(drawn(lang)[name]["layout"]) for lang in ("en", "zh"))
    title = [json.loads(text)["title"]["text"] for text in (english, chinese)]
    assert title[0].isascii()
    assert not title[1].isascii()


def test_the_outlook_has_a_band_and_what_was_measured():
    band, ahead, so_far = figures.outlook(EVIDENCE)["data"]
    assert (band["fill"], band["y"]) == ("toself", [0.8, 0.9, 0.6, 0.6])
    assert (ahead["x"], ahead["y"], ahead["line"]["dash"]) == ([40, 80], [0.7, 0.75], "dash")
    assert (so_far["x"], so_far["y"]) == ([10, 40], [0.5, 0.7])


def test_labels_with_few_texts_are_grey_and_unknown_ones_left_out():
    figure = figures.label_quality(EVIDENCE)
    firm, few = figure["data"]
    assert (firm["y"], few["y"]) == (["2024"], [EVIL])
    assert (few["marker"]["color"], firm["marker"]["color"]) == (figures.GREY, figures.BLUE)
    error = firm["error_x"]
    assert (firm["x"], error["arrayminus"], error["array"]) == ([0.5], [0.25], [0.125])
    assert figure["layout"]["yaxis"]["categoryarray"] == [EVIL, "2024"], "drawn from below"


def test_learning_curve_shows_what_is_known():
    data = figures.learning_curve(POINTS)["data"]
    band, control, test = data
    assert (control["x"], control["y"]) == ([10, 30], [0.5, 0.7])
    assert control["customdata"] == [[0.2, 0.8, 8], [0.5, 0.85, 20]]
    assert (test["x"], test["y"]) == ([20, 30], [0.61, 0.65])
    assert band["x"] == [10, 30, 30, 10]
    assert band["y"] == [0.8, 0.85, 0.5, 0.2]


def test_class_balance_is_sorted_and_labels_stay_names():
    figure = figures.class_balance(CLASSES)
    assert figure["data"][0]["y"] == ["退款", "2024", EVIL]
    assert figure["data"][0]["x"] == [0, 3, 9]
    assert figure["layout"]["yaxis"]["type"] == "category"
    assert figure["layout"]["yaxis"]["labelalias"] == {EVIL: EVIL[:23] + "…"}


def test_an_hour_stands_over_itself_with_room_beside_it():
    figure = figures.answers_per_hour(HOURS[:1])
    bar, axis = figure["data"][0], figure["layout"]["xaxis"]
    assert bar["offset"] + bar["width"] < figures.HOUR
    assert axis["range"] == ["2026-11-20T12:00:00", "2026-11-20T15:00:00"]


def test_strategies_differ_in_colour_and_dash():
    lines = [t for t in figures.strategies_comparison(RESULT["strategies"])["data"] if "name" in t]
    assert [line["name"] for line in lines] == ["random", "auto", EVIL]
    assert len({line["line"]["color"] for line in lines}) == 3
    assert len({line["line"]["dash"] for line in lines}) == 3
    assert lines[2]["y"] == [0.1, 0.1, None]


def test_without_interval_there_is_no_band():
    data = figures.strategies_comparison({"one": arm(0.1, 0.2, low=NAN)})["data"]
    assert [trace["name"] for trace in data] == ["one"]


def test_catalogues_have_the_same_entries():
    assert TEXTS["en"].keys() == TEXTS["zh"].keys()
    for key, english in TEXTS["en"].items():
        assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", TEXTS["zh"][key])), (
            key
        )


def outside_plotly(page: str) -> str:
    """The page without the library, which holds any string one may look for."""
    scripts = re.split(r"(?=<script>)", page)
    return "".join(part for part in scripts if len(part) < 1_000_000)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_simulation_page_tells_the_result(lang):
    page = simulation_page(RESULT, lang)
    text = outside_plotly(page)
    assert len(page) > 1_000_000  # Plotly is inside
    assert EVIL not in page
    assert "<img" not in text
    rows = re.findall(r"<tr><td>(\w+)</td><td>([\d.]+)", text)
    assert rows[:2] == [("auto", "0.567"), ("random", "0.467")]  # best first
    assert "0.912" in text
    assert TEXTS[lang]["never"] in text
    assert "80%" in text
    assert "95%" in text
    figure = json.loads(re.search(r'id="curves">(.*?)</script>', text, re.S).group(1))
    assert figure == json.loads(
        json.dumps(figures.strategies_comparison(RESULT["strategies"], lang))
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_report_page_tells_the_report(lang):
    text = outside_plotly(report_page(REPORT, lang))
    assert EVIL not in text
    assert "<img" not in text
    assert "70%" in text
    assert TEXTS[lang]["go_on"] in text
    assert "invented" in text
    assert text.count('class="figure"') == 3
    assert f'lang="{TEXTS[lang]["lang"]}"' in text


def test_pages_of_nothing_say_so():
    text = outside_plotly(report_page({}, "en"))
    assert TEXTS["en"]["no_quality"] in text
    assert TEXTS["en"]["no_measure"] in text
    assert TEXTS["en"]["no_measure"] in outside_plotly(simulation_page({"strategies": {}}))


def test_pages_load_nothing_from_elsewhere():
    text = outside_plotly(simulation_page(RESULT)) + outside_plotly(report_page(REPORT))
    assert not re.search(r"""(src|href)\s*=\s*["']?https?:""", text)
    assert "default-src 'none'" in text


@pytest.mark.browser
def test_pages_draw_themselves_without_a_network(tmp_path, chromium):
    for name, page in (("s", simulation_page(RESULT, "zh")), ("r", report_page(REPORT, "en"))):
        (tmp_path / f"{name}.html").write_text(page, encoding="utf-8")
    said: list[str] = []
    context = chromium.new_context(viewport={"width": 390, "height": 800}, offline=True)
    tab = context.new_page()
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    for name, charts in (("s", 1), ("r", 3)):
        tab.goto((tmp_path / f"{name}.html").as_uri())
        tab.wait_for_selector(".figure .main-svg")
        assert tab.locator(".figure .main-svg .cartesianlayer").count() == charts
        if shots := os.environ.get("ASKNEXT_SHOTS"):
            tab.screenshot(path=f"{shots}/{name}.png", full_page=True)
        wide = tab.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390, f"{name}.html scrolls sideways at {wide} pixels"
    context.close()
    assert said == []
