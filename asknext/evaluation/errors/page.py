"""A self-contained page of lists of errors, for any browser."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from asknext.evaluation.errors.difference import ADDED, MISSING
from asknext.evaluation.figures import FONT
from asknext.evaluation.html import SECURITY, STYLE, notes
from asknext.evaluation.speech import Speech

MOST = 50  # items of a list that are shown, of a region where it has any
EXAMPLES = 3
MARKS = "ins { background: #d6f0e0; text-decoration: none; } del { background: #f8dcd4; }"

NAMES = {
    "hard": "难学",
    "ambiguous": "摇摆",
    "empty": "空",
    "copied": "照抄原文",
    "script": "文字不同",
    "short": "过短",
    "long": "过长",
    "repeated": "重复",
    "numbers": "数字不符",
    "order": "语序",
    "wording": "措辞",
    "missed": "遗漏",
    "spurious": "多余",
    "boundary": "边界",
    "boundary and label": "边界和标签",
}
"""Regions and types of error, in English and in Chinese."""

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Where it goes wrong: {project}",
        "lead": "{labelled} labels: {before} judged before their answer was known, {folds} by a "
        "model fitted to the other labels, {unjudged} not judged.",
        "warning": "No share on this page measures quality: what a strategy asks is harder than "
        "the pool. It says where to look.",
        "confusions": "What is taken for what",
        "slices": "Groups with more errors",
        "clusters": "Regions with more errors",
        "label_errors": "Labels that are likely wrong",
        "contradictions": "Nearly equal texts, different labels",
        "disagreements": "Who disagrees",
        "dynamics": "What models do not learn easily",
        "worst": "The worst answers",
        "none": "nothing",
        "name": "what",
        "label": "label",
        "other": "predicted, or rather",
        "text": "text",
        "count": "n",
        "share": "share",
        "error": "wrong",
        "elsewhere": "elsewhere",
        "q": "q",
        "significant": "significant",
        "types": "what is wrong",
        "region": "region",
        "explained": "q: of the groups with at most this q, that share is expected to be chance.",
        **{name: name for name in NAMES},
    },
    "zh": {
        "title": "错误分析：{project}",
        "lead": "{labelled} 个标签：{before} 个在得知回答之前已判断，"
        "{folds} 个由只学过其他标签的模型判断，{unjudged} 个未判断。",
        "warning": "本页的比例都不能衡量质量：策略所选的问题比整体更难。它只说明该看哪里。",
        "confusions": "什么被当成了什么",
        "slices": "错误较多的分组",
        "clusters": "错误较多的区域",
        "label_errors": "可能有误的标签",
        "contradictions": "几乎相同、标签不同的文本",
        "disagreements": "意见不一致之处",
        "dynamics": "模型不易学会的文本",
        "worst": "最差的答案",
        "none": "无",
        "name": "内容",
        "label": "标签",
        "other": "预测或建议",
        "text": "文本",
        "count": "数量",
        "share": "比例",
        "error": "错误率",
        "elsewhere": "其他文本",
        "q": "q",
        "significant": "显著",
        "types": "错误类型",
        "region": "区域",
        "explained": "q：在 q 不超过该值的分组中，预计有这一比例纯属偶然。",
        **NAMES,
    },
}
COLUMNS = {
    "confusions": ("name", "count", "share"),
    "slices": ("name", "count", "error", "elsewhere", "q", "significant"),
    "clusters": ("name", "count", "error", "elsewhere", "q", "significant"),
    "dynamics": ("region", "label", "other"),
    "worst": ("types", "label", "other"),
}
SHARES = ("share", "error", "elsewhere")
PLAIN = ("label", "other")


def errors_page(found: Mapping[str, Any], project: str, lang: str = "en") -> str:
    """Return the page of what `Session.errors` returns; `lang` is ``en`` or ``zh``.

    Everything that people wrote is escaped, and nothing is fetched from anywhere.
    """
    say = WORDS["zh" if lang == "zh" else "en"]
    judged = found["judged"]
    lead = say["lead"].format(
        labelled=found["labelled"],
        before=judged["before"]["n"],
        folds=judged["out_of_fold"]["n"],
        unjudged=found["unjudged"],
    )
    title = escape(say["title"].format(project=project))
    speech = Speech(lang)
    body = "".join(_section(each, say, speech) for each in found["lists"])
    return (
        f'<!doctype html>\n<html lang="{"zh" if lang == "zh" else "en"}">\n<head>\n'
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{SECURITY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE.replace('FONT', FONT)}{MARKS}</style>\n</head>\n"
        f'<body>\n<main>\n<h1>{title}</h1>\n<p class="lead">{escape(lead)}</p>\n'
        f'<p class="note">{escape(say["warning"])}</p>\n{body}</main>\n</body>\n</html>\n'
    )


def _section(each: Mapping[str, Any], say: Mapping[str, str], speech: Speech) -> str:
    kind, items = each["kind"], _shown(each["items"])
    columns = COLUMNS.get(kind, PLAIN)
    head = "".join(f'<th scope="col">{escape(say[name])}</th>' for name in (*columns, "text"))
    rows = "".join(_row(item, columns, say) for item in items)
    inside = f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
    table = f'<div class="scroll"><table>{inside}</table></div>'
    if items and "q" in columns:
        table = f"<p>{escape(say['explained'])}</p>{table}"
    key = f"errors.{kind}-hint"
    hint = notes([speech(key)]) if speech.has(key) else ""
    note = escape(each.get("error") or each.get("note") or say["none"])
    return (
        f"<section><h2>{escape(say.get(kind, kind))}</h2>{hint}"
        f"{table if items else f'<p>{note}</p>'}</section>\n"
    )


def _shown(items: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the first `MOST` items of each region."""
    seen: Counter[str] = Counter()
    shown = []
    for item in items:
        region = str(item.get("region", ""))
        seen[region] += 1
        if seen[region] <= MOST:
            shown.append(item)
    return shown


