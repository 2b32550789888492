"""Tuning: what a project may say about how its language model is fine-tuned."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from asknext.core.errors import InvalidInput

HOWS = ("full", "lora", "head", "contrastive")
PRECISIONS = ("bf16", "fp32")
WEIGHTINGS = ("equal", "balanced")
AVERAGES = ("last", "tail")
EMBEDDINGS = ("frozen", "learnt")
PAIRS = ("together", "apart")

ENOUGH = 6000  # texts seen in a training; below, few labels are seen too few times to be learnt
MOST_EPOCHS = 20
FEWEST_EPOCHS = 3
TRIAL = {"effort": 0.5}  # settings of a training that is only judged: a collapse shows as well
UPDATES = 100  # a handful of labels makes few updates an epoch: go on until there are this many


@dataclass(frozen=True, slots=True)
class Tuning:
    """Hold the settings of a fine-tuning. None means "chosen by what is at hand".

    Args:
        base: ``minilm``, a model's folder, a name on the Hugging Face hub, or the folder of a
            model that asknext trained (a head for the same labels is kept).
        revision: the hub's commit; the one found is recorded.
        how: ``full`` (all weights), ``lora`` (low-rank adapters), ``head`` (encoder frozen) or
            ``contrastive`` (pairs of texts first, then the head; classification).
        policy: what is taken over from the model before: ``scratch``, ``continue``,
            ``adapters`` or ``replay:<k>``; see `asknext.models.deep.policies`.
        embeddings: whether the table of word pieces, half of a small model's weights, is learnt
            with the rest where `how` is ``full``, or ``frozen``. For encoders.
        pairs: whether two texts (``text``, ``text_pair``) are read ``together``, or ``apart``: then
            a number is learnt from how alike their vectors are. The loop chooses ``apart`` for
            numbers where the project's encoder compares two texts.
        epochs: passes over the labels; None for `epochs_for`.
        effort: share of these epochs that is gone through, one at least; below 1 for a quick try.
        batch: texts in one update (together with `accumulate`, which multiplies it).
        learning_rate: of the encoder; None by its width and `how`.
        head_rate: of the new layers on top; None for 20 times that of the encoder.
        max_tokens: where texts are cut (tagging: where windows end); None for the model's limit.
        hold_back: share of the labels kept aside to stop in time and to calibrate; None for a
            tenth from 2,000 labels on (models that write: 500; numbers: a fifth from 20 on).
        patience: epochs without progress on the part held back after which training stops.
        class_weights: ``equal``, or ``balanced`` so that each class counts the same.
        precision: ``bf16`` or ``fp32``; None for the faster one here.
        accumulate: batches that make one update; raise it where memory is short.
        seeds: models trained from different seeds; more than one make an ensemble.
        average: ``last`` weights, or the mean over the ``tail`` of the training.
        rank: of the LoRA matrices.
        dropout_samples: passes with dropout that make a committee; 0 for none.
        deterministic: refuse operations whose result depends on timing (slower on GPUs).
        time_limit: seconds; then the best weights so far are kept.
        memory_limit: GiB; beyond it training ends with an error that says what to choose.
    """

    base: str = "minilm"
    revision: str | None = None
    how: str = "full"
    embeddings: str = "frozen"
    pairs: str = "together"
    policy: str = "scratch"
    epochs: int | None = None
    effort: float = 1.0
    batch: int = 16
    learning_rate: float | None = None
    head_rate: float | None = None
    max_tokens: int | None = None
    hold_back: float | None = None
    patience: int = 5
    class_weights: str = "equal"
    precision: str | None = None
    accumulate: int = 1
    seeds: int = 1
    average: str = "last"
    rank: int = 8
    dropout_samples: int = 0
    deterministic: bool = False
    time_limit: float | None = None
    memory_limit: float | None = None

    def __post_init__(self) -> None:
        _among("how", self.how, HOWS)
        _among("class_weights", self.class_weights, WEIGHTINGS)
        _among("average", self.average, AVERAGES)
        _among("embeddings", self.embeddings, EMBEDDINGS)
        _among("pairs", self.pairs, PAIRS)
        if self.precision is not None:
            _among("precision", self.precision, PRECISIONS)
        for name in ("batch", "accumulate", "seeds", "rank", "patience", "epochs", "max_tokens"):
            _at_least(name, getattr(self, name), 1)
        _at_least("dropout_samples", self.dropout_samples, 0)
        for name in ("effort", "learning_rate", "head_rate", "time_limit", "memory_limit"):
            given = getattr(self, name)
            if given is not None and not given > 0:
                raise InvalidInput(f"{name} must be above 0; given: {given!r}")
        if self.hold_back is not None and not 0 <= self.hold_back < 1:
            raise InvalidInput(f"hold_back must lie in [0, 1); given: {self.hold_back!r}")

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Self:
        """Read settings by name; raises InvalidInput naming those there are."""
        known = [field.name for field in fields(cls)]
        unknown = sorted(set(settings) - set(known))
        if unknown:
            raise InvalidInput(
                f"a fine-tuned model has no setting {', '.join(unknown)}; it has: "
                f"{', '.join(known)}"
            )
        return cls(**settings)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self)


def epochs_for(labels: int, batch: int) -> int:
    """Return how often to go through so many labels where nothing else is said.

    Few labels need many passes: 6,000 texts are seen, in 3 to 20 epochs, and there are at least
    100 updates.

    Source: Mosbach et al. 2021, On the Stability of Fine-tuning BERT (ICLR), and Margatina et
    al. 2022, BALM (ACL): too few updates, not too few labels, is what fails; numbers are ours.

    >>> [epochs_for(n, 16) for n in (8, 100, 1000, 10_000)]
    [100, 20, 6, 3]
    """
    passes = min(MOST_EPOCHS, max(FEWEST_EPOCHS, math.ceil(ENOUGH / labels)))
    return max(passes, math.ceil(UPDATES / math.ceil(labels / batch)))


def _among(name: str, given: str, allowed: tuple[str, ...]) -> None:
    if given not in allowed:
        raise InvalidInput(f"{name} {given!r} is not known; allowed: {', '.join(allowed)}")


def _at_least(name: str, given: int | None, least: int) -> None:
    if given is not None and not (isinstance(given, int) and given >= least):
        raise InvalidInput(f"{name} must be a whole number from {least} on; given: {given!r}")
