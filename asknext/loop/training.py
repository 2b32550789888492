"""Training: the next serving model, and a queue that knows nothing of the control answers.

The strategy asks where nobody has spoken yet. Did it see the answers of the control arm, it
would leave their surroundings alone, and a control answer held out to measure with would be
missed more than any new text would: the measured quality came out too low. So it ranks with a
model of its own, fitted to all labels but those; what people and exports are given has learnt
from all.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from asknext.core.batch import IntArray
from asknext.loop.learner import NOTHING, Labelled, Serving
from asknext.loop.live import Live
from asknext.loop.measuring import places, without
from asknext.loop.space import Space


class Trainer:
    """Make one Serving of a project after the other."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._choosing: Serving = NOTHING

    def train(self, space: Space, candidates: IntArray, pending: Sequence[str]) -> Labelled:
        """Fit, rank and swap; return what has been learnt from."""
        live = self._live
        start = time.perf_counter()
        labelled, seq = live.labelled()
        blind = without(labelled, places(labelled, live.control_ids()))
        with ThreadPoolExecutor(1) as aside:  # two fits at once take hardly longer than one
            informed = None
            if len(blind.rows) < len(labelled.rows):
                informed = aside.submit(live.learner.fit, space, labelled, live.serving.warm(space))
            self._choosing = live.learner.serve(
                space,
                scored=live.scored(),
                candidates=candidates,
                labelled=blind,
                pending=pending,
                previous=self._choosing,
                seq=seq,
            )
            made = self._choosing
            if informed is not None:
                model = informed.result()
                made = replace(made, version=len(labelled.rows), model=model)
        temperature, seconds = live.serving.temperature, time.perf_counter() - start
        live.serving = replace(made, temperature=temperature, seconds=seconds)
        return labelled
