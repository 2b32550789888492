"""Memory: a large file streams through in its own process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from asknext.core.seeds import generator

READ = """
import sys
from pathlib import Path
from asknext.data.examples import read_examples
count = sum(1 for _ in read_examples(sys.argv[1], {"text": "text", "label": "label"}))
# Not ru_maxrss: it outlives exec, so a child would report the peak of the test runner.
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(count, int(status["VmHWM"].split()[0]) // 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, which Linux has")
def test_300_000_rows_stay_under_400_mib(tmp_path: Path) -> None:
    rng = generator(0, "memory")
    words = [f"w{i:x}" for i in range(5000)]
    path = tmp_path / "large.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("text,label,source\n")
        for picks in rng.integers(5000, size=(300_000, 12)):
            file.write(" ".join(words[i] for i in picks) + f",l{picks[0] % 7},web\n")
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=True
    )
    count, mib = map(int, done.stdout.split())
    assert count == 300_000
    assert mib < 400
