"""Plotly figures as plain JSON: drawn by the app, the pages and notebooks alike.

Figures have no size of their own and no background, so they fit where they are put. Colours are
those of Okabe and Ito, told apart by people with any colour vision; lines differ in dash too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from asknext.evaluation.texts import words

Figure = dict[str, Any]

BLUE, ORANGE, GREEN = "#0072B2", "#E69F00", "#009E73"
COLOURS = (BLUE, "#D55E00", GREEN, "#CC79A7", ORANGE, "#56B4E9", "#5B5B5B")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
INK = "#4A5560"
GREY = "#8A94A0"
GRID = "rgba(128, 136, 148, 0.25)"
FONT = (
    "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', "
    "'Noto Sans CJK SC', sans-serif"
)
LONG = 24  # characters of a label that leave room for its bar on a phone
FEW_TEXTS = 10  # texts behind a figure, below which it is grey
HOUR = 3_600_000  # milliseconds, the unit of Plotly's date axis


def learning_curve(points: Sequence[Mapping[str, Any]], lang: str = "en") -> Figure:
    """Draw quality against answers, with its interval.

    A point has ``answers``, ``estimate``, ``low``, ``high``, ``n`` (control arm; may be null),
    perhaps ``metric``, its name, and ``test``, the quality on a test set.
    """
    say = words(lang)
    control = [p for p in points if _known(p.get("estimate"))]
    test = [p for p in points if _known(p.get("test"))]
    data: list[Figure] = []
    if control:
        data += _control_traces(control, say)
    if test:
        x, y = [p["answers"] for p in test], [p["test"] for p in test]
        data.append(_line(x, y, say["test"], ORANGE, "dash"))
    metric = next((p["metric"] for p in points if p.get("metric")), "accuracy")
    layout = _layout(say["learning_curve"], say["answers"], say.get(metric, metric))
    layout["yaxis"] |= _share_axis()
    layout["showlegend"] = len(data) > 2 or bool(test)
    return _figure(data, layout, say["no_measure"])


def _control_traces(points: Sequence[Mapping[str, Any]], say: Mapping[str, str]) -> list[Figure]:
    banded = [p for p in points if _known(p.get("low")) and _known(p.get("high"))]
    line = _line(
        [p["answers"] for p in points], [p["estimate"] for p in points], say["control"], BLUE
    )
    line["customdata"] = [[p.get("low"), p.get("high"), p.get("n")] for p in points]
    line["hovertemplate"] = (
        f"%{{x}} {say['answers']}<br><b>%{{y:.1%}}</b> "
        "(%{customdata[0]:.1%} – %{customdata[1]:.1%}), n = %{customdata[2]}<extra></extra>"
    )
    low, high = [p["low"] for p in banded], [p["high"] for p in banded]
    return [*_band([p["answers"] for p in banded], low, high, BLUE), line]


def outlook(evidence: Mapping[str, Any] | None, lang: str = "en") -> Figure:
    """Draw where the curve leads: models of the first answers, and the band of what may come.

    `evidence` is what ``session.evidence()`` returns.
    """
    say = words(lang)
    found = (evidence or {}).get("outlook")
    data: list[Figure] = []
    if found:
        band, points = found["band"], found["points"]
        x = [point["answers"] for point in band]
        data += _band(x, [p["low"] for p in band], [p["high"] for p in band], ORANGE)
        data.append(_line(x, [p["estimate"] for p in band], say["may_come"], ORANGE, "dash"))
        sizes, known = ([p[name] for p in points] for name in ("answers", "estimate"))
        data.append(_line(sizes, known, say["so_far"], BLUE))
    for line in data:
        line.setdefault("hovertemplate", f"%{{x}} {say['answers']}: <b>%{{y:.0%}}</b>")
    metric = str(((evidence or {}).get("quality") or {}).get("metric") or "accuracy")
    layout = _layout(say["outlook"], say["answers"], say.get(metric, metric))
    layout["yaxis"] |= _share_axis()
    layout["xaxis"] |= _count_axis()
    layout["showlegend"] = True
    return _figure(data, layout, say["no_measure"])


def label_quality(evidence: Mapping[str, Any] | None, lang: str = "en") -> Figure:
    """Draw the F1 of each label with its 95 % interval, grey where few texts stand behind it.

    `evidence` is what ``session.evidence()`` returns.
    """
    say = words(lang)
    rows = ((evidence or {}).get("classes") or {}).get("per_class") or ()
    known = [row for row in rows if row["f1"]]
    firm = [row for row in known if min(row["support"], row["said"]) >= FEW_TEXTS]
    few = [row for row in known if row not in firm]
    data = [
        _dots(part, say[name], colour)
        for part, name, colour in ((firm, "enough", BLUE), (few, "few", GREY))
        if part
    ]
    layout = _layout(say["label_quality"], "", "")
    layout["xaxis"] |= _share_axis()
    names = [str(row["label"]) for row in reversed(known)]  # drawn from below
    layout["yaxis"] |= {"type": "category", "categoryorder": "array", "categoryarray": names}
    layout["yaxis"]["labelalias"] = _short(names)
    layout["showlegend"] = bool(few)
    return _figure(data, layout, say["no_measure"])


def _dots(rows: Sequence[Mapping[str, Any]], name: str, colour: str) -> Figure:
    found = [row["f1"] for row in rows]
    x = [one["estimate"] for one in found]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": x,
        "y": [str(row["label"]) for row in rows],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [one["high"] - value for one, value in zip(found, x, strict=True)],
            "arrayminus": [value - one["low"] for one, value in zip(found, x, strict=True)],
            "color": colour,
            "thickness": 2,
            "width": 4,
        },
        "marker": {"color": colour, "size": 9},
        "cliponaxis": False,
        "customdata": [[one["low"], one["high"]] for one in found],
        "hovertemplate": (
            "%{y}: <b>%{x:.0%}</b> (%{customdata[0]:.0%} – %{customdata[1]:.0%})<extra></extra>"
        ),
    }


def class_balance(classes: Sequence[Mapping[str, Any]], lang: str = "en") -> Figure:
    """Draw how many examples each label has; rows have ``label`` and ``count``."""
    say = words(lang)
    rows = sorted(classes, key=lambda row: row["count"])  # bars are drawn from below
    bars: Figure = {
        "type": "bar",
        "orientation": "h",
        "x": [row["count"] for row in rows],
        "y": [str(row["label"]) for row in rows],
        "marker": {"color": BLUE},
        "hovertemplate": "%{y}: <b>%{x}</b><extra></extra>",
    }
    layout = _layout(say["balance"], say["count"], "")
    # A label such as "2024" is a name, not a number or a date.
    layout["yaxis"] |= {"type": "category", "showgrid": False}
    layout["yaxis"]["labelalias"] = _short(bars["y"])
    layout["xaxis"] |= _count_axis()
    shown = any(row["count"] for row in rows)
    return _figure([bars] if shown else [], layout, say["no_answers"])


def answers_per_hour(hours: Sequence[Mapping[str, Any]], lang: str = "en") -> Figure:
    """Draw the pace of work; rows have ``hour`` (ISO 8601, UTC) and ``count``."""
    say = words(lang)
    starts = [str(row["hour"]) for row in hours]
    bars = {
        "type": "bar",
        "x": starts,
        "y": [row["count"] for row in hours],
        "width": 0.9 * HOUR,
        "offset": 0.05 * HOUR,  # a bar stands over its hour
        "marker": {"color": GREEN},
        "hovertemplate": "%{x|%Y-%m-%d %H:%M}: <b>%{y}</b><extra></extra>",
    }
    layout = _layout(say["answers_per_hour"], say["hour"], say["answers"])
    layout["xaxis"] |= {"type": "date", **_around(starts)}
    layout["yaxis"] |= _count_axis()
    return _figure([bars] if hours else [], layout, say["no_answers"])


def _around(hours: Sequence[str]) -> Figure:
    """Leave an hour free on either side, so that a single bar does not fill the figure."""
    if not hours:
        return {}
    first, last = (datetime.fromisoformat(hours[i]).replace(tzinfo=None) for i in (0, -1))
    ends = (first - timedelta(hours=1), last + timedelta(hours=2))
    return {"range": [end.isoformat() for end in ends]}


def strategies_comparison(
    strategies: Mapping[str, Mapping[str, Any]], lang: str = "en", *, metric: str = "accuracy"
) -> Figure:
    """Draw the learning curves of several strategies with their bands.

    `strategies` maps a name to what `simulate` says of it, of which ``curve`` is read; `metric`
    names what the curves measure.
    """
    say = words(lang)
    data: list[Figure] = []
    for place, (name, found) in enumerate(strategies.items()):
        curve = found["curve"]
        colour, dash = COLOURS[place % len(COLOURS)], DASHES[place % len(DASHES)]
        data += _band(curve["labels"], curve["low"], curve["high"], colour, group=name)
        line = _line(curve["labels"], curve["mean"], name, colour, dash)
        line["legendgroup"] = name
        line["hovertemplate"] = f"%{{x}} {say['labels']}: <b>%{{y:.1%}}</b>"
        data.append(line)
    layout = _layout(say["strategies"], say["labels"], say.get(metric, metric))
    layout["yaxis"] |= {"tickformat": ".0%"}
    layout["showlegend"] = True
    layout["hovermode"] = "x unified"
    return _figure(data, layout, say["no_measure"])


def _short(names: Sequence[str]) -> dict[str, str]:
    return {name: f"{name[: LONG - 1]}…" for name in names if len(name) > LONG}


def _known(value: Any) -> bool:
    return value is not None and math.isfinite(value)


def _finite(values: Sequence[Any]) -> list[Any]:
    """JSON has no NaN; Plotly leaves a gap where there is null."""
    return [value if _known(value) else None for value in values]


def _line(
    x: Sequence[Any], y: Sequence[Any], name: str, colour: str, dash: str = "solid"
) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": list(x),
        "y": _finite(y),
        "line": {"color": colour, "dash": dash, "width": 2.5},
        "marker": {"color": colour, "size": 6},
    }


def _band(
    x: Sequence[Any], low: Sequence[Any], high: Sequence[Any], colour: str, group: str = ""
) -> list[Figure]:
    """Return the area between low and high as one closed outline; nothing where it is unknown."""
    known = [(a, b, c) for a, b, c in zip(x, low, high, strict=True) if _known(b) and _known(c)]
    if len(known) < 2:
        return []
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [a for a, _, _ in known] + [a for a, _, _ in reversed(known)],
            "y": [c for _, _, c in known] + [b for _, b, _ in reversed(known)],
            "fill": "toself",
            "fillcolor": f"rgba({red}, {green}, {blue}, 0.15)",
            "line": {"width": 0},
            "hoverinfo": "skip",
            "showlegend": False,
            **({"legendgroup": group} if group else {}),
        }
    ]


def _axis(title: str) -> Figure:
    return {
        "title": {"text": title},
        "automargin": True,
        "gridcolor": GRID,
        "linecolor": GRID,
        "zeroline": False,
    }


def _share_axis() -> Figure:
    return {"tickformat": ".0%", "range": [0, 1.02]}


def _count_axis() -> Figure:
    return {"rangemode": "tozero", "tickformat": "d"}


def _layout(title: str, x: str, y: str) -> Figure:
    return {
        "title": {"text": title, "font": {"size": 16}, "x": 0, "xref": "paper", "xanchor": "left"},
        "font": {"family": FONT, "size": 13, "color": INK},
        "autosize": True,
        "margin": {"l": 16, "r": 16, "t": 48, "b": 16},
        "paper_bgcolor": "rgba(0, 0, 0, 0)",
        "plot_bgcolor": "rgba(0, 0, 0, 0)",
        "xaxis": _axis(x),
        "yaxis": _axis(y),
        "showlegend": False,
        "legend": {"orientation": "h", "y": -0.25, "x": 0},
        "hoverlabel": {"align": "left"},
    }


def _figure(data: list[Figure], layout: Figure, empty: str) -> Figure:
    if not data:
        layout["annotations"] = [
            {
                "text": empty,
                "x": 0.5,
                "y": 0.5,
                "xref": "paper",
                "yref": "paper",
                "showarrow": False,
            }
        ]
        for axis in ("xaxis", "yaxis"):
            layout[axis] = {"visible": False}
    return {"data": data, "layout": layout}
