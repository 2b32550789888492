"""Keep what libraries say on the terminal from those who did not ask."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from asknext.core.imports import require


@contextmanager
def quiet() -> Iterator[None]:
    """Silence progress bars, reports on new weights and advice of transformers and peft."""
    transformers = require("transformers", extra="hf", purpose="a fine-tuned model")
    ours = transformers.utils.logging
    level, bars = ours.get_verbosity(), ours.is_progress_bar_enabled()
    others = [logging.getLogger(name) for name in ("accelerate", "peft", "trl", "torch")]
    before = [logger.level for logger in others]
    ours.set_verbosity_error()
    ours.disable_progress_bar()
    for logger in others:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        ours.set_verbosity(level)
        if bars:
            ours.enable_progress_bar()
        for logger, was in zip(others, before, strict=True):
            logger.setLevel(was)
