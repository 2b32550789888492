"""Guess the kind of task of a file from its columns, with a reason in plain words."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from asknext.data.cells import SEPARATORS, listed
from asknext.data.columns import CATEGORY, NUMBER, OTHER, TEXT, Column, folded, mean_length
from asknext.data.form import sequence
from asknext.data.guess import LABELS, guess
from asknext.data.mapping import Mapping
from asknext.data.tokens import locate
from asknext.data.values import is_missing

Values = AnyMapping[str, Sequence[Any]]


def _words(names: str) -> tuple[str, ...]:
    return tuple(names.split())


_TAGS = _words("nertags ner postags pos upos tags bio iob labels slots 标签 标注")
_SPANS = _words("spans entities annotations label labels ner 实体 片段 标注 标签")
_SCORES = _words(
    "score scores rating stars valence similarity label y value grade target 分数 评分 得分 "
    "打分 相似度 标签"
)
_LISTS = (*LABELS, "genres", "tags", "topics", "emotions", "categories", "intents", "标签", "类别")
_PROMPTS = _words("prompt question instruction input query text context 问题 提问 指令 输入 内容")
_WRITTEN = {
    "source": ("target",), "src": ("tgt", "trg"), "prompt": ("completion", "response", "answer"),
    "instruction": ("output", "response", "answer"), "input": ("output",),
    "question": ("answer",), "article": ("highlights", "summary"), "document": ("summary",),
    "text": ("summary", "target", "translation", "reply"), "en": ("de", "fr", "es", "zh"),
    "原文": ("译文", "摘要"), "问题": ("回答", "答案"), "指令": ("输出", "回答"), "输入": ("输出",),
    "文本": ("摘要", "译文", "回复"), "内容": ("摘要", "回复"),
}  # fmt: skip
_PAIRS = (
    ("a", "b"), ("responsea", "responseb"), ("answera", "answerb"), ("response1", "response2"),
    ("output1", "output2"), ("answer1", "answer2"), ("completiona", "completionb"),
    ("回答a", "回答b"), ("回答1", "回答2"),
)  # fmt: skip
_WINNERS = _words("label winner preference preferred better choice chosen 标签 偏好 更好")
_DRAFTS = _words("draft suggestion 草稿 初稿")
_BETTER, _WORSE = ("chosen", "选中"), ("rejected", "拒绝")
_COMMAS = ",，"
_LONG = 40  # characters in the mean: a text, not a name


@dataclass(frozen=True, slots=True)
class Guessed:
    """Be a guess: the kind of task, why, and the mapping that goes with it."""

    kind: str
    why: str
    mapping: Mapping


def guess_kind(columns: Sequence[Column], values: Values) -> Guessed:
    """Guess what a file is for; what fits nothing else is classification.

    >>> rows = {"prompt": ["2+2?", "3+3?"], "chosen": ["4", "6"], "rejected": ["5", "7"]}
    >>> columns = [Column(name, TEXT, (), 2) for name in rows]
    >>> found = guess_kind(columns, rows)
    >>> found.kind, found.why
    ('preference', "the column 'chosen' holds the better answer, 'rejected' the other")
    """
    table = _Table(columns, values)
    for rule in _RULES:
        if found := rule(table):
            return found
    mapping = guess(columns, values)
    if mapping.label is None:
        return Guessed("classification", "no column looks like labels", mapping)
    why = f"the column {mapping.label!r} holds one label a row, of a few"
    return Guessed("classification", why, mapping)


def guess_for(kind: str, columns: Sequence[Column], values: Values) -> Guessed:
    """Guess the mapping for a kind of task; that of a plain file where nothing looks like it."""
    table = _Table(columns, values)
    found = (rule(table) for rule in _RULES)
    fitting = next((guessed for guessed in found if guessed and guessed.kind == kind), None)
    return fitting or Guessed(kind, "", guess(columns, values))


class _Table:
    """Find columns by name, and the others by the guess for plain files."""

    def __init__(self, columns: Sequence[Column], values: Values) -> None:
        self.columns, self.values = columns, values

    def named(self, names: Sequence[str]) -> Column | None:
        """Return the first column, by the order of names, that is called so."""
        there = {folded(column.name): column for column in reversed(self.columns)}
        return next((there[name] for name in names if name in there), None)

    def all_named(self, names: Sequence[str]) -> list[Column]:
        """Return all columns called so, most telling first."""
        called = [column for column in self.columns if folded(column.name) in names]
        return sorted(called, key=lambda column: list(names).index(folded(column.name)))

    def given(self, column: Column) -> list[Any]:
        """Return the values of a column that are there."""
        return [value for value in self.values[column.name] if not is_missing(value)]

    def rest(self, *used: Column | None, **chosen: str | None) -> Mapping | None:
        """Map the columns not used yet, without a label; None where no text is left."""
        names = {column.name for column in used if column is not None}
        left = [column for column in self.columns if column.name not in names]
        texts = [column for column in left if column.kind in (TEXT, CATEGORY)]
        if not texts:
            return None
        plain = guess(left, self.values)
        if plain.text not in {column.name for column in texts}:
            return None
        return replace(plain, **{"label": None, **chosen})

    def id(self, *used: Column) -> str | None:
        """Return the id column."""
        return guess([c for c in self.columns if c not in used] or self.columns, self.values).id


def _guessed(kind: str, why: str, mapping: Mapping | None) -> Guessed | None:
    return None if mapping is None else Guessed(kind, why, mapping)


def _chosen(table: _Table) -> Guessed | None:
    better, worse = table.named(_BETTER), table.named(_WORSE)
    if better is None or worse is None or not _texts(better, worse):
        return None
    why = f"the column {better.name!r} holds the better answer, {worse.name!r} the other"
    pair = {"chosen": better.name, "rejected": worse.name, "text_pair": None}
    return _guessed("preference", why, table.rest(better, worse, **pair))


def _tokens(table: _Table) -> Guessed | None:
    tokens = table.named(("tokens", "words", "词", "分词"))
    if tokens is None or not table.given(tokens):
        return None
    for tags in table.all_named(_TAGS):
        if _match(table.values[tokens.name], table.values[tags.name]):
            why = f"the column {tags.name!r} holds a tag for each of the {tokens.name!r}"
            text = table.named(("text", "sentence", "文本", "句子"))
            named = text.name if text and _holds(table, text, tokens) else None
            id = table.id(tokens, tags)
            return Guessed("tagging", why, Mapping(named, None, id, None, tokens.name, tags.name))
    return None


def _holds(table: _Table, text: Column, tokens: Column) -> bool:
    """Tell whether the tokens can be found in the text beside them, in every row."""
    rows = zip(table.values[text.name], table.values[tokens.name], strict=True)
    try:
        for whole, parts in rows:
            locate([str(part) for part in sequence(parts) or ()], str(whole))
    except ValueError:
        return False
    return text.kind in (TEXT, CATEGORY)


def _match(tokens: Sequence[Any], tags: Sequence[Any]) -> bool:
    pairs = [(sequence(left), sequence(right)) for left, right in zip(tokens, tags, strict=True)]
    both = [(left, right) for left, right in pairs if left and right]
    same = sum(len(left) == len(right) for left, right in both)
    return bool(both) and 2 * same > len(both) and any(len(left) > 1 for left, _ in both)


def _spans(table: _Table) -> Guessed | None:
    for column in table.all_named(_SPANS):
        lists = [listed(value) for value in table.given(column)]
        spans = [span for value in lists if value for span in value]
        if spans and None not in lists and all(map(_is_span, spans)):
            why = f"the column {column.name!r} holds spans: start, end and label"
            tokens = [c for c in table.columns if c.kind == OTHER]
            mapping = table.rest(column, *tokens, label=column.name)
            return _guessed("tagging", why, mapping)
    return None


def _is_span(value: Any) -> bool:
    if isinstance(value, dict):
        return {"start", "end", "label"} <= set(value)
    whole = isinstance(value, list) and len(value) == 3
    return whole and all(isinstance(place, int) for place in value[:2])


def _compared(table: _Table) -> Guessed | None:
    prompts = table.all_named(_PROMPTS)
    for first, second in _PAIRS:
        a, b = table.named((first,)), table.named((second,))
        if a is None or b is None or not prompts or not _texts(a, b):
            continue
        label = next((c for c in table.all_named(_WINNERS) if c.kind == CATEGORY), None)
        why = f"the columns {a.name!r} and {b.name!r} hold two answers to {prompts[0].name!r}"
        pair = {"a": a.name, "b": b.name, "text": prompts[0].name, "text_pair": None}
        mapping = table.rest(a, b, label, label=label.name if label else None, **pair)
        return _guessed("preference", why, mapping)
    return None


def _labels(table: _Table) -> Guessed | None:
    for column in table.all_named(_LISTS):
        values = table.given(column)
        if values and (_lists(values) or _separated(values)):
            why = f"the column {column.name!r} holds several labels a row"
            mapping = table.rest(column, label=column.name)
            return _guessed("multi_label", why, mapping)
    return None


def _lists(values: Sequence[Any]) -> bool:
    lists = [listed(value) for value in values]
    items = [item for value in lists if value for item in value]
    return None not in lists and bool(items) and all(isinstance(x, str | int) for x in items)


def _separated(values: Sequence[Any]) -> bool:
    """Tell ``food; price`` from a text or a single name: its parts come again in other cells."""
    cells = {value for value in values if isinstance(value, str)}
    for mark in SEPARATORS:
        split = [[part.strip() for part in cell.split(mark)] for cell in cells]
        several = sum(len(parts) > 1 for parts in split)
        every = [part for parts in split for part in parts]
        # A comma is also part of names and of texts, so more is asked of it.
        most = len(cells) if mark in _COMMAS else len(every)
        if several >= max(2, len(cells) / 10) and len(set(every)) < most:
            return mean_length(every) < _LONG
    return False


def _written(table: _Table) -> Guessed | None:
    for source, targets in _WRITTEN.items():
        text, label = table.named((source,)), table.named(targets)
        if text is None or label is None or not _texts(text, label):
            continue
        if label.kind != TEXT or not _is_prose(table.given(label)):
            continue
        draft = table.named(_DRAFTS)
        more = {"draft": draft.name} if draft and _texts(draft) else {}
        why = f"the column {label.name!r} holds texts written for {text.name!r}"
        id = table.id(text, label)
        return Guessed("generation", why, Mapping(text.name, label.name, id, **more))
    return None


def _is_prose(values: Sequence[Any]) -> bool:
    words = sum(len(str(value).split()) for value in values) / max(1, len(values))
    return words > 3 or mean_length(values) > 16


def _numbers(table: _Table) -> Guessed | None:
    for column in table.all_named(_SCORES):
        if column.kind == NUMBER:
            why = f"the column {column.name!r} holds numbers, {column.distinct} different ones"
            mapping = table.rest(column, label=column.name)
            return _guessed("regression", why, mapping)
    return None


def _texts(*columns: Column) -> bool:
    return all(column.kind in (TEXT, CATEGORY) for column in columns)


_RULES = (_chosen, _tokens, _spans, _compared, _labels, _written, _numbers)
