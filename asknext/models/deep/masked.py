"""Masked: whether an encoder can also guess words, and how surprised it is by a text."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from asknext.core.batch import FloatArray
from asknext.core.examples import Example
from asknext.core.protocols import Encoder

TOKENS = 64  # of each text; ALPS looks at the beginnings, too

Surprise = Callable[[Sequence[Example]], FloatArray]


def surprise_of(encoder: Encoder) -> Surprise | None:
    """Return what gives the masked-LM loss (n, 64) at the tokens of texts, None where it cannot.

    It can where the encoder's files hold a masked language model, as those of BERT do.
    """
    folder = getattr(encoder, "folder", None)
    config = None if folder is None else Path(folder) / "config.json"
    if config is None or not config.is_file():
        return None
    names = json.loads(config.read_text(encoding="utf-8")).get("architectures") or ()
    if not any(str(name).endswith("ForMaskedLM") for name in names):
        return None
    from asknext.models.deep.tapt import surprisal  # brings what trains, which few projects need

    return partial(surprisal, Path(str(folder)), tokens=TOKENS)
