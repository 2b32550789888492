"""The page of strategies and stop rules lists each of them, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from asknext.core import registry
from asknext.strategies.build import build

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("kind", ["strategy", "stop_rule"])
def test_page_has_one_row_each(kind):
    page = (ROOT / "docs" / "strategies.md").read_text(encoding="utf-8")
    rows = re.findall(rf"^<!-- {kind} -->$(.*?)^$", page, re.MULTILINE | re.DOTALL)
    named = re.findall(r"^\| `([\w-]+)` \|", rows[0], re.MULTILINE)
    assert named == sorted(named)
    assert named == registry.names(kind)


@pytest.mark.parametrize("name", registry.names("strategy"))
def test_page_states_what_each_needs(name):
    page = (ROOT / "docs" / "strategies.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| `{name}` |"))
    needs = row.split("|")[3]
    assert set(re.findall(r"`(\w+)`", needs)) == registry.get("strategy", name).needs


def test_each_wrapper_shows_how_it_is_written():
    page = (ROOT / "docs" / "strategies.md").read_text(encoding="utf-8")
    rows = re.findall(r"^<!-- wrapper -->$(.*?)^$", page, re.MULTILINE | re.DOTALL)[0]
    shown = re.findall(r"^\| `(\w+)` \|.*\| `([^`]+)` \|$", rows, re.MULTILINE)
    assert [name for name, _ in shown] == registry.names("wrapper")
    for name, spec in shown:
        assert type(build(spec)) is registry.get("wrapper", name)
