"""Time the MiniLM encoder against the default encode of sentence-transformers.

    python benchmarks/bench_encode.py [--texts 400] [--repeats 3] [--threads 2] [--json]

Both run on the same texts in the same process, in turns. Shown are sentences a second, by wall
clock and by processor time, the ratio of the two (the target is for processors that multiply
bf16 in hardware; `precision` says which format was used), and the lowest cosine of our sentence
vectors to those of the library in fp32.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from asknext.core.examples import text_example
from asknext.encoders.minilm import MiniLM
from asknext.encoders.precision import PRECISIONS, fastest_precision

SETS = ("trec6", "ag_news_small")
TARGET, COSINE = 1.7, 0.999


def read_texts(folder: Path, name: str, count: int) -> list[str]:
    """Read the first texts of a data set's training part."""
    import pyarrow.parquet as parquet

    column = parquet.read_table(folder / name / "train.parquet", columns=["text"])["text"]
    return [str(text) for text in column.to_pylist()[:count]]


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return wall seconds, processor seconds, and what the work returned."""
    wall, processor = time.perf_counter(), time.process_time()
    result = work()
    return time.perf_counter() - wall, time.process_time() - processor, result


def compare(encoder: MiniLM, library: Any, texts: list[str], repeats: int) -> Row:
    """Run both in turns; the best of each counts."""
    examples = [text_example(text) for text in texts]
    ours, theirs = [], []
    encoder.encode(examples[:8])
    library.encode(texts[:8], show_progress_bar=False)
    for _ in range(repeats):
        theirs.append(timed(lambda: library.encode(texts, show_progress_bar=False)))
        ours.append(timed(lambda: encoder.encode(examples)))
    width = encoder.sentence_dim
    cosine = (ours[-1][2][:, :width] * theirs[-1][2]).sum(axis=1)
    best = [[min(run[i] for run in runs) for i in (0, 1)] for runs in (ours, theirs)]
    return Row(len(texts), *best[0], *best[1], float(cosine.min()))


class Row(NamedTuple):
    """Be the times of one data set, in seconds, and the lowest cosine."""

    texts: int
    wall: float
    processor: float
    their_wall: float
    their_processor: float
    cosine: float

    def facts(self) -> dict[str, Any]:
        """Return what is printed."""
        ratio = self.their_wall / self.wall
        return {
            "texts": self.texts,
            "ours": round(self.texts / self.wall, 1),
            "theirs": round(self.texts / self.their_wall, 1),
            "ratio": round(ratio, 2),
            "ratio_processor": round(self.their_processor / self.processor, 2),
            "lowest_cosine": round(self.cosine, 5),
            "target": TARGET,
            "met": ratio >= TARGET and self.cosine >= COSINE,
        }


def together(rows: list[Row]) -> Row:
    """Add the times of the data sets up; the lowest cosine of all counts."""
    sums = [sum(column) for column in zip(*(row[:5] for row in rows), strict=True)]
    return Row(int(sums[0]), *sums[1:], min(row.cosine for row in rows))


def main() -> None:
    """Run and print one JSON object per data set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=400)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", choices=PRECISIONS, default=fastest_precision())
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=os.environ.get("ASKNEXT_DATA") or default)
    parser.add_argument("--json", action="store_true", help="print the last line only")
    given = parser.parse_args()

    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(given.threads)
    encoder = MiniLM(precision=given.precision)
    library = SentenceTransformer(str(encoder.folder), device="cpu")
    rows = {}
    for name in SETS:
        texts = read_texts(Path(given.data), name, given.texts)
        rows[name] = compare(encoder, library, texts, given.repeats)
    rows["all"] = together(list(rows.values()))
    for name, row in rows.items():
        if name == "all" or not given.json:
            facts = {"set": name, "precision": given.precision, "threads": given.threads}
            print(json.dumps({**facts, **row.facts()}), flush=True)


if __name__ == "__main__":
    main()
