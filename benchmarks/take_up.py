"""Take up the stored runs, so that the benchmarks of labels go on from them.

    python -m benchmarks.take_up [--stored benchmarks/results] [--out benchmarks/out]

Each Parquet file of runs becomes the file of lines that its benchmark goes on from; lines that
are there already stay as they are. Remove the folder of lines, and leave this out, to measure
everything anew: a stored run says with which versions it was made, not whether it would come out
the same today.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks.labels import stored
from benchmarks.lines import OUT, read


def take_up(folder: Path, out: Path) -> list[Path]:
    """Write a file of lines for each stored file that has none yet; return those written."""
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for path in sorted(folder.glob("*.parquet")):
        lines = out / f"{path.stem}.jsonl"
        if lines.exists():
            continue
        part = lines.with_suffix(".part")  # one that was killed here would pass for a whole file
        rows = stored.read(path) if path.stem == stored.NAME else read(path)
        said = [{key: value for key, value in row.items() if value is not None} for row in rows]
        part.write_text("".join(f"{json.dumps(row)}\n" for row in said), encoding="utf-8")
        part.replace(lines)
        written.append(lines)
    return written


def main() -> None:
    """Take up what is stored, and say what was."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stored", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    for path in take_up(given.stored, given.out):
        print(f"going on from the stored runs: {path}")


if __name__ == "__main__":
    main()
