"""Tell English from other writing, by scripts and by the commonest words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import islice

SAMPLE = 500  # texts looked at
LETTERS = 400  # characters of each
ENGLISH = 0.8  # share of texts in Latin letters below which an English encoder does harm

# Words that are frequent in one language and rare in the others.
_COMMON = {
    "english": "the of and to is that it you for with are this have not what how my be they from",
    "german": "der und das ist nicht ein eine mit von auf für sich dem wie ich auch einen bei wird",
    "french": "le les des et est un une dans pour que qui pas sur avec sont ce cette vous je nous",
    "spanish": "el los las y es un una por que para con no se del más como pero su está lo",
    "italian": "il di che è un per non sono della con si gli nel ma anche questo più alla ho mi",
    "portuguese": "o os um uma não para com do da em que é se mais como foi ao na você dos",
    "dutch": "het een van en niet dat zijn op met voor er maar ook te aan ik je bij naar deze",
    "swedish": "och att det som en på är av för med den till inte har jag ett om var från vi",
    "polish": "nie się w z na jest to że do jak ale po tak czy przez od tego był już dla",
    "turkish": "ve bir bu da için ile çok ne gibi daha olarak değil var ama kadar sonra ben mi en",
    "indonesian": "yang dan di ini untuk dengan tidak dari dalam akan pada juga saya ada itu ke",
    "vietnamese": "và của là không có một được cho các trong tôi này đã với những người khi để",
}
_WORDS = {language: frozenset(words.split()) for language, words in _COMMON.items()}
_WORD = re.compile(r"[^\W\d_]+")

# A character of these says about as much as a short word, so it counts for several letters.
_DENSE = (
    (0x3040, 0x30FF),
    (0x3400, 0x9FFF),
    (0xAC00, 0xD7AF),
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
_DENSE_WEIGHT = 3


def _script(letter: str) -> str:
    code = ord(letter)
    if code < 0x250 or 0x1E00 <= code < 0x1F00 or 0xFF21 <= code <= 0xFF5A:
        return "latin"
    return "dense" if any(low <= code <= high for low, high in _DENSE) else "other"


def latin_share(text: str) -> float:
    """Return the share of a text's letters that are Latin, 1 where it has no letters.

    >>> latin_share("plain words"), latin_share("房间很好"), latin_share("12!")
    (1.0, 0.0, 1.0)
    """
    counts = Counter(_script(letter) for letter in text if letter.isalpha())
    other = counts["other"] + _DENSE_WEIGHT * counts["dense"]
    total = counts["latin"] + other
    return counts["latin"] / total if total else 1.0


def common_words(texts: Iterable[str]) -> Counter[str]:
    """Count, for each known language, the words that are its commonest."""
    found: Counter[str] = Counter()
    for text in texts:
        for word in _WORD.findall(text.lower()):
            found.update(language for language, words in _WORDS.items() if word in words)
    return found


def english_enough(texts: Iterable[str]) -> bool:
    """Judge a sample: four texts in five in Latin letters, no other language's words in front.

    With three texts in ten Chinese an English encoder was already worse than words and
    characters: 70 % against 78 % right on the bundled messages, all labels given.

    Texts without any of the common words (names, keywords, titles) count as English, because
    nothing speaks against it; so does no text at all.

    >>> english_enough(["How do I reset my password?", "card not working"])
    True
    >>> english_enough(["Wo ist mein Paket? Es ist nicht da.", "Ich warte auf eine Antwort"])
    False
    """
    sample = [text[:LETTERS] for text in islice(texts, SAMPLE)]
    written = [text for text in sample if any(letter.isalpha() for letter in text)]
    if not written:
        return True
    latin = [text for text in written if latin_share(text) > 0.5]
    if len(latin) < ENGLISH * len(written):
        return False
    words = common_words(latin)
    return words["english"] >= max(words.values(), default=0)
