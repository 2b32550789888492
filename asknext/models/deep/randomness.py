"""Give libraries that draw from global generators a seed of their own, and take it back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from asknext.core.imports import require


@contextmanager
def own_randomness(seed: int) -> Iterator[None]:
    """Seed torch, numpy and random for the time inside; afterwards they are as they were.

    The Trainer and weight initialisation draw from these and take no generator.
    """
    torch = require("torch", extra="hf", purpose="a fine-tuned model")
    states = random.getstate(), np.random.get_state()
    devices = range(torch.cuda.device_count())
    with torch.random.fork_rng(devices=devices):
        random.seed(seed)
        np.random.seed(seed % 2**32)
        torch.manual_seed(seed)
        try:
            yield
        finally:
            random.setstate(states[0])
            np.random.set_state(states[1])
