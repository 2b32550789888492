"""Next-word entropy and instruction-following difficulty."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest

from asknext.core.batch import Ragged
from asknext.core.errors import InvalidInput
from asknext.core.seeds import generator
from asknext.core.view import View
from asknext.strategies.generation.likelihood import (
    GenerationEntropy,
    InstructionDifficulty,
)


@pytest.mark.parametrize("seed", range(4))
def test_entropy_is_the_mean_over_the_words(seed, assert_ranked):
    rng = generator(seed)
    runs = [rng.integers(0, 9, rng.integers(5)) / 4 for _ in range(25)]
    slow = [sum(run) / len(run) if len(run) else 0.0 for run in runs]
    view = View(range(25), arrays={"token_entropy": Ragged.of(runs)})
    assert_ranked(GenerationEntropy(), view, slow, seed=seed)


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        ([np.array([1.0]), np.array([0.5, np.nan])], "token_entropy holds NaN .* for 1"),
        ([np.array([1.0]), np.array([-0.5])], "one number of 0 or more for each token"),
        ([np.ones((1, 2)), np.ones((1, 2))], "one number of 0 or more for each token"),
    ],
)
def test_unusable_entropies_are_refused(runs, message):
    view = View(range(2), arrays={"token_entropy": Ragged.of(runs)})
    with pytest.raises(InvalidInput, match=message):
        GenerationEntropy().select(view, 1, generator(0))


def losses(given, alone):
    arrays = {"conditioned_loss": np.array(given), "unconditioned_loss": np.array(alone)}
    return View(range(len(given)), arrays=arrays)


@pytest.mark.parametrize("seed", range(4))
def test_difficulty_is_the_ratio_of_the_perplexities(seed, assert_ranked):
    rng = generator(seed)
    given, alone = rng.integers(0, 12, 30) / 4, rng.integers(4, 16, 30) / 4
    ratio = [exp(a) / exp(b) for a, b in zip(given.tolist(), alone.tolist(), strict=True)]
    slow = [r if r <= 1 else 0.0 for r in ratio]
    assert_ranked(InstructionDifficulty(), losses(given, alone), slow, seed=seed)


def test_what_the_prompt_does_not_help_comes_last():
    view = losses([1.0, 2.0, 3.0, 0.5, 900.0], [2.0, 2.5, 2.0, 0.5, 0.0])
    picks = InstructionDifficulty().select(view, 5, generator(0))
    assert picks.ids[:3] == [3, 1, 0]
    assert picks.picks[2].reason == "the prompt makes the answer only 63% less surprising"
    assert picks.picks[3].reason == "prompt and answer do not seem to belong together"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("column", [0, 1])
def test_losses_must_be_finite(bad, column):
    given = [[1.0, 1.0], [2.0, 2.0]]
    given[column][1] = bad
    with pytest.raises(InvalidInput, match="ifd cannot score 1 of 2 candidates, the first is 1"):
        InstructionDifficulty().select(losses(*given), 1, generator(0))
