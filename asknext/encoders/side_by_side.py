"""Run batches side by side on a processor: one for each core, one thread in each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from asknext.core.batch import IntArray
from asknext.core.imports import require

Done = TypeVar("Done")


def side_by_side(
    work: Callable[[IntArray], Done], parts: Sequence[IntArray], device: Any
) -> Iterator[Done]:
    """Yield what `work` returns for each part, in order; on a GPU one after the other.

    Two threads inside one product wait for each other after every layer, which took 1.7 times
    the processor time (docs/decisions/0005-encoders.md).
    """
    torch = require("torch", extra="hf", purpose="a transformer encoder")
    threads = torch.get_num_threads()
    if device.type != "cpu" or threads == 1 or len(parts) < 2:
        yield from map(work, parts)
        return
    one_thread = {"initializer": torch.set_num_threads, "initargs": (1,)}
    try:
        with ThreadPoolExecutor(threads, **one_thread) as pool:
            yield from pool.map(work, parts)
    finally:
        torch.set_num_threads(threads)  # part of what was set holds for the process
