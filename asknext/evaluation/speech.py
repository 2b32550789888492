"""Say the sentences of pages, in English or Chinese.

``catalogue/`` has them by key. Those whose key the app's catalogue has too are the app's own, word
for word, so that a page and the app say the same; a test holds them together.
"""

from __future__ import annotations

import json
import math
import re
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, reduce
from importlib.resources import files
from typing import Any

from asknext.evaluation.texts import words

CATALOGUE = files(__package__) / "catalogue"
NUMBER = r"[-+]?(?:\d[\d.,]*(?:e[-+]?\d+)?|inf|nan)"
ANY = ("a", "b", "c", "rest")  # places of any words; all others hold numbers


class Speech:
    """Say a key of the catalogue, or of `texts.words`, in the language of `lang`.

    ``{name}`` is replaced by a value, numbers in groups of three; where `count` is given,
    ``key.one`` or ``key.other`` is looked up.

    >>> say = Speech("en")
    >>> say("evidence.random-so-far", count=1200, least=10)
    'Questions drawn at random: 1,200 of 10 answered'
    >>> say("found.since", count=1), Speech("zh")("stop")
    ('1 answer has come since.', '停止')
    """

    def __init__(self, lang: str = "en") -> None:
        self.lang = "zh" if lang[:2].lower() == "zh" else "en"
        self.texts = {**words(self.lang), **catalogue(self.lang)}

    def __call__(self, key: str, **values: Any) -> str:
        """Say a key with its values."""
        form = f"{key}.one" if values.get("count") == 1 else f"{key}.other"
        text = self.texts.get(form) or self.texts[key]
        return re.sub(r"\{(\w+)\}", lambda place: _shown(values[place[1]]), text)

    def joined(self, *sentences: str) -> str:
        """Return the sentences that there are as one, with a space between where there is one.

        >>> Speech("zh").joined("一。", "", "二。")
        '一。二。'
        """
        found = [sentence for sentence in sentences if sentence]
        return reduce(lambda a, b: self("said.joined", first=a, second=b), found) if found else ""

    def has(self, key: str) -> bool:
        """Say whether there is such a key."""
        return key in self.texts

    def said(self, sentence: str) -> str:
        """Say a reason of the loop in the reader's language; as it is where it is not known.

        >>> Speech("zh").said("12 of 50 answers are used.")
        '已使用 12 / 50 个回答。'
        """
        return self._understood(sentence) or sentence

    def _understood(self, sentence: str) -> str | None:
        return self._each(sentence) or self._one(sentence)

    def _each(self, text: str) -> str | None:
        """Say several sentences, as of rules that were combined."""
        ends = re.split(r"(?<=\.) (?=[A-Z\d])", text)
        if len(ends) == 1:
            return None
        parts = [self._understood(end) for end in ends]
        return None if None in parts else self.joined(*filter(None, parts))

    def _one(self, sentence: str) -> str | None:
        for key, pattern in patterns():
            found = pattern.fullmatch(sentence)
            if found is None:
                continue
            values = found.groupdict()
            if values.get("rest"):
                values["rest"] = self._understood(values["rest"])
            if values.get("rest", "") is not None:
                return self(f"said.{key}", **values)
        return None


@cache
def catalogue(lang: str) -> dict[str, str]:
    """Return the sentences of a language by key."""
    found: dict[str, str] = json.loads((CATALOGUE / f"{lang}.json").read_text(encoding="utf-8"))
    return found


@cache
def patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Return what the loop says, each with the key that says the same to the reader."""
    pairs = json.loads((CATALOGUE / "sentences.json").read_text(encoding="utf-8"))
    return [(key, _pattern(sentence)) for key, sentence in pairs]


def _pattern(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", sentence)
    for i, part in enumerate(parts):
        place = f"(?P<{part}>{'.*' if part in ANY else NUMBER})"
        parts[i] = place if i % 2 else re.escape(part)
    return re.compile("".join(parts), re.DOTALL)


def _shown(value: Any) -> str:
    return number(value) if isinstance(value, int | float) else str(value)


def number(value: float) -> str:
    """Show a whole number, the nearest one, halves upwards.

    >>> number(1234.5), number(-20)
    ('1,235', '-20')
    """
    return f"{math.floor(value + 0.5):,}"


def percent(share: float) -> str:
    """Show a share in whole percents, as the app does: halves away from 0.

    >>> percent(0.625), percent(0.9949)
    ('63%', '99%')
    """
    return f"{_points(share, '1')}%"


def fine_percent(share: float) -> str:
    """Show a share with a digit after the point where it is not 0.

    >>> fine_percent(0.0344), fine_percent(0.5)
    ('3.4%', '50%')
    """
    return f"{_points(share, '0.1')}%".replace(".0%", "%")


def signed_percent(share: float) -> str:
    """Show a difference of shares with its sign.

    >>> signed_percent(0.0344), signed_percent(-0.1), signed_percent(0.0001)
    ('+3.4%', '-10%', '0%')
    """
    shown = fine_percent(abs(share))
    return shown if shown == "0%" else f"{'-' if share < 0 else '+'}{shown}"


def _points(share: float, step: str) -> Decimal:
    return (Decimal(share) * 100).quantize(Decimal(step), ROUND_HALF_UP)


def span(found: Any) -> dict[str, str]:
    """Show an estimate and its limits in whole percents.

    >>> span({"estimate": 0.8, "low": 0.7, "high": 0.9, "n": 5})
    {'estimate': '80%', 'low': '70%', 'high': '90%'}
    """
    return {name: percent(found[name]) for name in ("estimate", "low", "high")}
