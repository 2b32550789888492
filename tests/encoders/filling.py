"""A process that fills a cache until it is done or killed: python filling.py ROOT COUNT."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from hashed import Hashed

from asknext.core.examples import text_example
from asknext.encoders.cache import open_vectors


def report(done: int, total: int) -> None:
    sys.stdout.write(f"{done}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    vectors = open_vectors(Path(sys.argv[1]), Hashed())
    vectors.chunk = 7
    report(0, 0)
    texts = (f"text {i}" for i in range(int(sys.argv[2])))
    vectors.fill(map(text_example, texts), Hashed(), report)
