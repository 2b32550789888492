"""Write a fitted model's numbers as ``head.npz`` and, readable by people, ``head.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from asknext.core.errors import InvalidInput

VERSION = 1


def write_model(folder: Path, about: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
    """Write facts (JSON) and arrays."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "head.npz").open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    text = json.dumps({"version": VERSION, **about}, ensure_ascii=False, indent=2, allow_nan=False)
    (folder / "head.json").write_text(text + "\n", encoding="utf-8")


def read_model(folder: Path, *names: str) -> tuple[dict[str, Any], list[Any]]:
    """Return the facts and the named arrays; raises InvalidInput for what cannot be read."""
    about = json.loads((folder / "head.json").read_text(encoding="utf-8"))
    if about.get("version") != VERSION:
        raise InvalidInput(
            f"this model has format version {about.get('version')!r}, this asknext reads "
            f"{VERSION}; install the asknext that wrote it, or a newer one"
        )
    with np.load(folder / "head.npz", allow_pickle=False) as found:
        missing = [name for name in names if name not in found.files]
        if missing:
            raise InvalidInput(f"{folder} lacks {', '.join(missing)}; export the model again")
        return about, [found[name] for name in names]
