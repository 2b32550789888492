"""HuggingFace: any transformer encoder, by name or by folder."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from asknext.encoders.files import folder_digest, locate, read_facts
from asknext.encoders.transformer import Transformer


def _slug(source: str) -> str:
    name = re.sub(r"[^A-Za-z0-9]+", "-", source.rstrip("/").rsplit("/", 1)[-1])
    return name.strip("-").lower()[:40] or "model"


class HuggingFace(Transformer):
    """Encode texts with a transformers or sentence-transformers model.

    Weights come from safetensors only and no code of the model is run. Pooling, length limit
    and default prompt are read from the files of sentence-transformers where there are any,
    else tokens are averaged. The revision digests the files.

    Args:
        source: a folder, or a name such as ``sentence-transformers/all-MiniLM-L12-v2``; the
            cache is tried before the hub.
        layers: see `Transformer`.
        prefix: None takes the model's own default prompt.
        precision: see `Transformer`.
        commit: the hub's revision; None takes the newest, and `save` records which it was.

    Raises:
        NotFound: there is no such model, or it cannot be fetched now.
        Unsupported: the model's sentence vector is made in a way that is not known here.
    """

    name = "huggingface"

    def __init__(
        self,
        source: str,
        layers: Sequence[int] | None = None,
        *,
        prefix: str | None = None,
        precision: str | None = None,
        commit: str | None = None,
    ) -> None:
        folder = locate(source, commit)
        facts = read_facts(folder)
        local = Path(source).expanduser().is_dir()
        self.source = str(folder) if local else source
        self.commit = None if local else folder.name
        super().__init__(
            folder,
            facts,
            identity=f"{_slug(source)}-{folder_digest(folder)}",
            layers=layers,
            prefix=facts.prompt if prefix is None else prefix,
            precision=precision,
        )

    def settings(self) -> dict[str, Any]:
        """Return the settings with the source and the hub's commit."""
        return {"source": self.source, "commit": self.commit, **super().settings()}
