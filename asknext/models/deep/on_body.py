"""OnBody: a module of ours on top of a model of transformers that has no head.

Imported only where torch and transformers are there.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

import torch

from asknext.core.batch import FloatArray, IntArray
from asknext.encoders.batching import batches
from asknext.encoders.rows import Row, inputs_of


class OnBody(torch.nn.Module):  # type: ignore[misc]  # torch is Any here
    """Hold the model below as `body`, and be to a training what a model of transformers is.

    Subclasses add their layer, `forward` and `save_pretrained`.
    """

    base_model_prefix = "body"

    def __init__(self, body: Any) -> None:
        super().__init__()
        self.body = body
        body.config.num_labels = 1

    @property
    def config(self) -> Any:
        """Return the configuration of the body."""
        return self.body.config

    @property
    def base_model(self) -> Any:
        """Return the body."""
        return self.body

    @property
    def saved(self) -> Any:
        """Return the part that a folder holds and others load: the body."""
        return self.body

    def get_input_embeddings(self) -> Any:
        """Return the table of word pieces."""
        return self.body.get_input_embeddings()

    def take_top(self, other: Self) -> None:
        """Take over the weights on top of the body."""
        inside = f"{self.base_model_prefix}."
        top = {n: w for n, w in other.state_dict().items() if not n.startswith(inside)}
        self.load_state_dict(top, strict=False)

    def copied(self) -> Self:
        """Return a module of its own with the same weights and none of the hooks."""
        made = type(self)(type(self.body)(copy.deepcopy(self.body.config)))
        made.load_state_dict(self.state_dict())
        return made.eval()  # type: ignore[no-any-return]


def read_rows(
    module: OnBody, run: Callable[..., Any], rows: Sequence[Row], padding: int
) -> Iterator[tuple[IntArray, FloatArray]]:
    """Yield which rows were read together, and what `run` made of their texts, without dropout."""
    device = next(module.parameters()).device
    module.eval()
    for batch in batches([row.length for row in rows]):
        inputs = inputs_of([rows[i] for i in batch], padding)
        with torch.inference_mode():
            made = run(**{name: one.to(device) for name, one in inputs.items()})
        yield batch, made.float().cpu().numpy()
