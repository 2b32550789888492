"""The suite of labels: its figures, tables and page from runs made by hand."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import Any
from xml.etree import ElementTree

import pytest

from asknext.core.examples import Example
from asknext.core.protocols import Moment
from asknext.loop.summary import Run
from benchmarks import others
from benchmarks.bench_saving import judged
from benchmarks.bench_stopping import row_of
from benchmarks.curves import Curves
from benchmarks.labels import measures, page, plan, running, stored, tables
from benchmarks.labels.rare import thinned
from benchmarks.labels.results import Results, area_of, at, over_sets
from benchmarks.lines import add, read, store
from benchmarks.take_up import take_up

LABELS = [100, 200, 300]
HOW = {"pool": 9, "test": 9, "budget": 300, "batch": 100, "start": 0, "noise": 0.0}


def run(name: str, strategy: str, seed: int, *quality: float, full: float = 1.0) -> dict[str, Any]:
    return {
        "set": name,
        "kind": "classification",
        "metric": "accuracy",
        "full": full,
        "how": {**HOW, "encoder": "minilm"},
        "machine": "x86_64, 2 cores",
        "versions": {"numpy": "2.4"},
        "strategy": strategy,
        "seed": seed,
        "labels": LABELS,
        "quality": list(quality),
    }


def level(name: str, strategy: str, *heights: float) -> list[dict[str, Any]]:
    """A run for each height, the same at every number of labels."""
    return [run(name, strategy, seed, h, h, h) for seed, h in enumerate(heights)]


@pytest.fixture
def results() -> Results:
    rows = [
        *level("trec6", "random", 0.5, 0.6, 0.55, 0.5, 0.6, 0.5, 0.5),
        *level("trec6", "margin", 0.7, 0.8, 0.75, 0.7, 0.8, 0.7, 0.7),
        *level("trec6", "auto", 0.7, 0.7, 0.75, 0.7, 0.7, 0.7, 0.7),
        *level("subj", "random", 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9),
        *level("subj", "margin", 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8),
        *level("subj", "auto", 0.92, 0.91, 0.92, 0.91, 0.92, 0.91, 0.92),
        *level("trec6", "small_text:badge", 0.9, 0.9),
        *level("subj", "small_text:badge", 0.9, 0.9),
        *level("trec6", "small_text:contrastive", 0.95, 0.95),
    ]
    return Results(rows)


def test_differences_are_of_the_same_seeds(results):
    gap = results.gaps(["trec6"], "auto", "small_text:badge")["trec6"]
    assert gap.n == 2
    assert gap.mean == pytest.approx(-20.0)
    won = results.gaps(["trec6", "subj"], "auto", "random")
    assert won["trec6"].mean == pytest.approx(100 * (0.2 + 0.1 + 0.2 + 0.2 + 0.1 + 0.2 + 0.2) / 7)
    assert won["trec6"].wins == won["subj"].wins == 1.0
    # 2 of 2^7 flips are as far from 0; Holm doubles the smaller of two.
    assert won["trec6"].p == won["subj"].p == pytest.approx(2 * 2 / 128)


def test_a_strategy_with_fewer_seeds_does_not_profit_from_lucky_ones(results):
    # Random has 53.6 over all seeds and 55 at the two that badge has; badge has 90 there.
    assert results.mean("trec6", "small_text:badge", area_of) == pytest.approx(375 / 7 + 35)
    assert results.mean("trec6", "auto", area_of) == pytest.approx(100 * 4.95 / 7)
    assert results.fewest(["trec6", "subj"], "small_text:badge") == 2


def test_over_sets_the_worst_one_is_named(results):
    whole = over_sets(results.gaps(["trec6", "subj"], "margin", "random"))
    assert (whole["above"], whole["better"], whole["worse"], whole["sets"]) == (1, 1, 1, 2)
    assert whole["worst"] == "subj"
    assert whole["least"] == pytest.approx(-10.0)


def test_measures_say_what_is_met(results):
    found = {line.what: line for line in measures.lines(results)}
    above = found["auto above random in area: sets"]
    assert above.met
    assert above.measured.startswith("2 of 2")
    assert found["significantly (sign flips, Holm): sets"].met
    ours = found["area of auto less the best single strategy's (ours), the worst set"]
    assert not ours.met
    assert ours.measured.startswith("-2.86 (")
    assert ours.measured.endswith("; trec6, margin, 7 seeds)")
    all_ = found["area of auto less the best single strategy's (all that ran), the worst set"]
    assert all_.measured.startswith("-25.00 (")  # of the two seeds that both have
    assert all_.measured.endswith("; trec6, small_text:contrastive, 2 seeds)")
    peer = found["mean area of auto, above the best of small-text"]
    assert peer.target == "89.3 (badge)"  # contrastive did not run on every set
    assert not peer.met


def test_labels_of_runs_that_never_arrive():
    fast = [run("trec6", "auto", seed, 0.97, 0.97, 0.97) for seed in range(3)]
    slow = [run("trec6", "random", seed, 0.5, 0.6, 0.7) for seed in range(3)]
    results = Results([*fast, *slow])
    assert results.labels_to("trec6", "auto", 0.95) == 300  # the mean of three rounds
    assert results.labels_to("trec6", "random", 0.95) is None
    assert measures.ratio(results, "trec6", 0.95) == 1.0
    assert measures.ratio(results, "trec6", 0.99) is None
    other = {"auto": "random", "random": "auto"}
    turned = [{**row, "strategy": other[row["strategy"]]} for row in (*fast, *slow)]
    assert measures.ratio(Results(turned), "trec6", 0.95) == float("inf")


def test_a_rare_class_is_judged_at_two_hundred_labels():
    name = "ag_news_rare_world"
    rows = [run(name, "auto", 0, 0.1, 0.6, 0.7), run(name, "random", 0, 0.0, 0.08, 0.2)]
    (line,) = measures.lines(Results(rows))
    assert line.what == "rare class (4 %, World): F1 at 200 labels"
    assert line.measured == "7.5 × (60.0 against 8.0; 100.0 with all labels)"
    assert line.met
    assert at(150)(rows[0]) == pytest.approx(35.0)


def test_ranks_and_best_areas_are_marked(results):
    shown = list(tables.areas(results, plan.GROUPS["english"]))
    assert shown[0] == "| strategy | seeds | mean | rank | trec6 † | subj |"
    assert shown[2] == "| `small_text:badge` | 2 | 89.3 | 1.8 | **88.6** | 90.0 |"
    assert "| `auto` | 7 | 81.1 | 2.0 | 70.7 | **91.6** |" in shown


def test_equal_runs_share_a_rank_whatever_they_were_read_from(tmp_path):
    """Two of three seeds: random's mean and the difference, not quite the same sum."""
    peer = "small_text:breaking_ties"
    rows = [run("trec6", "random", seed, 0.1, 0.2, 0.7 + seed / 7) for seed in range(3)]
    for name, seeds in ((peer, 2), ("margin", 3)):
        rows += [run("trec6", name, seed, 0.3, 0.3, 0.8 + seed / 7) for seed in range(seeds)]
    store(tmp_path / "runs.parquet", rows)
    first, *rest = (
        [line for line in tables.areas(Results(of), plan.GROUPS["english"]) if "random" not in line]
        for of in (rows, rows[::-1], read(tmp_path / "runs.parquet"))
    )
    assert [line.split(" | ")[3] for line in first[2:]] == ["1.5", "1.5"]
    assert rest == [first, first]


