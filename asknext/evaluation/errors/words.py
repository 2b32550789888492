"""Words of a text, in any script: what slices are named by and differences are shown in."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

# A run of letters without blanks between words: Chinese, Japanese, Thai and their kin.
_UNSPACED = r"\u0e00-\u0eff\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+|\s+|[^\w\s]")
_RUN = re.compile(rf"[{_UNSPACED}]+|[^\W\d_{_UNSPACED}]{{2,}}")
_IS_UNSPACED = re.compile(rf"[{_UNSPACED}]")


def tokens(text: str) -> list[str]:
    """Cut a text into words, single characters of unspaced scripts, blanks and signs.

    >>> tokens("Room 12, 很好")
    ['Room', ' ', '12', ',', ' ', '很', '好']
    """
    return _TOKEN.findall(text)


def keywords(text: str) -> set[str]:
    """Return the words of a text in small letters; of unspaced scripts pairs of characters.

    >>> sorted(keywords("The room 房间很好")) == sorted(["the", "room", "房间", "间很", "很好"])
    True
    """
    found: set[str] = set()
    for run in _RUN.findall(text.casefold()):
        if _IS_UNSPACED.match(run):
            found.update(run[i : i + 2] for i in range(max(len(run) - 1, 1)))
        else:
            found.add(run)
    return found


def script(text: str) -> str:
    """Return the script that most letters of a text are written in, empty where it has none.

    >>> script("plain"), script("房间很好"), script("Привет"), script("12!")
    ('latin', 'cjk', 'cyrillic', '')
    """
    names = Counter(unicodedata.name(c, "?").split()[0] for c in text[:400] if c.isalpha())
    return names.most_common(1)[0][0].lower() if names else ""


Masks = dict[str, npt.NDArray[np.bool_]]


def common(
    texts: Sequence[str], least: int, most: int, parts: Callable[[str], set[str]] = keywords
) -> Masks:
    """Mask (n,) for each word that at least `least` and at most half of the texts hold.

    The `most` most frequent ones are kept; which ones does not depend on any error.
    """
    held = [parts(text) for text in texts]
    counts = Counter(word for words in held for word in words)
    fit = [(n, word) for word, n in counts.items() if least <= n <= len(texts) / 2]
    chosen = sorted(fit, key=lambda pair: (-pair[0], pair[1]))[:most]
    return {word: np.array([word in words for words in held]) for _, word in chosen}
