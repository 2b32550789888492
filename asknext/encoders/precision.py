"""Which number format to compute in: what was asked for, else what the processor is fast in."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from asknext.core.errors import InvalidInput

PRECISIONS = ("bf16", "fp32")
VARIABLE = "ASKNEXT_PRECISION"  # of the environment: for figures of several machines, fp32
_FAST_BF16 = frozenset({"avx512_bf16", "amx_bf16"})


@cache
def fastest_precision(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Return ``bf16`` where the processor multiplies it in hardware, else ``fp32``.

    Without that hardware bf16 is emulated and several times slower than fp32, so anything that
    cannot be read (another operating system, a sandbox) counts as ``fp32``.

    >>> fastest_precision(Path("/no/such/file"))
    'fp32'
    """
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "fp32"
    flags = next((line for line in text.splitlines() if line.startswith("flags")), "")
    return "bf16" if _FAST_BF16 & set(flags.split()) else "fp32"


def checked_precision(given: str | None) -> str:
    """Return the given precision; where it is None that of `ASKNEXT_PRECISION`, else the fastest.

    >>> checked_precision("int8")
    Traceback (most recent call last):
    asknext.core.errors.InvalidInput: precision 'int8' is not known; allowed: bf16, fp32
    """
    given = given or os.environ.get(VARIABLE) or fastest_precision()
    if given not in PRECISIONS:
        raise InvalidInput(f"precision {given!r} is not known; allowed: {', '.join(PRECISIONS)}")
    return given
