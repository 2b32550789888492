"""Docs that lie fail here: links, commands, options, registered names."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from asknext.cli.app import COMMANDS
from asknext.core import registry

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("doc", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(doc: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", doc.read_text(encoding="utf-8")):
        if not target.startswith(("http", "mailto")):
            assert (doc.parent / target).exists(), target


@pytest.mark.parametrize("doc", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_and_options_in_the_docs_exist(doc: Path) -> None:
    for block in SHELL.findall(doc.read_text(encoding="utf-8")):
        for line in block.splitlines():
            call = re.search(r"(?:^|\| )asknext ([a-z]+)([^|#>]*)", line)
            if not call:
                continue
            name, rest = call.groups()
            assert name in COMMANDS, line
            known = help_of(name)
            for option in re.findall(r"(--[a-z-]+)", rest):
                assert option in known, line


_help: dict[str, str] = {}


def help_of(name: str) -> str:
    if name not in _help:
        command = [sys.executable, "-m", "asknext", name, "--help"]
        out = subprocess.run(command, capture_output=True, text=True, check=True)
        _help[name] = out.stdout
    return _help[name]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_with_examples(name: str) -> None:
    assert "Examples:" in help_of(name)
    assert f"asknext {name}" in help_of(name)


def test_every_command_is_in_the_docs() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    for name in COMMANDS:
        assert f"asknext {name}" in text


def test_every_strategy_has_a_row_in_its_table() -> None:
    table = (ROOT / "docs" / "strategies.md").read_text(encoding="utf-8")
    for name in registry.BUILT_IN["strategy"]:
        assert f"`{name}`" in table


def test_make_commands_stand_at_the_top_of_both_readmes() -> None:
    for name in ("README.md", "README.zh.md"):
        head = "\n".join((ROOT / name).read_text(encoding="utf-8").splitlines()[:6])
        assert "make demo" in head
        assert "make test" in head


def test_every_dependency_is_explained() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [x for group in project["optional-dependencies"].values() for x in group]
    page = (ROOT / "docs/decisions/0001-dependencies.md").read_text(encoding="utf-8").lower()
    for requirement in [*project["dependencies"], *extras]:
        name = re.split(r"[\[<>=]", requirement)[0].lower()
        if name != "asknext":
            assert name in page, name
