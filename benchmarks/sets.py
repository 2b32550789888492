"""The labelled sets that tests and benchmarks run on: what each is, and which column is what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from asknext.core.examples import POOL, TEST, Example
from asknext.core.home import Home
from asknext.core.seeds import unit
from asknext.core.settings import task_from_json
from asknext.core.tasks import MultiLabel, Task
from asknext.data.labels import distinct_labels
from asknext.loop.world import World, prepare, read_labelled

PLAIN = {"text": "text", "label": "label"}
TOKENS = {"tokens": "tokens", "tags": "tags"}
WRITTEN = {"text": "source", "label": "target"}
PAIRS = {"text": "prompt", "chosen": "chosen", "rejected": "rejected"}
ONE_LABEL = (
    *("trec6", "sst2", "mr", "cr", "subj", "ag_news_small", "imdb_15k", "banking77", "clinc150"),
    *("sms_spam", "stackoverflow_titles", "chnsenticorp_hotel", "thucnews_titles"),
)


@dataclass(frozen=True)
class Labelled:
    """Name the task, the columns, and what the task needs besides its labels.

    `of` names a tagged set: then the labels of a text are the kinds of its spans.
    """

    kind: str = "classification"
    columns: Mapping[str, str] = field(default_factory=lambda: PLAIN)
    more: Mapping[str, Any] = field(default_factory=dict)
    of: str = ""

    def task(self, folder: Path) -> Task:
        """Return the task; its labels are those that occur in any split in `folder`."""
        made: dict[str, Any] = {"kind": self.kind, **self.more}
        if self.kind in ("classification", "multi_label", "tagging"):
            column = self.columns.get("tags") or self.columns["label"]
            files = [folder / f"{split}.parquet" for split in ("train", "test")]
            found = (distinct_labels(file, column, kind=self.kind) for file in files)
            made["labels"] = sorted(set(chain.from_iterable(found)))
        return task_from_json(made)


SETS: dict[str, Labelled] = {
    **{name: Labelled() for name in ONE_LABEL},
    "goemotions": Labelled("multi_label", {"text": "text", "label": "labels"}),
    "wikineural_types": Labelled("multi_label", of="wikineural_en"),
    **{
        name: Labelled("tagging", TOKENS)
        for name in ("wnut17", "wikineural_en", "uner_zh_gsdsimp", "ewt_pos", "snips_slots")
    },
    "stsb_en": Labelled(
        "regression",
        {"text": "text_a", "text_pair": "text_b", "label": "score"},
        {"low": 0.0, "high": 5.0},
    ),
    "emobank": Labelled(
        "regression", {"text": "text", "label": "score"}, {"low": 1.0, "high": 5.0}
    ),
    **{name: Labelled("generation", WRITTEN) for name in ("multi30k_en_de", "gsm8k")},
    "alpaca_en_1k": Labelled("generation", WRITTEN),
    **{
        name: Labelled("preference", PAIRS) for name in ("gsm8k_pref", "pandalm_pref", "dpo_en_300")
    },
}


def task_of(folder: Path, name: str) -> Task:
    """Return the task of a set."""
    if of := SETS[name].of:
        return MultiLabel(SETS[of].task(folder / of).labels)  # type: ignore[attr-defined]
    return SETS[name].task(folder / name)


def part_of(folder: Path, name: str, split: str, size: int) -> list[Example]:
    """Read a fixed random part of one split of a set."""
    if of := SETS[name].of:
        return [_kinds(example) for example in part_of(folder, of, split, size)]
    kind = POOL if split == "train" else TEST
    columns, task = SETS[name].columns, task_of(folder, name)
    rows = read_labelled(folder / name / f"{split}.parquet", columns, kind, task=task)
    return sorted(rows, key=lambda row: unit(0, "part", row.key))[:size]


def _kinds(example: Example) -> Example:
    return replace(example, gold=sorted({span["label"] for span in example.gold}))


def world_of(
    folder: Path, name: str, home: Home, *, pool: int = 2000, test: int = 1000, **settings: Any
) -> World:
    """Read a part of a set and encode it; `settings` are those of `prepare`."""
    parts = [part_of(folder, name, split, n) for split, n in (("train", pool), ("test", test))]
    return prepare(home, *parts, task_of(folder, name), **settings)