def _row(item: Mapping[str, Any], columns: Sequence[str], say: Mapping[str, str]) -> str:
    cells = "".join(f"<td>{_cell(item, name, say)}</td>" for name in columns)
    return f"<tr>{cells}<td>{_texts(item)}</td></tr>"


def _cell(item: Mapping[str, Any], name: str, say: Mapping[str, str]) -> str:
    if name == "count":
        return str(item.get("count", item.get("n", "")))
    if name == "significant":
        return escape(say["significant"]) if item["significant"] else ""
    if name == "label" and "examples" in item:
        return escape(" | ".join(str(each["label"]) for each in item["examples"]))
    if name == "other":
        return escape(_other(item))
    if name == "types":
        return escape(_types(item, say))
    value = item.get(name, "")
    if name == "q":
        return f"{value:.3f}"
    if name in SHARES:
        return f"{value:.1%}"
    return escape(say[value] if name == "region" else str(value))


def _types(item: Mapping[str, Any], say: Mapping[str, str]) -> str:
    """Say what is wrong: how far off a number is, else the types of error."""
    if "off" in item:
        return f"{item['off']:+.4g}"
    return ", ".join(say[name] for name in item.get("types", ()))


def _other(item: Mapping[str, Any]) -> str:
    """Say what stands against the label: other people, a suggestion, or the model."""
    if "answers" in item:
        return ", ".join(f"{each['who']}: {each['value']}" for each in item["answers"])
    found = item.get("suggested", item.get("predicted"))
    return "" if found is None else str(found)


def _texts(item: Mapping[str, Any]) -> str:
    """Return the text with what differs marked, or some examples one below the other."""
    if "difference" in item:
        source = f"{escape(item['text'])}<br>" if "text" in item else ""
        return source + "".join(map(_part, item["difference"]))
    if "examples" in item:
        return "<br>".join(escape(each["text"]) for each in item["examples"][:EXAMPLES])
    return escape(item["text"])


def _part(part: Mapping[str, str]) -> str:
    tag = {MISSING: "del", ADDED: "ins"}.get(part["op"])
    text = escape(part["text"])
    return f"<{tag}>{text}</{tag}>" if tag else text
