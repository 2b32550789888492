"""The one place where random generators are made.

A generator is derived from what it is for, never kept: the same project seed and the same role
give the same numbers in any process, after any crash.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np


def _digest(parts: tuple[object, ...]) -> int:
    text = "\x1f".join(map(str, parts)).encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "little")


def generator(seed: int, *role: object) -> np.random.Generator:
    """Make the generator of a role, e.g. ``generator(7, "select", 12)``.

    >>> a, b = generator(7, "select", 12), generator(7, "select", 12)
    >>> bool((a.random(3) == b.random(3)).all())
    True
    >>> bool((generator(7, "select", 13).random(3) == a.random(3)).any())
    False
    """
    return np.random.default_rng(_digest((seed, *role)))


def unit(seed: int, *role: object) -> float:
    """Map a role to a fixed number in [0, 1), uniform over roles.

    >>> 0.0 <= unit(7, "control", "example-1") < 1.0
    True
    """
    return _digest((seed, *role)) / 2.0**64
