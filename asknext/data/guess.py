"""Guess which column is the text, the label, the id and the second text of a pair."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from typing import Any

from asknext.data.columns import CATEGORY, ID, NUMBER, TEXT, Column
from asknext.data.columns import folded as _folded
from asknext.data.columns import mean_length as _mean_length
from asknext.data.mapping import Mapping

# Most telling first.
_TEXT_WORDS = (
    "text texta text1 sentence sentence1 sentencea content message body question question1 query "
    "utterance premise prompt review comment post tweet document doc description abstract source "
    "input instruction title headline subject sms msg txt "
    "文本 内容 正文 文本1 句子 句子1 文本a 语句 评论 评价 留言 消息 短信 问题 提问 问句 微博 "
    "摘要 描述 对话 标题 新闻 输入 原文"
)
_TEXTS = tuple(_TEXT_WORDS.split())
_PAIRS = {
    "texta": "textb", "text1": "text2", "sentence1": "sentence2", "sentencea": "sentenceb",
    "question1": "question2", "premise": "hypothesis", "text": "textpair", "query": "passage",
    "文本1": "文本2", "句子1": "句子2", "文本a": "文本b",
}  # fmt: skip
_LABEL_WORDS = (
    "labeltext labelname label labels class classname category categoryname intent target topic "
    "tag sentiment emotion gold goldlabel y type polarity stance coarselabel "
    "标签 类别 分类 类标 意图 情感 情绪 主题 类型 话题 极性 标注"
)
LABELS = tuple(_LABEL_WORDS.split())
_OTHER_WORDS = (
    "lang language source author user username name date time datetime timestamp created year "
    "month day country city region url link split fold version status annotator worker gender "
    "语言 来源 作者 用户 日期 时间 年份 国家 城市 地区 链接 网址 平台 性别"
)
_NOT_LABELS = frozenset(_OTHER_WORDS.split())

Values = AnyMapping[str, Sequence[Any]]


def guess(columns: Sequence[Column], values: Values) -> Mapping:
    """Guess the mapping from names (English, Chinese), kinds and lengths.

    A name counts more than statistics. Where no column is named like a text, the one with the
    longest values is taken; where none is named like a label, a category column is, if there
    is only one. A wrong guess costs a click, so a doubtful label is left out.

    >>> rows = {"comment": ["so nice", "bad, bad"], "stars": [5, 1], "类别": ["x", "y"]}
    >>> kinds = {"comment": TEXT, "stars": NUMBER, "类别": CATEGORY}
    >>> columns = [Column(name, kind, (), 2) for name, kind in kinds.items()]
    >>> guess(columns, rows).to_json()
    {'text': 'comment', 'label': '类别', 'id': None, 'text_pair': None}
    """
    label = _named_label(columns, values)
    text = _text([c for c in columns if c is not label] or columns, values)
    if label is text:
        label = None
    pair = _pair(columns, text)
    if label is None:
        label = _lonely_category([c for c in columns if c not in (text, pair)])
    id = next((c for c in columns if c.kind == ID and c not in (text, pair, label)), None)
    return Mapping(text.name, _name(label), _name(id), _name(pair))


def _name(column: Column | None) -> str | None:
    return None if column is None else column.name


def _rank(column: Column, names: Sequence[str]) -> int:
    """Return the place of the column's name among `names`, past the end where it is not there."""
    name = _folded(column.name)
    return names.index(name) if name in names else len(names)


def _text(columns: Sequence[Column], values: Values) -> Column:
    """Take the best-named column that holds texts, else the one with the longest texts."""
    usable = [c for c in columns if c.kind in (TEXT, CATEGORY)] or list(columns)
    named = [c for c in usable if _rank(c, _TEXTS) < len(_TEXTS)]
    if named:
        return min(named, key=lambda c: _rank(c, _TEXTS))
    parts = [c for c in usable if c.kind == TEXT and _has_part(c.name)]
    return max(parts or usable, key=lambda c: _mean_length(_texts(values[c.name])))


def _has_part(name: str) -> bool:
    """Tell whether part of a compound name means text: ``review_body``, ``新闻标题``."""
    words = name.casefold().replace("-", "_").replace(" ", "_").split("_")
    return any(word in _TEXTS for word in words) or any(
        known in name for known in _TEXTS if not known.isascii() and len(known) > 1
    )


def _texts(values: Sequence[Any]) -> list[Any]:
    return [value for value in values if isinstance(value, str)]


def _pair(columns: Sequence[Column], text: Column) -> Column | None:
    wanted = _PAIRS.get(_folded(text.name))
    return next((c for c in columns if wanted and _folded(c.name) == wanted), None)


def _named_label(columns: Sequence[Column], values: Values) -> Column | None:
    named = [c for c in columns if _rank(c, LABELS) < len(LABELS)]
    fitting = [c for c in named if _could_be_labels(c, values[c.name])]
    return min(fitting, key=lambda c: _rank(c, LABELS)) if fitting else None


def _could_be_labels(column: Column, values: Sequence[Any]) -> bool:
    """Tell labels from texts (a translation is called target, too) and from measurements."""
    given = [value for value in values if value is not None]
    if column.kind == NUMBER:
        return all(float(value).is_integer() for value in given if value != "")
    if column.kind != TEXT:
        return column.kind == CATEGORY
    words = sum(len(str(value).split()) for value in given) / max(1, len(given))
    return words <= 5 and _mean_length(given) <= 60


def _lonely_category(columns: Sequence[Column]) -> Column | None:
    fitting = [c for c in columns if c.kind == CATEGORY and _folded(c.name) not in _NOT_LABELS]
    return fitting[0] if len(fitting) == 1 and fitting[0].distinct > 1 else None