def test_the_page_keeps_what_people_wrote(tmp_path, results):
    path = tmp_path / "labels.md"
    about = {"how": HOW, "machines": ["one"], "versions": {"numpy": "2.4"}}
    page.write(path, results, about)
    text = path.read_text(encoding="utf-8")
    assert "## What was tried for `auto` and did not help" in text
    path.write_text(text + "\nNothing yet.\n", encoding="utf-8")
    page.write(path, results, about)
    assert path.read_text(encoding="utf-8") == text + "\nNothing yet.\n"
    drawn = ElementTree.parse(tmp_path / "curves" / "english.svg").getroot()
    lines = [one for one in drawn.iter() if one.tag.endswith("polyline")]
    assert len(lines) == 2 * 4  # two sets; random, margin, auto and the best peer on all
    path.write_text("no marks", encoding="utf-8")
    with pytest.raises(SystemExit, match="lacks the marks"):
        page.write(path, results, about)


def test_stored_runs_come_back(tmp_path):
    pytest.importorskip("pyarrow")
    rows = [*level("trec6", "auto", 0.5, 0.6), *level("subj", "random", 0.7)]
    rows[0] |= {"machine": "arm64, 8 cores", "model": "instant"}
    stored.write(tmp_path / "runs.parquet", rows)
    back = stored.read(tmp_path / "runs.parquet")
    assert [(row["set"], row["strategy"], row["seed"]) for row in back] == [
        ("subj", "random", 0),
        ("trec6", "auto", 0),
        ("trec6", "auto", 1),
    ]
    assert [area_of(row) for row in back] == pytest.approx([70, 50, 60])
    assert back[0]["how"] == rows[0]["how"]
    assert stored.about(back) == stored.about(rows)
    assert stored.about(rows)["machines"] == ["arm64, 8 cores", "x86_64, 2 cores"]


