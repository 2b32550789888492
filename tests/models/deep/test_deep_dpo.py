"""DPO: after it, the preferred kind of answer is more probable than before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from asknext.core.errors import InvalidInput
from asknext.core.examples import Example
from asknext.models.deep.dpo import Dpo, tune_preferences
from asknext.models.deep.progress import Cancelled, TrainStep
from asknext.models.deep.writing.forms import Decoder
from asknext.models.deep.writing.pen import Pen
from asknext.models.deep.writing.prompts import ChatPrompts
from tests.models.deep.conftest import need, small_llama

pytestmark = pytest.mark.slow
need("torch", "hf")
need("trl", "gen")

ASKED = ["red", "blue", "green", "white", "black", "pink", "grey", "brown"]
GOOD, BAD = "yes of course", "no never"


def pairs() -> tuple[list[Example], list[str]]:
    examples, labels = [], []
    for i, colour in enumerate(ASKED):
        a, b = (GOOD, BAD) if i % 2 else (BAD, GOOD)
        examples.append(Example(id=colour, fields={"text": f"is it {colour}?", "a": a, "b": b}))
        labels.append("a" if i % 2 else "b")
    return [*examples, *examples[:2]], [*labels, "tie", "bad"]


def margin(folder: Path) -> float:
    """Return how much more probable the good answer is, in nats, on average."""
    from asknext.models.deep.base import load_module, load_tokenizer

    tokenizer = load_tokenizer(folder)
    module = load_module(folder, Decoder.auto)
    pen = Pen(Decoder(), module, ChatPrompts(tokenizer, 64), 20, "fp32")
    sources = [f"is it {colour}?" for colour in ASKED]
    good, bad = (
        [log.sum() for log, _ in pen.score(sources, [text] * len(sources))] for text in (GOOD, BAD)
    )
    return float(np.mean(good) - np.mean(bad))


@pytest.mark.parametrize("how", ["full", "lora"])
def test_the_preferred_answer_gains(how: str, tmp_path: Path) -> None:
    texts = [f"is it {colour}?" for colour in ASKED] + [GOOD, BAD]
    base = small_llama(tmp_path / "base", texts)
    examples, labels = pairs()
    settings = Dpo(str(base), how=how, epochs=6, batch=4, learning_rate=2e-3, max_tokens=64)
    seen: list[TrainStep] = []
    facts = tune_preferences(
        examples,
        labels,
        tmp_path / "tuned",
        settings=settings,
        seed=1,
        on_step=lambda step: seen.append(step) is None,
    )
    assert facts["labels"] == len(ASKED)
    assert facts["steps"] == len(seen) == 12
    assert facts["loss"][-1] < 0.9 * facts["loss"][0]
    assert facts["accuracy"] > 0.9
    assert margin(tmp_path / "tuned") > margin(base) + 1


def test_cancelling_and_nothing_to_learn(tmp_path: Path) -> None:
    base = small_llama(tmp_path / "base", [GOOD, BAD])
    examples, labels = pairs()
    settings = Dpo(str(base), epochs=1, batch=4, max_tokens=64)
    with pytest.raises(Cancelled):
        tune_preferences(
            examples,
            labels,
            tmp_path / "tuned",
            settings=settings,
            seed=1,
            on_step=lambda _: False,
        )
    with pytest.raises(InvalidInput, match="preferred"):
        tune_preferences(
            examples[:2], ["tie", "bad"], tmp_path / "tuned", settings=settings, seed=1
        )
    assert not (tmp_path / "tuned").exists()
