"""Reward: how good an answer is, read from the middle and the last layer of an encoder.

Imported only where torch, transformers and safetensors are there.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from transformers.modeling_outputs import SequenceClassifierOutput

from asknext.core.batch import Batch, FloatArray
from asknext.core.tasks import Preference
from asknext.encoders.classifier import unit_mean
from asknext.encoders.rows import Row
from asknext.models.bradley_terry import BradleyTerry
from asknext.models.deep.on_body import OnBody, read_rows

WEIGHTS = "reward.safetensors"


class Reward(OnBody):
    """Give a reward for each text: linear in the unit means of its last and its middle layer.

    What tells answers apart is often on the surface (length, form), and a sentence encoder was
    made to forget that by its last layer; docs/decisions/0023-rewards.md has the figures.
    """

    def __init__(self, body: Any) -> None:
        super().__init__(body)
        self.layer = int(body.config.num_hidden_layers) // 2
        self.gain = torch.nn.Linear(2 * int(body.config.hidden_size), 1, bias=False)
        self.known = False

    def features(self, **inputs: Any) -> Any:
        """Return (texts, 2 · hidden), both blocks at unit length."""
        hidden = self.body(**inputs, output_hidden_states=True).hidden_states
        mask = inputs["attention_mask"]
        return torch.cat([unit_mean(hidden[layer], mask) for layer in (-1, self.layer)], dim=1)

    def forward(self, **inputs: Any) -> Any:
        """Return logits (texts, 1)."""
        return SequenceClassifierOutput(logits=self.gain(self.features(**inputs)))

    def read(self, folder: Path) -> None:
        """Read the weights on top, where the folder has any; then it is `known` what is better."""
        self.known = (folder / WEIGHTS).exists()
        if self.known:
            self.gain.load_state_dict(load_file(str(folder / WEIGHTS)))

    def save_pretrained(self, folder: str) -> None:
        """Write the body, and the weights on top beside it."""
        self.body.save_pretrained(folder)
        weight = self.gain.weight.detach().cpu().contiguous()
        save_file({"weight": weight}, str(Path(folder) / WEIGHTS))


def aim(module: Reward, rows: Sequence[Row], labels: Sequence[str], padding: int) -> None:
    """Start from the reward that is learnt from these pairs without touching the encoder.

    Source: Kumar et al. 2022, Fine-Tuning can Distort Pretrained Features (ICLR), section 3.4.
    """
    first, second = _features(module, rows, padding)
    vectors = np.concatenate([np.zeros_like(first), first, second], axis=1)
    learnt = BradleyTerry(Preference()).fit(Batch(len(rows), vectors=vectors), labels, seed=0)
    with torch.no_grad():
        weight = torch.from_numpy(learnt.posterior.mean[None]).to(module.gain.weight)
        module.gain.weight.copy_(weight)


def _features(module: Reward, rows: Sequence[Row], padding: int) -> FloatArray:
    """Return (2, rows, columns) of the two texts of each row."""
    found = np.zeros((2, len(rows), module.gain.in_features), np.float32)
    for batch, both in read_rows(module, module.features, rows, padding):
        found[:, batch] = both.reshape(2, len(batch), -1)
    return found
