"""What the loop shows a strategy besides what the model brings is what `SUPPLIED` says."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from asknext import example_data
from asknext.core import registry
from asknext.core.arrays import SUPPLIED
from asknext.core.picks import Picks
from asknext.core.view import View
from asknext.models.linear import LinearHead
from asknext.strategies.uncertainty.classes import Margin
from tests.loop.conftest import Loop

PLACE = "strategy_that_looks"


class Looks(Margin):
    """Ask by margin, and keep the views it was shown."""

    name = "looks"
    seen: list[View]

    def select(self, view, k, rng) -> Picks:
        self.seen.append(view)
        return super().select(view, k, rng)


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[View]]:
    """The views that the strategy `looks` is shown, found through an entry point of its own."""
    about = tmp_path / "looks-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: looks\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[asknext.strategy]\nlooks = {PLACE}:Looks\n")
    place = ModuleType(PLACE)
    vars(place)["Looks"] = Looks
    monkeypatch.setitem(sys.modules, PLACE, place)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(Looks, "seen", [], raising=False)
    registry._plug_ins.cache_clear()
    yield Looks.seen
    monkeypatch.undo()
    registry._plug_ins.cache_clear()


def test_the_loop_supplies_what_it_says(make_loop: Callable[..., Loop], seen: list[View]) -> None:
    loop = make_loop(strategy="looks", control=0.0)
    loop.label(30)
    held = [question.example.id for question in loop.session.ask(3, "ann")]
    (given,) = loop.session.ask(1, "bo")
    loop.session.tell(given.example.id, loop.gold[given.example.id], who="bo")
    loop.session.train()
    view = seen[-1]
    assert len(view.labelled) == 31
    assert set(held) <= set(view.pending)
    assert not set(view.candidates) & {*view.labelled, *view.pending}
    brought = LinearHead.provides | LinearHead.shows
    assert brought <= view.provides
    assert view.provides - brought == SUPPLIED
    sizes = {"": len(view), "labelled_": 31, "pending_": len(view.pending)}
    for name in SUPPLIED:
        prefix = next((p for p in ("labelled_", "pending_") if name.startswith(p)), "")
        wanted = len(example_data.LABELS) if name == "label_embedding" else sizes[prefix]
        assert len(view.array(name)) == wanted, name
