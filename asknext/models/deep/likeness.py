"""Likeness: one network reads two texts, each by itself, and says how alike they are.

Imported only where torch and transformers are there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers.modeling_outputs import SequenceClassifierOutput

from asknext.core.batch import FloatArray
from asknext.core.errors import Unsupported
from asknext.encoders.classifier import unit_mean
from asknext.encoders.rows import Row
from asknext.models.deep.on_body import OnBody, read_rows

KEPT = "likeness"  # where config.json says how a cosine becomes the number
LEAST = 1.0  # deviations of the labels for a step of 1 in the cosine: a flat line teaches nothing
PARTS = "sentence_transformers"


class Likeness(OnBody):
    """Give a number for each pair: scale · cosine + shift of the two texts' unit mean vectors.

    Of a batch the first half are the first texts, the second half the second ones. The body is
    what is saved: a folder that `AutoModel` reads, and sentence-transformers too.

    Source: Reimers & Gurevych 2019, Sentence-BERT (EMNLP), section 3.1; there the scale is fixed.
    """

    compares = True  # the halves of a batch, so several GPUs must not divide it

    def __init__(self, body: Any) -> None:
        if getattr(body.config, "is_encoder_decoder", False):
            raise Unsupported(
                f"{type(body).__name__} cannot read two texts apart, as it is no encoder alone; "
                'set pairs to "together", or choose another base'
            )
        super().__init__(body)
        self.number = torch.nn.Linear(1, 1)
        known = getattr(body.config, KEPT, None) or {"scale": 1.0, "shift": 0.0}
        self.set(known["scale"], known["shift"])

    def set(self, scale: float, shift: float) -> None:
        """Say how a cosine becomes the number."""
        with torch.no_grad():
            self.number.weight.fill_(scale)
            self.number.bias.fill_(shift)

    def forward(self, **inputs: Any) -> Any:
        """Return logits (pairs, 1) of 2 · pairs texts."""
        return SequenceClassifierOutput(logits=self.number(self.cosines(**inputs)[:, None]))

    def cosines(self, **inputs: Any) -> Any:
        """Return how alike (pairs,) the two texts of each pair are."""
        hidden = self.body(**inputs).last_hidden_state
        first, second = unit_mean(hidden, inputs["attention_mask"]).chunk(2)
        return (first * second).sum(1)

    def save_pretrained(self, folder: str) -> None:
        """Write the body, how the number is made, and what sentence-transformers wants to know."""
        scale, shift = self.number.weight.item(), self.number.bias.item()
        setattr(self.config, KEPT, {"scale": scale, "shift": shift})
        self.body.save_pretrained(folder)
        _write_parts(Path(folder), int(self.config.hidden_size))


def aim(module: Likeness, rows: Sequence[Row], targets: FloatArray, padding: int) -> None:
    """Start from the straight line of least squares through the cosines of the body and n targets.

    So numbers that fall with likeness are learnt as such. Where it is nearly flat it is made
    steeper: the network could not learn through it.
    """
    cosines = _cosines(module, rows, padding)
    spread = float(cosines.var())
    slope = float(((cosines - cosines.mean()) * (targets - targets.mean())).mean())
    slope = slope / spread if spread > 1e-12 else 0.0
    if abs(slope) < LEAST:
        slope = -LEAST if slope < 0 else LEAST
    module.set(slope, float(targets.mean() - slope * cosines.mean()))


def _cosines(module: Likeness, rows: Sequence[Row], padding: int) -> FloatArray:
    found = np.zeros(len(rows))
    for batch, made in read_rows(module, module.cosines, rows, padding):
        found[batch] = made
    return found


def _write_parts(folder: Path, width: int) -> None:
    modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    about = [
        {"idx": i, "name": str(i), "path": path, "type": f"{PARTS}.models.{kind}"}
        for i, (path, kind) in enumerate(modules)
    ]
    pooling = {"word_embedding_dimension": width, "pooling_mode_mean_tokens": True}
    for path, _ in modules[1:]:
        (folder / path).mkdir(exist_ok=True)
    for name, found in (("modules.json", about), ("1_Pooling/config.json", pooling)):
        (folder / name).write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
