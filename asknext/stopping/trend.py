"""Trend: how fast the quality still rises, as measured and as is usual, with an interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, log2

import numpy as np
import numpy.typing as npt

from asknext.core.protocols import Moment

MEASURED = 20  # random answers that a point needs
POINTS = 4  # that a line needs
BACK = 4.0  # two doublings of the answers: older points say little of the slope now
SPREAD = 1.5  # the answers must have grown by as much
MOST = 40  # points in the fit
SHARED = 0.5  # correlation of two measurements on the same answers; see `trend`
WIDTH = 2 * 1.959964  # of a 95 % interval, in standard errors
USUAL, USUAL_SPREAD = 0.2, 0.15  # share of the errors that twice the answers take away
TRUST = 10.0  # answers that the model's own expectation counts as
HALF = 0.5  # of an error, and of a right answer (Jeffreys): twenty right of twenty are not all

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trend:
    """Be a line through the quality over log2 of the answers, at `answers`.

    `rise` is the gain in quality for each doubling, `error` its standard error.
    """

    answers: int
    rise: float
    error: float
    points: int

    def gain(self, ahead: int, level: float) -> tuple[float, float, float]:
        """Return the expected gain of `ahead` more answers with its interval at `level`."""
        from scipy.special import ndtri

        share = log2((self.answers + ahead) / self.answers)
        half = float(ndtri(0.5 + level / 2)) * self.error * share
        gain = self.rise * share
        return gain, gain - half, gain + half


def trend(history: Sequence[Moment]) -> Trend | None:
    """Fit the line by generalised least squares; None while there is too little to fit.

    Used are points on 20 random answers at least, from a quarter of today's answers on. Two
    measurements share answers, so their errors go together: with n ≤ m answers the correlation
    is taken as √(n/m) / 2. For one and the same model it is √(n/m); half of it leaves the band
    wider than it need be where two models mostly make the same mistakes. A rise comes from answers
    that turned right, and how many of n do so is chance, too: as of paired shares its variance is
    at least the rise / n, which is added.

    Quality against log answers bends downwards in the end, so the line does not promise less
    than is to be expected.
    """
    from scipy.optimize import curve_fit

    points = _recent(history)
    if len(points) < POINTS or points[-1].answers < SPREAD * points[0].answers:
        return None
    x = np.log2([float(moment.answers) for moment in points])
    y = np.array([moment.estimate for moment in points])
    found, spread = curve_fit(_line, x, y, sigma=_covariance(points), absolute_sigma=True)
    rise, span = float(found[1]), float(x[-1] - x[0])
    error = float(np.sqrt(spread[1, 1] + abs(rise) / (span * points[-1].n)))
    return Trend(points[-1].answers, rise, error, len(points))


def expected(history: Sequence[Moment]) -> Trend | None:
    """Join the measured line with what is usual; None while nothing says how good the model is.

    Twice the answers usually take away a fifth of the errors that are left (standard deviation
    15 %). That belief and the measured line are joined by what they are sure of, so it decides at
    the beginning and the measurements later on. How many errors there are is measured; where the
    model gives the share that it expects to be right about, that counts as ten answers, and
    without it twenty random answers are waited for, and half an error more is counted.

    Source: docs/decisions/0024 has the curves that the usual share was read off; the joining is
    conjugate normal.
    """
    last = history[-1] if history else Moment(0)
    errors = _errors(last)
    if errors is None or last.answers < 1:
        return None
    rise, error = USUAL * errors, max(USUAL_SPREAD * errors, 1e-6)
    line = trend(history)
    if line is None:
        return Trend(last.answers, rise, error, 0)
    usual, measured = error**-2, line.error**-2
    joined = (usual * rise + measured * line.rise) / (usual + measured)
    return Trend(last.answers, joined, (usual + measured) ** -0.5, line.points)


def _errors(moment: Moment) -> float | None:
    """Return the share of errors at a moment; None where too little speaks of it."""
    n = 0 if isnan(moment.estimate) else moment.n
    found = n * (1.0 - moment.estimate) if n else 0.0
    if isnan(moment.confidence):
        return (found + HALF) / (n + 1.0) if n >= MEASURED else None
    return (found + TRUST * (1.0 - moment.confidence)) / (n + TRUST)


def _line(x: Floats, start: float, rise: float) -> Floats:
    return start + rise * x


def _recent(history: Sequence[Moment]) -> list[Moment]:
    """Return the points to fit by their answers, the newest of each; thinned to `MOST`."""
    newest = {
        moment.answers: moment
        for moment in history
        if moment.n >= MEASURED and moment.answers > 0 and not isnan(moment.estimate)
    }
    last = max(newest, default=0)
    points = [newest[answers] for answers in sorted(newest) if BACK * answers >= last]
    if len(points) <= MOST:
        return points
    return [points[i] for i in np.linspace(0, len(points) - 1, MOST).round().astype(int)]


def _covariance(points: Sequence[Moment]) -> Floats:
    errors = np.array([max((m.high - m.low) / WIDTH, 1e-4) for m in points])
    n = np.array([float(m.n) for m in points])
    together = SHARED * np.sqrt(np.minimum.outer(n, n) / np.maximum.outer(n, n))
    np.fill_diagonal(together, 1.0)
    return np.asarray(together * np.outer(errors, errors))
