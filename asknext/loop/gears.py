"""Gears: the move from the vectors a project began with to a model fine-tuned on its answers.

A frozen encoder serves from the first answer on; where its vectors do not fit the task (kinds of
questions are not topics) no number of answers makes up for that. So a project tries a fine-tuned
model beside it, first at `FIRST` labels and again whenever their number has doubled, and changes
only where crossing its labels shows that it is better (see `deep.splitting`). What is chosen
here is written into the project's settings, where everybody can read and change it.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from asknext.core.settings import AUTO, Settings
from asknext.loop.deep.plan import BETTER

FIRST = 30
DOUBLED = 2.0
HOW = {"classification": "contrastive", "multi_label": "full"}
"""How each task that has a gear is learnt: pairs say most about few labels, but need one class."""

FIXED = frozenset({"auto", "tfidf", "words"})
"""Encoders that have no weights to tune."""

WRAPPED = ("siamese:", "paired:", "tuned:")
NEEDED = ("torch", "transformers", "accelerate", "safetensors")


def gear_of(settings: Settings) -> dict[str, Any]:
    """Return the `deep` settings of a project that changes gear by itself; empty for none.

    Nothing is chosen where somebody has chosen a deep model or wants none, for other tasks than
    those with one or several labels, for encoders without weights to tune or with two texts, and
    where the libraries that train are missing.

    >>> settings = Settings("p", {"kind": "classification", "labels": ["a", "b"]})
    >>> gear_of(settings.changed(encoder="tfidf")), gear_of(settings.changed(gear="off"))
    ({}, {})
    """
    tunable = settings.encoder not in FIXED and not settings.encoder.startswith(WRAPPED)
    wanted = settings.gear == AUTO and not settings.deep and settings.task["kind"] in HOW
    if not (wanted and tunable) or any(find_spec(module) is None for module in NEEDED):
        return {}
    return gear_on(settings.encoder, settings.task["kind"])


def gear_on(base: str, kind: str) -> dict[str, Any]:
    """Return the `deep` settings that try a model fine-tuned from `base` as labels come in.

    In full, too: half-trained it would have to be clearly better than it is.
    """
    often = {"first": FIRST, "every": FIRST, "growth": DOUBLED}
    return {"base": base, **often, "judge": BETTER, "how": HOW[kind], "effort": 1.0}
