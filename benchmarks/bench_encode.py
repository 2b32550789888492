"""Time the MiniLM encoder against the default encode of sentence-transformers.

    python benchmarks/bench_encode.py [--texts 400] [--repeats 3] [--threads 2] [--data FOLDER]

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
from typing import Any

import numpy as np

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


def compare(encoder: MiniLM, library: Any, texts: list[str], repeats: int) -> dict[str, Any]:
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
    return {
        "texts": len(texts),
        "ours a second": round(len(texts) / best[0][0], 1),
        "theirs a second": round(len(texts) / best[1][0], 1),
        "ratio wall": round(best[1][0] / best[0][0], 2),
        "ratio processor": round(best[1][1] / best[0][1], 2),
        "lowest cosine": float(np.round(cosine.min(), 5)),
    }


def main() -> None:
    """Run and print one JSON object per data set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=400)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", choices=PRECISIONS, default=fastest_precision())
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=os.environ.get("ASKNEXT_DATA") or default)
    given = parser.parse_args()

    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(given.threads)
    encoder = MiniLM(precision=given.precision)
    library = SentenceTransformer(str(encoder.folder), device="cpu")
    for name in SETS:
        texts = read_texts(Path(given.data), name, given.texts)
        found = compare(encoder, library, texts, given.repeats)
        met = found["ratio wall"] >= TARGET and found["lowest cosine"] >= COSINE
        facts = {"set": name, "precision": given.precision, "threads": given.threads}
        print(json.dumps({**facts, **found, "target": TARGET, "met": met}), flush=True)


if __name__ == "__main__":
    main()