def test_benchmarks_go_on_from_stored_runs(tmp_path):
    pytest.importorskip("pyarrow")
    kept, out = tmp_path / "results", tmp_path / "out"
    rows = [*level("trec6", "auto", 0.5, 0.6), *level("trec6", "small_text:badge", 0.7)]
    stored.write(kept / "labels.parquet", [{**row, "model": "instant"} for row in rows])
    store(kept / "stops.parquet", [{"set": "trec6", "labels": [10], "minutes": None}])
    assert take_up(kept, out) == [out / "labels.jsonl", out / "stops.jsonl"]
    assert read(out / "stops.jsonl") == [{"set": "trec6", "labels": [10]}]
    curves = Curves(out / "labels.jsonl")
    asked = ["auto", "badge", "small_text:badge"]
    left = running.missing(Namespace(seeds=0), curves, "trec6", asked, range(5))
    assert left == [
        ("badge", 0),
        *[("badge", 1), ("small_text:badge", 1)],
        *[(strategy, seed) for seed in (2, 3, 4) for strategy in ("auto", "badge")],
    ]
    assert len(running.missing(Namespace(seeds=2), curves, "trec6", asked, range(5))) == 3
    add(out / "stops.jsonl", {"set": "subj"})
    assert take_up(kept, out) == []
    assert len(read(out / "stops.jsonl")) == 2


def test_runs_of_two_protocols_are_not_mixed():
    one, other = run("trec6", "auto", 0, 1, 1, 1), run("subj", "auto", 0, 1, 1, 1)
    other["how"] = {**HOW, "encoder": "tfidf"}
    running.same_protocol([one, other])
    other["how"] = {**HOW, "noise": 0.1}
    with pytest.raises(SystemExit, match="several protocols"):
        running.same_protocol([one, other])


def test_what_auto_was_chosen_on_has_no_part_in_confirming_it():
    dev, confirm, all_ = (plan.chosen_sets(word) for word in ("dev", "confirm", "all"))
    assert not set(dev) & set(confirm)
    assert sorted([*dev, *confirm]) == sorted(all_)
    assert plan.chosen_sets("numbers,trec6,trec6") == ["stsb_en", "emobank", "trec6"]
    assert "token_margin" in plan.chosen_strategies(["ours"], "wnut17", [])
    assert plan.chosen_strategies(["ours", "peers"], "wnut17", ["small_text:badge"]) == [*plan.TAGS]
    assert plan.chosen_strategies(["peers", "auto"], "subj", ["small_text:badge"]) == [
        "small_text:badge",
        "auto",
    ]
    with pytest.raises(SystemExit, match="no such set: trec7"):
        plan.chosen_sets("trec7")


def test_a_rare_class_keeps_its_share():
    pool = [Example(f"e{i}", {"text": str(i)}, gold="Sports" if i % 3 else "World")
            for i in range(300)]  # fmt: skip
    found = thinned(pool, 50, "Sports")
    assert [example.gold for example in found].count("Sports") == 2
    assert len(found) == 50
    assert {example.gold for example in found} == {"Sports", "other"}
    assert thinned(pool, 50, "Sports") == found


def test_gear_is_compared_with_the_frozen_loop(tmp_path):
    path = tmp_path / "tasks.jsonl"
    rows = [
        {**run(name, "auto", seed, h, h, h), "model": model}
        for name, model, heights in (
            ("trec6", "instant", (0.5, 0.6)),
            ("trec6", "gear", (0.7, 0.75)),
            ("sst2", "instant", (0.8, 0.8)),
            ("sst2", "gear", (0.79, 0.82)),
            ("subj", "instant", (0.8, 0.8)),
            ("subj", "gear", (0.7, 0.7)),
        )
        for seed, h in enumerate(heights)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows[:4]), encoding="utf-8")
    unfit, when = others.gear(path)
    assert unfit.measured.startswith("+17.5 (")
    assert unfit.measured.endswith(", 2 seeds)")
    assert unfit.met
    assert (when.measured, when.met) == ("100", True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows[:4:2]), encoding="utf-8")
    assert next(others.gear(path)).measured == "+20.0 (one seed)"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows[:8]), encoding="utf-8")
    assert [line.met for line in others.gear(path)] == [True, True, True]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    worst = list(others.gear(path))[2]
    assert worst.measured == "-10.0 (-10.0 to -10.0; subj, 2 seeds) on 2 sets"
    assert not worst.met
    rows[-1] = {**rows[-1], "quality": [0.88] * len(rows[-1]["labels"])}
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    worst = list(others.gear(path))[2]
    assert worst.measured == "-1.0 (-115.4 to +113.4; subj, 2 seeds) on 2 sets"
    assert not worst.met  # by the mean, however wide its interval


