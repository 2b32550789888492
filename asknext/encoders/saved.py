"""The small file that says which encoder a folder holds."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from asknext.core.errors import InvalidInput

SETTINGS = "encoder.json"


def write_settings(folder: Path, settings: Mapping[str, Any]) -> None:
    """Write the settings, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f"{SETTINGS}.tmp"
    text = json.dumps(settings, indent=2, ensure_ascii=False)
    draft.write_text(text + "\n", encoding="utf-8")
    os.replace(draft, folder / SETTINGS)


def read_settings(folder: Path) -> dict[str, Any]:
    """Read the settings; raises InvalidInput where they are absent or broken."""
    path = folder / SETTINGS
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInput(
            f"{path} cannot be read as an encoder ({error}); remove {folder} to make it again"
        ) from error
    if not isinstance(settings, dict) or "encoder" not in settings:
        raise InvalidInput(f"{path} names no encoder; remove {folder} to make it again")
    return settings
