"""Tuned: vectors of a model that was fine-tuned, for the head that learns at once."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Self

import numpy as np

from asknext.core.batch import FloatArray, Tokens
from asknext.core.errors import InvalidInput
from asknext.core.examples import Example
from asknext.core.protocols import Progress
from asknext.encoders import marked
from asknext.encoders.classifier import HEADLESS
from asknext.encoders.files import folder_digest
from asknext.encoders.precision import checked_precision
from asknext.encoders.saved import read_settings, write_settings

if TYPE_CHECKING:
    from asknext.encoders.tuned_forward import TunedForward

CHUNK = 2048  # texts sorted by length together
VERSION = "2"


class Tuned:
    """Encode with a folder that ``AutoModelForSequenceClassification`` (or Token…) reads.

    The first columns are the unit mean of the last layer's tokens, the rest, at unit length too,
    is what the linear classifier on top reads: a linear head on them starts where the training
    ended. A model that gives rewards has the unit mean of the inner layer that it read there. One
    that was tuned to compare texts has no such columns and is for the encoder ``siamese``
    (`compares`). Two texts (``text``, ``text_pair``) are read
    together. Tokens are words, each with its last layer and how it is written, which a model
    without capital letters cannot see: with the last layer of bare word pieces the spans of
    wnut17 fell from 0.54 to 0.40 at 100 labels, with both they rise to 0.55. Long texts are read
    in windows.

    Args:
        source: the folder.
        precision: ``bf16``, ``fp32``, or None for the fastest here.

    Raises:
        InvalidInput: the folder holds no such model, or no safetensors.
    """

    name = "tuned"

    def __init__(self, source: str | Path, *, precision: str | None = None) -> None:
        self.folder = Path(source).expanduser().resolve()
        self.precision = checked_precision(precision)
        facts = _facts(self.folder)
        self.max_tokens = facts["max_tokens"]
        self.sentence_dim = facts["hidden"]
        self.token_dim = marked.width(facts["hidden"])
        self.dim = facts["hidden"] + facts["features"]
        self.headless = bool(facts["headless"])
        self.compares = self.headless and not facts["features"]
        parts = json.dumps([VERSION, self.precision, self.max_tokens]).encode()
        digest = blake2b(parts, digest_size=4).hexdigest()
        self.revision = f"{folder_digest(self.folder)}-{digest}"
        self._forward: TunedForward | None = None
        self._lock = Lock()

    def encode(self, examples: Sequence[Example], progress: Progress | None = None) -> FloatArray:
        """Return (n, dim) float32 in the order given; empty and over-long texts are allowed."""
        found = np.zeros((len(examples), self.dim), np.float32)
        for start in range(0, len(examples), CHUNK):
            part = examples[start : start + CHUNK]
            found[start : start + CHUNK] = self._loaded().vectors(part)
            if progress is not None:
                progress(start + len(part), len(examples))
        return found

    def encode_tokens(
        self, examples: Sequence[Example], progress: Progress | None = None
    ) -> Tokens:
        """Return the words of n texts with vectors (words, token_dim) float16."""
        places = marked.places_of(examples)
        vectors: list[FloatArray] = []
        for start in range(0, len(examples), CHUNK):
            part = slice(start, start + CHUNK)
            vectors += self._loaded().words(examples[part], places[part])
            if progress is not None:
                progress(len(vectors), len(examples))
        return marked.tokens_of(examples, places, vectors, self.sentence_dim)

    def _loaded(self) -> TunedForward:
        with self._lock:
            if self._forward is None:
                from asknext.encoders.tuned_forward import TunedForward

                self._forward = TunedForward(self.folder, self.max_tokens, self.precision)
            return self._forward

    def save(self, folder: Path) -> None:
        """Write ``encoder.json``; the weights stay where they are, found from here too."""
        settings = {
            "encoder": self.name,
            "revision": self.revision,
            "source": str(self.folder),
            "beside": os.path.relpath(self.folder, folder.resolve()),
            "precision": self.precision,
        }
        write_settings(folder, settings)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Make the encoder again, also where the whole home has moved.

        Raises:
            InvalidInput: its weights are gone, or others by now.
        """
        settings = read_settings(folder)
        beside = folder.resolve() / settings["beside"]
        source = beside if (beside / "config.json").exists() else Path(settings["source"])
        encoder = cls(source, precision=settings["precision"])
        if encoder.revision != settings["revision"]:
            raise InvalidInput(
                f"the model in {source} has revision {encoder.revision}, {folder} was made with "
                f"{settings['revision']}: its vectors would differ. Train again, or roll back."
            )
        return encoder


def _facts(folder: Path) -> dict[str, int]:
    """Return the widths without loading weights: they stand in the header of the file."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        ours = json.loads((folder / "asknext.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInput(
            f"{folder} holds no model that asknext has trained ({error}); give the folder of a "
            "finished training"
        ) from error
    hidden = int(config.get("hidden_size") or config.get("dim") or config.get("d_model") or 0)
    headless = ours.get("auto") == HEADLESS
    read = hidden if ours.get("layer") is not None else 0  # an inner layer, beside the last
    features = read if headless else int(ours.get("features") or 0)
    if not hidden or not (features or headless):
        raise InvalidInput(f"{folder} has no classifier to take vectors from; train one first")
    return {
        "hidden": hidden,
        "features": features,
        "max_tokens": int(ours["max_tokens"]),
        "headless": headless,
    }