def test_intervals_hold_the_truth_or_not():
    right = Moment(100, estimate=0.8, n=50)
    wrong, unknown = Moment(200, estimate=0.5, n=50), Moment(300)
    line = others.coverage([Run("auto", 0, (100, 200, 300), (0.8,) * 3, (right, wrong, unknown))])
    assert line.measured == "50% of 2"
    assert not line.met


def test_advice_is_judged_by_sets(tmp_path):
    curve = Run("auto", 0, (500, 1000), (0.5, 0.9), (Moment(500), Moment(1000, estimate=0.95)))
    late = Run("auto", 0, (500, 1000), (0.9, 0.9), (Moment(500), Moment(1000, estimate=0.95)))
    path = tmp_path / "stops.jsonl"
    for row in (row_of("good", curve), row_of("bad", late)):
        add(path, row)
    found = [line for line in others.stops(path) if "worth 50 answers" in line.what]
    # At 50 a point: 3,000 and 1,500 on the first, 1,000 and 1,500 on the second.
    assert [line.measured for line in found] == ["1 of 2"]
    assert not found[0].met


def test_savings_are_held_against_random_answers(tmp_path):
    random = {"sizes": [10, 100, 1000], "quality": [0.5, 0.7, 0.9]}
    said = {"estimate": 200.0, "low": 0.0, "high": 500.0}
    moments = [
        {"labels": labels, "quality": quality, "saving": said}
        for labels, quality in ((100, 0.8), (200, 0.95))
    ]
    silent = {"labels": 100, "quality": 0.8, "saving": None}
    row = {"set": "sst2", "seed": 0, "moments": [*moments, silent], "random": random}
    path = tmp_path / "saving.parquet"
    store(path, [row])
    # 0.8 takes 316 random answers; 0.95 is beyond the pool of 1,000, which stands for it.
    assert [round(one["truth"]) for one in judged(read(path))] == [216, 800]
    (line,) = others.saving(path)
    assert line.measured == "50% of 2 on 1 sets"
    assert not line.met


def test_sets_that_take_more_labels_are_read_off_longer_runs():
    """Three rounds at .95 on average count: the first three on one set, later on the other."""
    usual = [run("sst2", s, 0, 1.0, 1.0, 1.0) for s in ("auto", "random")]
    usual += [run("trec6", s, 0, 0.1, 0.2, 0.3) for s in ("auto", "random")]
    far = {"labels": [100, 200, 300, 400, 500, 600]}
    longer = [
        {**run("trec6", "auto", 0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0), **far},
        {**run("trec6", "random", 0, 0.1, 0.1, 0.1, 1.0, 1.0, 1.0), **far},
    ]
    line = measures.farther(Results(usual), Results(longer))
    assert line.measured == "0.75 on 2 sets (trec6 0.50)"
    assert line.met is False


def test_small_text_end_to_end_is_compared_at_its_own_numbers_of_labels(tmp_path):
    auto = run("trec6", "auto", 0, 0.2, 0.6, 0.8)
    theirs = {"set": "trec6", "seed": 0, "labels": [200, 300], "quality": [0.5, 0.7]}
    other = {**theirs, "set": "sst2"}  # auto has no run there
    path = tmp_path / "end_to_end.parquet"
    store(path, [theirs, other])
    (line,) = others.lines({"end_to_end": path}, Results([auto]))
    assert (line.target, line.measured, line.met) == ("60.0", "70.0", True)
    (line,) = others.end_to_end(path, Results([]), [{**auto, "model": "gear"}])
    assert (line.measured, "in gear" in line.what) == ("70.0", True)
    assert line.what.endswith("(trec6)")
    store(path, [theirs, {**theirs, "seed": 1}])
    (line,) = others.lines({"end_to_end": path}, Results([auto, {**auto, "seed": 1}]))
    assert line.what.endswith("(trec6, 2 seeds)")
