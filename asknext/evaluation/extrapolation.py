"""Extrapolation: where a learning curve leads, with a band that says how little is known.

Quality rises as an inverse power of the number of answers towards a ceiling. The curve is fitted
to the scores of the same examples at several numbers of answers; the band comes from drawing
these examples anew. What they do not settle, the ceiling above all, is left to a wide belief that
is drawn anew as well, so that a short curve has a wide band.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from asknext.core.batch import FloatArray
from asknext.core.errors import InvalidInput

DRAWS = 80
LEVEL = 0.9
DRAWN_LEVEL = (
    0.95  # of the draws: with 30 items, 90 % of them covered the truth three times in four
)
LEAST_ERROR = 0.01  # a point may lie off the law by a point, however many answers it rests on
RATE, RATE_SPREAD = math.log(0.5), 0.3
CEILING_SPREAD = 1.0
DROP_SPREAD = 1.5


class Law(NamedTuple):
    """Be quality(n) = ceiling - drop × n^-rate."""

    ceiling: float
    drop: float
    rate: float

    def at(self, answers: float) -> float:
        """Return the quality at so many answers.

        >>> round(Law(0.9, 2.0, 0.5).at(100), 3)
        0.7
        """
        low: float = self.drop * answers**-self.rate
        return self.ceiling - low

    def reach(self, quality: float) -> float:
        """Return the answers at which this quality is reached, infinite where it never is.

        >>> round(Law(0.9, 2.0, 0.5).reach(0.8)), Law(0.9, 2.0, 0.5).reach(0.9)
        (400, inf)
        """
        gap = self.ceiling - quality
        if gap <= 0.0:
            return math.inf
        return math.exp(min((math.log(self.drop) - math.log(gap)) / self.rate, 700.0))


class Points(NamedTuple):
    """Be a measured curve: numbers of answers (k,), quality (k,), and its standard error (k,)."""

    sizes: FloatArray
    quality: FloatArray
    error: FloatArray


class Belief(NamedTuple):
    """Be what is held likely before looking: the logit of the ceiling, and the log of the rate."""

    ceiling: float
    rate: float


def belief(best: float) -> Belief:
    """Return the middle of what is held likely where the best quality so far is this.

    The ceiling lies as likely as not more than a third of the way from there to 1; the rate of
    most learning curves is about one half.

    Source: Viering and Loog 2023 (2103.10948), section 4 (power laws and their rates).
    """
    near = min(max(best, 0.02), 0.98)
    return Belief(_logit(near + (1.0 - near) / 3), RATE)


def drawn_belief(best: float, rng: np.random.Generator) -> Belief:
    """Draw a belief, as wide as it is held."""
    middle = belief(best)
    return Belief(
        middle.ceiling + CEILING_SPREAD * float(rng.standard_normal()),
        middle.rate + RATE_SPREAD * float(rng.standard_normal()),
    )


def _logit(share: float) -> float:
    return math.log(share / (1.0 - share))


def fit(curves: Sequence[Points], held: Belief) -> list[Law]:
    """Fit one law to each curve by weighted least squares; they share a ceiling.

    Curves of one trainer on one pool meet when all of it is labelled, however it was asked.

    Source: Cortes et al. 1993 (inverse power laws); Figueroa et al. 2012 (weighted fit). The
    belief enters as residuals of its own.
    """
    from scipy.optimize import least_squares

    last = max(float(points.sizes.max()) for points in curves)
    start = np.array([held.ceiling, *[math.log(0.1), held.rate] * len(curves)])
    found = least_squares(
        _residuals, start, args=(curves, last, held), method="lm", max_nfev=60 * len(start)
    ).x
    ceiling = 1.0 / (1.0 + math.exp(-found[0]))
    laws = []
    for drop, rate in found[1:].reshape(-1, 2):
        power = math.exp(min(max(rate, -3.0), 1.5))
        laws.append(Law(ceiling, math.exp(min(drop + power * math.log(last), 600.0)), power))
    return laws


def _residuals(
    theta: FloatArray, curves: Sequence[Points], last: float, held: Belief
) -> FloatArray:
    ceiling = 1.0 / (1.0 + math.exp(-max(min(float(theta[0]), 30.0), -30.0)))
    parts = [np.array([(theta[0] - held.ceiling) / CEILING_SPREAD])]
    for (drop, rate), points in zip(theta[1:].reshape(-1, 2), curves, strict=True):
        power = math.exp(min(max(float(rate), -3.0), 1.5))
        fall = np.exp(np.minimum(drop - power * np.log(points.sizes / last), 50.0))
        parts.append((points.quality - ceiling + fall) / points.error)
        own = [(rate - held.rate) / RATE_SPREAD, (drop - math.log(0.1)) / DROP_SPREAD]
        parts.append(np.array(own))
    return np.concatenate(parts)


def redrawn(scores: FloatArray, rng: np.random.Generator, draws: int) -> FloatArray:
    """Return the mean (draws, k) over the items of scores (k, items), drawn with random weights.

    All points of a curve, and all curves, keep the same weights in a draw: what makes them vary
    together is kept. Half an item that is always right and half a one that never is are drawn
    with them: thirty items of which all were right do not stand for a share of one.

    Source: Rubin 1981 (Bayesian bootstrap); Brown, Cai and DasGupta 2001 (Jeffreys' prior).
    """
    weights = rng.standard_exponential((draws, scores.shape[1]))
    right, wrong = rng.standard_gamma(0.5, (2, draws, 1))
    total = weights.sum(axis=1, keepdims=True) + right + wrong
    return np.asarray((weights @ scores.T + right) / total)


def errors_of(drawn: FloatArray) -> FloatArray:
    """Return the standard error of each point over draws, never less than a point of quality."""
    return np.asarray(np.hypot(drawn.std(axis=0), LEAST_ERROR))


def laws(
    sizes: Sequence[float], scores: FloatArray, rng: np.random.Generator, draws: int = DRAWS
) -> list[Law]:
    """Fit a law to the scores (k, items), once as they are and then `draws` times drawn anew.

    Raises:
        InvalidInput: fewer than three points, or a score missing.
    """
    x = np.asarray(sizes, np.float64)
    if len(x) < 3 or scores.shape[0] != len(x) or not np.isfinite(scores).all():
        raise InvalidInput(
            f"a curve takes three points at least, each with all its scores; given: {len(x)} "
            f"sizes, scores {scores.shape}"
        )
    drawn = redrawn(scores, rng, draws)
    error = errors_of(drawn)
    mean = scores.mean(axis=1)
    found = fit([Points(x, mean, error)], belief(float(mean[-1])))
    for one in drawn:
        found += fit([Points(x, one, error)], drawn_belief(float(one[-1]), rng))
    return found


def foresee(
    sizes: Sequence[float],
    scores: FloatArray,
    targets: Sequence[float],
    *,
    now: int,
    most: int,
    rng: np.random.Generator,
    draws: int = DRAWS,
) -> dict[str, Any]:
    """Say where the curve leads: a 90 % band, and how many more answers reach each target.

    Args:
        sizes: numbers of answers (k,), increasing, three at least.
        scores: how right each item was at each of them (k, items).
        targets: qualities to reach.
        now: answers there are.
        most: answers there can be: the size of the pool.

    ``more`` is the middle of what the draws say, None where most of them never get there with
    the texts there are; ``high`` is None where one in forty does not.
    """
    found = laws(sizes, scores, rng, draws)
    ahead = [n for n in (now, 1.25 * now, 1.5 * now, 2 * now, 3 * now) if n <= most]
    return {
        "level": LEVEL,
        "ceiling": _span([law.ceiling for law in found[1:]]),
        "band": [{"answers": round(n), **_span([law.at(n) for law in found[1:]])} for n in ahead],
        "targets": [_target(found[1:], target, now, most) for target in targets],
    }


def _span(values: Sequence[float]) -> dict[str, float]:
    low, middle, high = np.quantile(values, [0.5 - DRAWN_LEVEL / 2, 0.5, 0.5 + DRAWN_LEVEL / 2])
    return {"estimate": float(middle), "low": float(low), "high": float(high)}


def _target(found: Sequence[Law], target: float, now: int, most: int) -> dict[str, Any]:
    reached = np.sort([law.reach(target) for law in found])
    ends = [0.5 - DRAWN_LEVEL / 2, 0.5, 0.5 + DRAWN_LEVEL / 2]
    low, middle, high = np.quantile(reached, ends, method="inverted_cdf")
    shown = (None if n > most else max(math.ceil(n) - now, 0) for n in (low, middle, high))
    return {"target": target, **dict(zip(("low", "more", "high"), shown, strict=True))}
