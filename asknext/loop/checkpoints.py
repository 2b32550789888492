"""Checkpoints: when quality is measured, and the event that each measurement leaves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from asknext.core.batch import IntArray
from asknext.core.events import CHECKED, MEASURED, Draft
from asknext.core.predictions import Prediction
from asknext.loop import gauging, measuring
from asknext.loop.learner import Labelled
from asknext.loop.live import Live
from asknext.loop.measuring import Quality
from asknext.loop.selftraining import check, due
from asknext.loop.teaching import WHO

STOP_SET = 2000  # unlabelled examples on which two models are compared

Qualities = tuple[Quality | None, Quality | None]
"""On the control arm and on the test set."""


class Checkpoints:
    """Measure one project and remember what the last model said about the stop set."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._compared: Prediction | None = None
        self._compared_rows: IntArray = np.empty(0, np.int64)

    def pass_by(self, labelled: Labelled) -> None:
        """Calibrate, measure and keep the figures where the next checkpoint has been reached."""
        measured = self._live.state.measured
        last = int(measured[-1]["answers"]) if measured else 0
        if len(labelled.rows) >= next_checkpoint(last):
            self._anew(labelled)

    def start_over(self, labelled: Labelled) -> None:
        """Calibrate and measure at once: another deep model's vectors serve from now on."""
        self._anew(labelled)

    def _anew(self, labelled: Labelled) -> None:
        self._check(labelled)
        self._calibrate(labelled)
        self._record(labelled, self._qualities(labelled))

    def _check(self, labelled: Labelled) -> None:
        """Ask whether self-training helps; where the answer is new the next fit goes by it."""
        live = self._live
        if live.space is None or live.serving.model is None:
            return
        if not due(live.state.checked, live.run, len(labelled.rows)):
            return
        found = check(live, live.space, labelled)
        if found is not None:
            live.append(Draft(kind=CHECKED, at=live.clock(), who=WHO, data=found))

    def measure(self, labelled: Labelled) -> Quality | None:
        """Measure now, keep and return the figure; None, and nothing kept, without one."""
        control, test = self._qualities(labelled)
        if control is not None or test is not None:
            self._record(labelled, (control, test))
        return test or control

    def _calibrate(self, labelled: Labelled) -> None:
        live = self._live
        model = live.serving.model
        if model is None or live.space is None:
            return
        better = live.learner.calibrated(model, live.space, labelled)
        calibration = getattr(better, "calibration", None)
        if calibration is not None:
            live.serving = replace(live.serving, temperature=calibration.temperature)

    def _qualities(self, labelled: Labelled) -> Qualities:
        live = self._live
        model = live.serving.model
        if model is None or live.space is None:
            return None, None
        shown = live.serving.calibrated
        known = [id for id in live.control_ids() if live.space.has(live.pool.row_of[id])]
        control = measuring.cross_fitted(live.learner, live.space, labelled, known, shown)
        rows, gold = live.test_rows()
        test = measuring.on_test(live.task, model, live.space, rows, gold, shown)
        return control, test

    def _record(self, labelled: Labelled, qualities: Qualities) -> None:
        live = self._live
        control, test = qualities
        data = {
            "answers": len(labelled.rows),
            "model": live.serving.version,
            "minutes": live.state.seconds / 60.0,
            "given": gauging.given(live),
            **self._of_stop_set(),
            **gauging.search(live),
            "seen": self._seen(labelled),
            **({} if control is None else _numbers(control)),
            "test": None if test is None else test.to_json(),
        }
        live.append(Draft(kind=MEASURED, at=live.clock(), data=data))

    def _of_stop_set(self) -> dict[str, float | None]:
        """Compare this model with the last one, remember what it says, and how sure it is."""
        task = self._live.task
        rows, now = self._stop_set_prediction()
        # While vectors are still coming in the set grows; only like is compared with like.
        last = self._compared if np.array_equal(rows, self._compared_rows) else None
        self._compared_rows, self._compared = rows, now
        shown = None if now is None else self._live.serving.calibrated(now)
        found = {
            "agreement": measuring.agreement(task, last, now),
            "change": gauging.predicted_change(task, last, now),
            "uncertainty": gauging.uncertainty(task, shown),
            "confidence": gauging.confidence(task, shown),
        }
        return {name: None if np.isnan(value) else value for name, value in found.items()}

    def _seen(self, labelled: Labelled) -> dict[str, list[int]]:
        live = self._live
        if live.space is None or not gauging.wants(live.settings.stop, "recall"):
            return {}
        return gauging.seen(live.learner, live.space, labelled)

    def _stop_set_prediction(self) -> tuple[IntArray, Prediction | None]:
        live = self._live
        model = live.serving.model
        if model is None or live.space is None:
            return np.empty(0, np.int64), None
        rows = live.scored()
        rows = np.sort(rows[np.argsort(live.pool.draw[rows])[:STOP_SET]])
        return rows, model.predict(live.space.batch(rows))


def _numbers(quality: Quality) -> dict[str, Any]:
    return {
        "metric": quality.metric,
        "estimate": quality.estimate,
        "low": quality.low,
        "high": quality.high,
        "n": quality.n,
        "trust": quality.trust,
    }


def next_checkpoint(answers: int) -> int:
    """Return the number of answers at which to measure next: every 10, later every 5 %.

    >>> [next_checkpoint(n) for n in (0, 9, 10, 199, 1000)]
    [10, 10, 20, 200, 1050]
    """
    step = max(10, answers // 20)
    return (answers // step + 1) * step


class Unmeasured(Checkpoints):
    """Pass every checkpoint by; a figure is taken only where somebody asks for it."""

    def pass_by(self, labelled: Labelled) -> None:
        """Do nothing."""

    def start_over(self, labelled: Labelled) -> None:
        """Do nothing."""
