"""The strategy shown in the docs: one short file, found through an entry point, that conforms."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
USE = """
import numpy as np
import asknext
from asknext.core import registry
from asknext.testing.strategies import check_strategy

proba = np.array([[0.5, 0.1, 0.4], [0.9, 0.06, 0.04], [0.4, 0.3, 0.3]])
assert "second_guess" in registry.names("strategy")
print(asknext.select("second_guess", 2, ids=["a", "b", "c"], proba=proba).ids)
check_strategy(registry.get("strategy", "second_guess")())
"""


def shown() -> str:
    """The code block of the docs page that defines a strategy."""
    page = (ROOT / "docs" / "strategies.md").read_text(encoding="utf-8")
    (code,) = re.findall(
        r"^```python\n(# second_guess\.py\n.*?)^```$", page, re.MULTILINE | re.DOTALL
    )
    return str(code)


def test_the_example_is_at_most_thirty_lines():
    assert len(shown().splitlines()) <= 30


def test_the_example_is_found_through_its_entry_point_and_conforms(tmp_path):
    page = (ROOT / "docs" / "strategies.md").read_text(encoding="utf-8")
    (entry,) = re.findall(r'^second_guess = "(second_guess:\w+)"$', page, re.MULTILINE)
    (tmp_path / "second_guess.py").write_text(shown(), encoding="utf-8")
    about = tmp_path / "second_guess-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: second-guess\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[asknext.strategy]\nsecond_guess = {entry}\n")
    done = subprocess.run(
        [sys.executable, "-c", USE],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "['a', 'c']"
