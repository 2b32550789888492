"""Paired: a prompt with two answers, for preferences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.examples import Example
from asknext.core.protocols import Encoder
from asknext.encoders.wrapping import Wrapping


class Paired(Wrapping):
    """Encode the fields ``text``, ``a`` and ``b`` into three blocks of equal width.

    The blocks are all columns of the prompt, of the prompt with answer a, and of the prompt with
    answer b; so the second less the third is what distinguishes the answers, and the first
    columns are the sentence vector of the prompt. An example without answers, a bare text,
    has the same vector three times.
    """

    kind: ClassVar[str] = "paired"
    version: ClassVar[str] = "1"

    @classmethod
    def width(cls, inner: Encoder) -> int:
        """Return three times the columns of the inner encoder."""
        return 3 * inner.dim

    @classmethod
    def parts(cls, example: Example) -> tuple[str, ...]:
        """Return the prompt, and the prompt with each of the answers on a new line."""
        prompt = example.text
        answers = (example.fields.get(name) for name in ("a", "b"))
        return (prompt, *(prompt if said is None else f"{prompt}\n{said}" for said in answers))

    def join(self, parts: Sequence[FloatArray]) -> FloatArray:
        """Return the blocks side by side."""
        return np.concatenate(parts, axis=1)
