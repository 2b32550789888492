"""Customer-support messages written for asknext: a pool, a test set, guidelines, task samples.

The files are described in ``README.md`` beside this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from asknext.core.errors import NotFound

__all__ = ["GUIDELINES", "LABELS", "SAMPLES", "Sample", "path"]

_HERE = Path(str(files(__name__)))
_FILES = (
    "README.md",
    "guidelines.txt",
    "replies_sample.jsonl",
    "satisfaction_sample.csv",
    "support_messages.csv",
    "support_messages_test.csv",
    "tagging_sample.jsonl",
    "topics_sample.csv",
    "translation_sample.jsonl",
)

LABELS: tuple[str, ...] = (
    "delivery_status",
    "delivery_late",
    "refund",
    "cancel",
    "billing_error",
    "payment_method",
    "login",
    "account_change",
    "product_problem",
    "promo_code",
)
"""The ten intents, in the order of the guidelines."""


class Sample(NamedTuple):
    """Be the example of a kind of task: its file, columns, title, guidelines and settings."""

    file: str
    mapping: Mapping[str, str]
    title: str
    guidelines: str
    task: Mapping[str, Any]


SAMPLES: Mapping[str, Sample] = {
    "multi_label": Sample(
        "topics_sample.csv",
        {"id": "id", "text": "text", "label": "labels"},
        "Topics of reviews",
        "Choose every topic that the customer says something about, good or bad; none is an "
        "answer, too.\n选出顾客提到的所有话题,好坏都算;一个都没有也可以。",
        {"labels": ["delivery", "quality", "price", "service", "app", "packaging"]},
    ),
    "regression": Sample(
        "satisfaction_sample.csv",
        {"id": "id", "text": "text", "label": "score"},
        "Satisfaction, 1 to 5",
        "How satisfied is the customer? 1: never again. 2: disappointed. 3: neither. 4: happy. "
        "5: delighted. Steps between are fine.\n"
        "顾客有多满意?1 再也不来;2 失望;3 一般;4 满意;5 非常满意。可以打中间分。",
        {"low": 1, "high": 5, "step": 0.25},
    ),
    "tagging": Sample(
        "tagging_sample.jsonl",
        {"id": "id", "text": "text", "label": "spans"},
        "Names in messages",
        "Mark order numbers (with #), products, dates, amounts with their currency, and persons."
        "\n标出订单号(带 #)、商品、日期、金额(带货币)和人名。",
        {"labels": ["ORDER_ID", "PRODUCT", "DATE", "AMOUNT", "PERSON"]},
    ),
    "generation": Sample(
        "translation_sample.jsonl",
        {"id": "id", "text": "text", "label": "target", "draft": "draft"},
        "Messages into German",
        "Translate into German; use the polite form (Sie). Mend the draft where there is one.\n"
        "译成德语,用敬称 Sie;有草稿时请修改草稿。",
        {"what": "German translation"},
    ),
    "preference": Sample(
        "replies_sample.jsonl",
        {"id": "id", "text": "text", "a": "a", "b": "b", "label": "label"},
        "Better replies",
        "Which reply would help this customer more? It answers the question and is polite. Both "
        "equally: a tie; neither acceptable: both bad.\n"
        "哪条回复更能帮到顾客?要回答问题,也要有礼貌。一样好选平局,都不行选都不好。",
        {"what": "the reply that helps more"},
    ),
}
"""For each kind of task but classification an example of its own."""

GUIDELINES: str = (_HERE / "guidelines.txt").read_text(encoding="utf-8")
"""The annotation guidelines in English and Chinese, as plain text."""


def path(name: str) -> Path:
    """Return the path of an example file.

    Raises:
        NotFound: no such file; the message lists those that exist.

    >>> path("support_messages.csv").name
    'support_messages.csv'
    """
    if name not in _FILES:
        raise NotFound.among("example file", name, _FILES)
    return _HERE / name
