"""The teaching example runs and shows what it says: asking beats drawing at random."""

import runpy
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "minimal_loop.py"


@pytest.mark.slow
def test_margin_ends_above_chance() -> None:
    parts = runpy.run_path(str(SCRIPT))
    _, chance = parts["run"](parts["by_chance"], budget=160)
    _, margin = parts["run"](parts["by_margin"], budget=160)
    assert margin > chance
