"""The code of the guide's pages on fine-tuning runs as it stands there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.models.deep.conftest import need, small_bert, small_llama, small_t5

pytestmark = pytest.mark.slow
need("torch", "hf")

PAGES = sorted((Path(__file__).resolve().parents[3] / "docs" / "models").glob("*.md"))
CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)
BASES: dict[str, Callable[[Path, list[str]], Path]] = {
    "my-bert": small_bert,
    "my-llama": small_llama,
    "my-t5": small_t5,
}


@pytest.mark.parametrize("doc", PAGES, ids=lambda doc: doc.stem)
def test_pages_run(
    doc: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = doc.read_text(encoding="utf-8")
    if "my-llama" in text:
        pytest.importorskip("trl", reason="needs the extra 'gen'")
    monkeypatch.chdir(tmp_path)
    blocks = CODE.findall(text)
    assert blocks
    for name, make in BASES.items():
        if name in text:
            make(tmp_path / name, blocks)
    known: dict[str, Any] = {}
    capsys.readouterr()
    for block in blocks:
        exec(compile(block, str(doc), "exec"), known)
    assert capsys.readouterr().out.strip()
