"""The example of each kind of task: its file is guessed right, and the project begins to learn."""

from __future__ import annotations

from pathlib import Path

import pytest

from asknext.cli.demo import SEEDS, make
from asknext.core.errors import NotFound
from asknext.core.home import Home
from asknext.core.settings import task_from_json
from asknext.data.examples import read_examples
from asknext.data.peek import peek
from asknext.example_data import SAMPLES, path
from asknext.loop.choosing import task_json
from asknext.loop.session import Session
from asknext.store.memory import MemoryStore


@pytest.mark.parametrize("kind", SAMPLES)
def test_the_kind_of_each_sample_is_guessed(kind: str) -> None:
    sample = SAMPLES[kind]
    shown = peek(path(sample.file))
    assert shown.task == kind
    if kind != "tagging":  # tags of tokens or spans: the file has both
        found = {role: name for role, name in shown.guess.to_json().items() if name}
        assert found == dict(sample.mapping)
    chosen = task_json(
        kind, {"labels": sample.task["labels"]} if "labels" in sample.task else sample.task
    )
    assert chosen["kind"] == kind


@pytest.mark.parametrize("kind", SAMPLES)
def test_every_row_of_a_sample_has_a_valid_answer(kind: str) -> None:
    sample = SAMPLES[kind]
    task = task_from_json(task_json(kind, sample.task))
    pairs = list(read_examples(path(sample.file), sample.mapping, task=task))
    assert 120 <= len(pairs) <= 300
    assert all(label is not None for _, label in pairs)
    assert len({example.key for example, _ in pairs}) == len(pairs)
    chinese = [e for e, _ in pairs if any("\u4e00" <= letter <= "\u9fff" for letter in e.text)]
    assert 0.1 < len(chinese) / len(pairs) < 0.4


def test_spans_and_tags_of_the_tagging_sample_are_the_same() -> None:
    file = path("tagging_sample.jsonl")
    task = task_from_json(task_json("tagging", SAMPLES["tagging"].task))
    spans = dict(SAMPLES["tagging"].mapping)
    tags = {"id": "id", "text": "text", "tokens": "tokens", "tags": "tags"}
    read = [[pair for _, pair in read_examples(file, m, task=task)] for m in (spans, tags)]
    assert read[0] == read[1]


@pytest.mark.parametrize("kind", SAMPLES)
def test_the_demo_of_each_kind_begins_with_answers(kind: str, tmp_path: Path) -> None:
    store, home = MemoryStore(), Home.find(tmp_path)
    name = make(kind, home, store)
    again = make(kind, home, store)
    assert name == again == f"demo-{kind.replace('_', '-')}"
    counts = Session(store, name, home).counts()
    assert counts["labelled"] == SEEDS
    assert store.settings(name).task["kind"] == kind


def test_an_unknown_example_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no example named 'poetry'"):
        make("poetry", Home.find(tmp_path), MemoryStore())
