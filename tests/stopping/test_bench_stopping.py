"""The comparison of stop rules: where they stop a run, and what that costs."""

from __future__ import annotations

import pytest

from asknext.core.protocols import Moment
from asknext.loop.summary import Run
from asknext.stopping.budget import Budget
from asknext.stopping.stable import StablePredictions
from benchmarks import bench_stopping
from benchmarks.lines import add, read, store

QUALITY = (0.5, 0.7, 0.78, 0.8, 0.805)
LABELS = tuple(range(20, 120, 20))
RUN = Run(
    "auto",
    3,
    LABELS,
    QUALITY,
    tuple(
        Moment(n, estimate=q, n=9, agreement=0.9, found={"a": (2, 1)})
        for n, q in zip(LABELS, QUALITY, strict=True)
    ),
)


@pytest.mark.parametrize(
    ("rule", "worth", "expected"),
    [
        # Costs at 10 a point: 520, 340, 280, 280, 295; the first of the cheapest counts.
        (Budget(answers=60), 10.0, (60, 0.0, False, True)),
        (Budget(answers=40), 10.0, (40, 340 / 280 - 1, True, True)),
        (Budget(answers=900), 10.0, (100, 295 / 280 - 1, False, False)),
        (StablePredictions(kappa=0.9), 10.0, (60, 0.0, False, True)),
        # At 1 a point: 70, 70, 82, 100, 119.5.
        (Budget(answers=60), 1.0, (60, 82 / 70 - 1, False, True)),
    ],
)
def test_a_rule_stops_a_run(rule, worth, expected):
    stop = bench_stopping.stop_of(rule, RUN, worth)
    assert stop == pytest.approx(expected)


@pytest.mark.parametrize("kept", ["stops.jsonl", "stops.parquet"])
def test_runs_are_kept_and_judged_again(tmp_path, kept):
    path = tmp_path / kept
    row = bench_stopping.row_of("trec6", RUN)
    store(path, [row]) if path.suffix == ".parquet" else add(path, row)
    ((name, again),) = map(bench_stopping.run_of, read(path))
    assert (name, again.strategy, again.seed, again.labels) == ("trec6", "auto", 3, LABELS)
    rows = list(bench_stopping.table([again, RUN], 10.0))
    assert rows[1:] == list(bench_stopping.table([RUN, RUN], 10.0))[1:]
    assert "| budget 100 | 100 | 5% | 5% | 100% | 0% | 0% |" in rows


def test_the_usual_gain_is_read_off_the_runs():
    """Errors of .5 at 20 and .3 at 40; one of .2 and .1 on the other set."""
    other = Run("auto", 0, (20, 40), (0.8, 0.9))
    said = bench_stopping.taken_away({"one": [RUN], "two": [other]})
    assert said.endswith("took away 0.45 of the errors (SD 0.07)")
    assert bench_stopping.taken_away({"one": [RUN]}) == ""
