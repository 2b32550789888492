"""L-BFGS for smooth, strictly convex functions, from gradients alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Point = npt.NDArray[np.float64]
Gradient = Callable[[Point], Point]

MEMORY = 20  # steps remembered; 10 need up to 1.7 times the evaluations, 30 hardly fewer
SETTLED = 3  # steps after which the estimate of the remaining decrease is worth something
FLAT = 0.5  # a step is taken where the slope along it has fallen to this share
SHORT = 0.9  # … or, before the lowest point of the line, at least below this share
TRIES = 20


@dataclass(frozen=True, slots=True)
class _Step:
    """Be a step taken and the change of the gradient along it."""

    move: Point
    change: Point
    inverse: float  # 1 / <move, change>


@dataclass
class _Line:
    """Hold what is needed to move along one direction."""

    gradient: Gradient
    start: Point
    direction: Point
    slope: float  # below 0


def descend(gradient: Gradient, start: Point, *, tol: float, most: int) -> Point:
    """Return where the function is within about `tol` of its lowest value.

    `gradient` maps a point, an array of any shape, to the gradient there and is called about
    `most` times at most; then the point reached is returned. What is left to gain is estimated
    as ``<g, H g>`` with the inverse Hessian that the steps so far suggest. That has the unit of
    the function, so the rule means the same whatever the scale of the variables.

    No value of the function is needed: on a convex line the sign of the slope says on which side
    of its lowest point one stands, and slopes keep their accuracy in float32 where differences
    between values have lost it.

    Source: Nocedal and Wright 2006, algorithm 7.4; the line search on slopes is ours.

    >>> scale = np.array([1.0, 100.0])
    >>> found = descend(lambda x: scale * (x - 1), np.zeros(2), tol=1e-12, most=100)
    >>> bool(np.allclose(found, 1.0))
    True
    """
    here, slopes, calls = start, gradient(start), 1
    steps: deque[_Step] = deque(maxlen=MEMORY)
    while calls < most:
        direction = _direction(slopes, steps)
        slope = float(np.vdot(slopes, direction))
        settled = len(steps) >= min(SETTLED, here.size) or not slopes.any()
        if (settled and -slope < tol) or slope >= 0.0:
            break
        length, there, tried = _search(_Line(gradient, here, direction, slope))
        calls += tried
        move, change = length * direction, there - slopes
        here, slopes = here + move, there
        product = float(np.vdot(move, change))
        if product > 0.0:
            steps.append(_Step(move, change, 1.0 / product))
    return here


def _direction(slopes: Point, steps: deque[_Step]) -> Point:
    """Return minus the estimated inverse Hessian times the gradient (two-loop recursion)."""
    found = -slopes
    shares = []
    for step in reversed(steps):
        share = step.inverse * float(np.vdot(step.move, found))
        shares.append(share)
        found -= share * step.change
    if steps:
        last = steps[-1]
        found /= last.inverse * float(np.vdot(last.change, last.change))
    else:
        found /= max(float(np.linalg.norm(slopes)), np.finfo(float).tiny)
    for step, share in zip(steps, reversed(shares), strict=True):
        found += (share - step.inverse * float(np.vdot(step.change, found))) * step.move
    return found


def _search(line: _Line) -> tuple[float, Point, int]:
    """Return a step length, the gradient there, and how often the gradient was asked for."""
    length, before, beyond = 1.0, 0.0, float("inf")
    for tried in range(1, TRIES + 1):
        slopes = line.gradient(line.start + length * line.direction)
        slope = float(np.vdot(slopes, line.direction))
        if SHORT * line.slope <= slope <= -FLAT * line.slope or tried == TRIES:
            break
        before, beyond = (before, length) if slope > 0.0 else (length, beyond)
        bend = line.slope - slope  # 0 where the function is straight as far as that
        length = _next_length(length, before, beyond, line.slope / bend if bend else float("inf"))
    return length, slopes, tried


def _next_length(length: float, before: float, beyond: float, factor: float) -> float:
    """Go where a straight line through the two slopes is 0, inside what is known to hold it."""
    aim = length * factor
    if beyond == float("inf"):
        return min(max(aim, 2.0 * length), 10.0 * length) if factor > 0.0 else 10.0 * length
    return aim if before < aim < beyond else 0.5 * (before + beyond)
