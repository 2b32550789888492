"""Slices and clusters: exact tests, few false discoveries, real ones found."""

from __future__ import annotations

import numpy as np
from scipy.stats import fisher_exact, mannwhitneyu

from asknext.core.seeds import generator
from asknext.core.vectors import unit_rows
from asknext.evaluation.errors.clusters import clusters
from asknext.evaluation.errors.evidence import Opinion
from asknext.evaluation.errors.excess import adjusted, excess, p_values
from asknext.evaluation.errors.slices import slices
from tests.evaluation.errors.making import evidence

ROUNDS = 300


def test_p_values_are_those_of_fisher_and_of_mann_and_whitney() -> None:
    rng = generator(0, "twin")
    masks = [rng.random(60) < share for share in (0.2, 0.5, 0.7)]
    lost = (rng.random(60) < 0.3).astype(float)
    slow = [
        fisher_exact(
            [[sum(lost[m]), sum(1 - lost[m])], [sum(lost[~m]), sum(1 - lost[~m])]], "greater"
        ).pvalue
        for m in masks
    ]
    assert np.allclose(p_values(lost, masks), slow)
    graded = rng.random(60).round(2)
    slow = [mannwhitneyu(graded[m], graded[~m], alternative="greater").pvalue for m in masks]
    assert np.allclose(p_values(graded, masks), slow)
    assert p_values(np.ones(60), masks).tolist() == [1.0, 1.0, 1.0]
    assert len(p_values(lost, [])) == 0


def test_correction_is_the_one_of_benjamini_and_hochberg() -> None:
    p = np.array([0.01, 0.02, 0.03, 0.5])
    slow = [min(p[j] * 4 / (j + 1) for j in range(i, 4)) for i in range(4)]
    assert np.allclose(adjusted(p), slow)


def test_where_errors_are_chance_slices_are_rarely_called_significant() -> None:
    """The share of rounds with any false discovery stays at the level, binary and graded."""
    for graded, rounds, count in ((False, ROUNDS, 30), (True, 40, 6)):
        false = 0
        for number in range(rounds):
            rng = generator(number, "null", graded)
            loss = rng.random(200) if graded else (rng.random(200) < 0.25).astype(float)
            groups = {str(i): rng.random(200) < rng.uniform(0.1, 0.5) for i in range(count)}
            found = excess(evidence(1.0 - loss), groups)
            false += any(item["significant"] for item in found)
        assert false / rounds <= 0.075


def test_most_of_what_is_called_significant_is_real_and_real_ones_are_found() -> None:
    right = wrong = hit = 0
    for number in range(100):
        rng = generator(number, "planted")
        groups = {str(i): rng.random(400) < 0.15 for i in range(20)}
        bad = groups["0"] | groups["1"]
        loss = (rng.random(400) < np.where(bad, 0.55, 0.15)).astype(float)
        named = {i["name"] for i in excess(evidence(1.0 - loss), groups) if i["significant"]}
        real = named & {"0", "1"}
        right, wrong, hit = right + len(real), wrong + len(named - real), hit + len(real)
    assert hit / 200 > 0.9
    assert wrong / (right + wrong) < 0.1


def test_the_interval_of_a_slice_covers_its_true_error() -> None:
    covered = 0
    mask = np.arange(120) < 40
    for number in range(ROUNDS):
        rng = generator(number, "interval")
        loss = (rng.random(120) < np.where(mask, 0.6, 0.1)).astype(float)
        [item] = excess(evidence(1.0 - loss), {"all": mask})
        covered += item["low"] <= 0.6 <= item["high"]
    assert 0.92 <= covered / ROUNDS <= 0.98


def test_slices_of_every_kind_are_found_by_their_names() -> None:
    n = 160
    first = np.arange(n) < 40
    shuffled = generator(1, "slices").random(n)
    score = np.where(first, (shuffled > 0.8), (shuffled > 0.05)).astype(float)
    texts = [
        f"请问退款 {i}" if i < 40 else f"where is my parcel number {i} of them" for i in range(n)
    ]
    meta = [
        {"shop": "west" if i < 40 else "east", "price": float(i), "id": f"x{i}"} for i in range(n)
    ]
    said = [[Opinion("ann" if i < 40 else "bob", "a")] for i in range(n)]
    language = ["" if i < 40 else "english" for i in range(n)]
    found = slices(evidence(score, texts=texts, meta=meta, said=said, language=language))
    named = {item["name"] for item in found["items"] if item["significant"]}
    assert {"meta shop: west", "script: cjk", "annotator: ann", "word: 退款"} <= named
    assert "meta price: 0 – 39.75" in named
    assert not any(name.startswith(("meta id:", "meta shop: east", "language:")) for name in named)
    item = next(item for item in found["items"] if item["name"] == "meta shop: west")
    wrong = [f"e{i}" for i in range(40) if score[i] == 0.0]
    assert sorted(item["ids"]) == sorted(wrong)
    assert (item["n"], item["out_of_fold"], item["wrong"]) == (40, 40, len(wrong))


def test_clusters_do_not_see_errors_where_there_is_only_chance() -> None:
    false = 0
    for number in range(60):
        rng = generator(number, "clusters")
        vectors = unit_rows(rng.normal(size=(90, 4)))
        score = (rng.random(90) > 0.3).astype(float)
        items = clusters(evidence(score, vectors=vectors))["items"]
        false += any(item["significant"] for item in items)
    assert false / 60 <= 0.1


def test_a_region_of_errors_is_found_and_named_by_its_words() -> None:
    rng = generator(3, "region")
    centres = unit_rows(rng.normal(size=(5, 8)))
    home = np.repeat(np.arange(5), 30)
    vectors = unit_rows(centres[home] + 0.15 * rng.normal(size=(150, 8)))
    bad = home == 2
    score = (rng.random(150) > np.where(bad, 0.7, 0.1)).astype(float)
    texts = [f"warranty text {i}" if b else f"other words {i}" for i, b in enumerate(bad)]
    found = clusters(evidence(score, vectors=vectors, texts=texts))["items"]
    assert found[0]["significant"]
    assert found[0]["terms"][0] in ("warranty", "text")
    assert {int(id[1:]) for id in found[0]["ids"]} <= set(np.flatnonzero(bad).tolist())


def test_few_examples_are_not_judged() -> None:
    few = evidence([1.0, 0.0] * 5, vectors=np.eye(10))
    assert clusters(few)["items"] == []
    assert slices(few)["items"] == []
    assert slices(evidence([]))["items"] == []


def test_groups_of_like_names_do_not_hide_each_other() -> None:
    n = 80
    wrong = np.arange(n) < 20  # the first of four parts of numbers that differ after six digits
    meta = [{"created": 1_700_000_000 + i, "label": "x" if i % 2 else "y"} for i in range(n)]
    made = slices(evidence(np.where(wrong, 0.0, 1.0), meta=meta))
    first = made["items"][0]
    assert (first["name"], first["n"]) == ("meta created: 1700000000 – 1700000019.75", 20)
    assert made["figures"]["tried"] == 8, "four parts, two values, the label and the script"
    twice = slices(evidence(np.where(wrong, 0.0, 1.0), meta=[{"a: b": "c", "a": "b: c"}] * n))
    assert twice["figures"]["tried"] == 4
