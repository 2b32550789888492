"""Growth: every strategy of ours alone, at several sizes of the pool."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from . import data, fresh, tables
from .jobs import OURS

Cell = dict[str, Any]


def measure(
    names: Sequence[str], sizes: Sequence[int], k: int, labelled: int, limits: fresh.Limits
) -> Iterator[tuple[str, list[Cell]]]:
    """Yield each strategy with what it took at each size; nothing larger after an error."""
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / str(n) for n in sizes]
        for folder, n in zip(folders, sizes, strict=True):
            data.make(folder, n, labelled)
        for strategy in names:
            cells: list[Cell] = []
            for folder in folders:
                cells.append(fresh.run(strategy, OURS, folder, k, 0, limits))
                if "error" in cells[-1]:
                    break
            yield strategy, cells


def head(sizes: Sequence[int]) -> str:
    """Write the head of the table."""
    columns = [f"{n:,}: CPU-s, extra MiB" for n in sizes]
    titles = ["strategy", *columns, *[f"× from {n:,}" for n in sizes[:-1]]]
    return f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}"


def line(strategy: str, cells: Sequence[Cell], sizes: Sequence[int]) -> str:
    """Write one row: what each size took, and how many times more than the size before."""
    shown = [_cell(cell) for cell in cells] + [""] * (len(sizes) - len(cells))
    grown = [
        f"{cells[i + 1]['cpu_s'] / max(cells[i]['cpu_s'], 1e-6):.3g}"
        if i + 1 < len(cells) and "cpu_s" in cells[i + 1]
        else ""
        for i in range(len(sizes) - 1)
    ]
    return f"| `{strategy}` | {' | '.join([*shown, *grown])} |".replace("  ", " ")


def _cell(cell: Cell) -> str:
    if "error" in cell:
        return str(cell["error"]).replace("|", "/")
    return f"{tables.short(cell['cpu_s'])}, {cell['extra_mib']:,.0f}"
