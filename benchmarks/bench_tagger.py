"""Measure the tagger that learns at once: python benchmarks/bench_tagger.py FOLDER …

Each folder holds train.parquet and test.parquet with columns ``tokens`` and ``tags`` (BIO, or
plain). Printed are, for each encoder and number of texts, span F1 (mean ± deviation of the seeds)
and the processor time of a cold fit. Tokens are joined by blanks, Chinese ones by nothing.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np

from asknext.core import registry
from asknext.core.batch import Batch, IntArray, Tokens
from asknext.core.examples import Example, text_example
from asknext.core.seeds import generator
from asknext.core.tasks import Tagging
from asknext.data.tokens import spans_of
from asknext.models.linear_tokens import LinearTokens

POOL, TEST, COUNTS = 1500, 800, (100, 300)

Marked = list[tuple[Example, list[dict[str, Any]]]]


def read(path: Path, most: int) -> Marked:
    """Read texts and their spans."""
    from pyarrow import parquet

    found = parquet.read_table(path, columns=["tokens", "tags"]).to_pylist()[:most]
    blank = (
        "" if any("\u4e00" <= c <= "\u9fff" for row in found[:9] for c in row["tokens"][0]) else " "
    )
    return [marked(row["tokens"], row["tags"], blank) for row in found]


def marked(tokens: list[str], tags: list[str], blank: str) -> tuple[Example, list[dict[str, Any]]]:
    """Return one text and its spans."""
    ends = np.cumsum([len(token) + len(blank) for token in tokens])
    places = np.array(
        [(end - len(blank) - len(t), end - len(blank)) for t, end in zip(tokens, ends, strict=True)]
    )
    spans = spans_of(tags, places)
    return text_example(blank.join(tokens)), spans


def f1(found: list[Any], truth: list[Any]) -> float:
    """Return the F1 of exact spans."""
    said, true = (
        [{tuple(span.values()) for span in one} for one in side] for side in (found, truth)
    )
    hits = sum(len(a & b) for a, b in zip(said, true, strict=True))
    return 2 * hits / max(1, sum(map(len, said)) + sum(map(len, true)))


def chosen(tokens: Tokens, rows: IntArray) -> Batch:
    """Wrap the tokens of these texts."""
    part = Tokens(tokens.vectors.take(rows), tokens.places.take(rows))
    return Batch(len(rows), load_tokens=lambda: part)


def measure(train: Marked, test: Marked, encoder: str, seeds: int) -> None:
    """Print a line for each number of texts."""
    made = registry.get("encoder", encoder)()
    if hasattr(made, "fit"):
        made.fit([example for example, _ in train])
    known, asked = (made.encode_tokens([e for e, _ in side]) for side in (train, test))
    labels = sorted(
        {span["label"] for side in (train, test) for _, spans in side for span in spans}
    )
    task = Tagging(tuple(labels))
    everything = chosen(asked, np.arange(len(test)))
    for count in COUNTS:
        scores, seconds = [], []
        for seed in range(seeds):
            rows = generator(seed, "bench").permutation(len(train))[:count]
            start = time.process_time()
            tagger = LinearTokens(task).fit(
                chosen(known, rows), [train[i][1] for i in rows], seed=seed
            )
            seconds.append(time.process_time() - start)
            found = task.values(tagger.predict(everything))
            scores.append(f1(found, [spans for _, spans in test]))
        print(
            f"  {encoder:<8}{count:>5} texts  F1 {np.mean(scores):.3f} ± {np.std(scores):.3f}"
            f"  fit {np.mean(seconds):.2f} s",
            flush=True,
        )


def main() -> None:
    """Measure each folder with each encoder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--encoders", nargs="+", default=["tfidf", "words", "minilm"])
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    for folder in given.folders:
        print(folder.name)
        train, test = read(folder / "train.parquet", POOL), read(folder / "test.parquet", TEST)
        for encoder in given.encoders:
            measure(train, test, encoder, given.seeds)


if __name__ == "__main__":
    main()
