"""Live: the picture of one project that everything in the loop reads.

It is what the store says, folded, with the place of each vector and with what serves now. It
decides nothing: asking, measuring, reporting and exporting each take one, and `Session` is one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from asknext.core.batch import FloatArray, IntArray
from asknext.core.events import SETTINGS, Appended, Draft, Event
from asknext.core.examples import TEST, Example
from asknext.core.home import Home
from asknext.core.protocols import Store
from asknext.core.settings import AUTO, ON
from asknext.loop.describing import expected_seconds, text_lengths, texts_of
from asknext.loop.encoding import open_caches
from asknext.loop.learner import NOTHING, QUEUE, Labelled, Learner, Serving
from asknext.loop.learnt import read_learnt
from asknext.loop.pool import Pool
from asknext.loop.sharing import Share
from asknext.loop.space import Caches, Space
from asknext.loop.state import State
from asknext.loop.teaching import MOST, serves
from asknext.loop.written import ANSWERS, Answers, read_answers, written_space

Clock = Callable[[], float]


class Live:
    """Hold what is known of one project of a store, and let it grow.

    `space` is where the examples lie, None before any is encoded. Whoever reads several parts
    that must fit together holds `lock`.

    Args:
        caches: replaces the project's vector caches.
        clock: the time of day, in seconds since 1970.
        queue_size: number of picks ranked at a time.
    """

    def __init__(
        self,
        store: Store,
        project: str,
        home: Home,
        *,
        caches: Caches | None = None,
        clock: Clock = time.time,
        queue_size: int = QUEUE,
    ) -> None:
        self.store = store
        self.project = project
        self.home = home
        self.clock = clock
        self.settings = store.settings(project)
        self.task = self.settings.build_task()
        self.pool = Pool(self.settings.seed)
        self.state = State(self.task.agree)
        self.share = Share()
        self.caches = caches
        self._first = caches
        self.run = ""  # the deep training whose caches, or whose answers, these are
        self.answers: Answers | None = None
        self.space: Space | None = None
        self.serving: Serving = NOTHING
        self.queue_size = queue_size
        self.lock = threading.RLock()
        self._encoded = (-1, -1)
        self._gold: dict[str, Any] | None = None
        self.sync()

    def sync(self) -> None:
        """Fold in what is new in the store: settings, examples, events."""
        with self.lock:
            new = self.store.outline(self.project, len(self.pool) - 1)
            if new:
                self.pool.extend(new)
                self._gold = None
            events = self.store.events(self.project, self.state.seq)
            if any(event.kind == SETTINGS for event in events):
                self.settings = self.store.settings(self.project)
                self.task = self.settings.build_task()
                self.state.agree = self.task.agree
            self._folded(events)

    def append(self, draft: Draft) -> Appended:
        """Store one event and fold it in."""
        done = self.store.append(self.project, [draft])[0]
        self._fold(done.event)
        return done

    def _fold(self, event: Event) -> None:
        with self.lock:
            if event.seq == self.state.seq + 1:
                self._folded([event])
            elif event.seq > self.state.seq:
                self._folded(self.store.events(self.project, self.state.seq))

    def _folded(self, events: Sequence[Event]) -> None:
        self.state.fold(events)
        self.share.fold(events)

    @property
    def dirty(self) -> bool:
        """Say whether the serving model is behind what has been told, imported or encoded."""
        run = self.state.serving_run
        if self.caches is None or self.run != run:
            self._switch(run)
        size = (-1, -1) if self.caches is None else self.caches.refresh()
        return size != self._encoded or self.state.seq_labels != self.serving.seq

    def _switch(self, run: str) -> None:
        """Take the caches of the deep training that serves; the space follows with `locate`."""
        found = None if run else self._first
        self.caches = found or open_caches(self.home, self.settings, run) or self.caches
        folder = self.home.run(self.project, run) / ANSWERS
        self.answers = read_answers(folder) if run and folder.is_dir() else None
        self.run = run

    @property
    def learner(self) -> Learner:
        """Return the fitting and ranking part with the current settings."""
        described = {"texts": self._texts, "cost": self._costs}
        free = self.teachable() if self.self_training else None
        parts = (self.settings, self.task, self.pool, self.queue_size, described, free)
        return Learner(*parts, learnt=lambda run: read_learnt(self.home.run(self.project, run)))

    @property
    def self_training(self) -> bool:
        """Say whether the model that learns at once learns from texts without a label too."""
        wanted = self.settings.self_training
        if wanted == AUTO:
            helps = bool(self.state.checked.get("helps")) and self.state.checked["run"] == self.run
            return helps and serves(self.settings)
        return wanted == ON and serves(self.settings)

    def teachable(self) -> IntArray:
        """Return the rows that pseudo-labels may be given to, the first ones of the fixed draw.

        What may be asked to measure is left out, and what somebody flagged. Labelled rows may be
        among them.
        """
        with self.lock:
            free = self.pool.askable & (self.pool.draw >= self.settings.control)
            free[self.pool.rows(self.state.flagged)] = False
            rows = np.flatnonzero(free)
            if len(rows) > MOST:
                rows = rows[np.argpartition(self.pool.draw[rows], MOST)[:MOST]]
            return np.sort(rows)

    def load(self, rows: IntArray) -> list[Example]:
        """Read the examples of these pool rows."""
        ids = [self.pool.ids[row] for row in rows.tolist()]
        found = self.store.examples(self.project, ids)
        return [found[id] for id in ids]

    def _texts(self, rows: IntArray) -> npt.NDArray[np.object_]:
        return texts_of(self.store, self.project, [self.pool.ids[row] for row in rows.tolist()])

    def _costs(self, rows: IntArray) -> FloatArray:
        """Expect the seconds of an answer to each of these pool rows, as people have taken them."""
        with self.lock:
            timed = {example: said for example, said in self.state.recent if said.seconds}
        known = text_lengths(texts_of(self.store, self.project, list(timed)))
        seconds = np.array([float(said.seconds or 0.0) for said in timed.values()])
        return expected_seconds(text_lengths(self._texts(rows)), known, seconds)

    # -- rows of the pool ------------------------------------------------------------------

    def row(self, example: str) -> int:
        """Return the pool row of an example; raises NotFound where the store has none."""
        row = self.pool.row_of.get(example)
        if row is None:
            self.store.examples(self.project, [example])  # raises NotFound, or it is just new
            self.sync()
            row = self.pool.row_of[example]
        return row

    def locate(self, caches: Caches) -> Space:
        """Find each example's place in the caches; only those without one are looked up."""
        size = caches.refresh()
        with self.lock:
            places = np.full((len(self.pool), 2), -1, np.int64)
            if self.space is not None and self.space.caches is caches:
                places[: len(self.space)] = self.space.places
            missing = np.flatnonzero((places < 0).any(axis=1))
            if len(missing):
                keys = [self.pool.keys[row] for row in missing]
                places[missing] = caches.find(keys, lambda: self.load(missing))
            space = Space(caches, places, self.load)
            if self.answers is not None:
                space = written_space(space, self.answers, self.pool.ids)
            self.space, self._encoded = space, size
            return space

    @property
    def encoded(self) -> npt.NDArray[np.bool_]:
        """Mask the pool rows that have all that a model may read (N,)."""
        mask = np.zeros(len(self.pool), np.bool_)
        if self.space is not None:
            mask[: len(self.space)] = self.space.whole
        return mask

    def _placed(self, rows: IntArray) -> IntArray:
        """Keep the rows that are encoded; what came in since `locate` has no place yet."""
        return rows[:0] if self.space is None else self.space.known(rows)

    def _spoken_of(self, rows: IntArray) -> IntArray:
        """Keep the rows that a model can say something about."""
        return rows[:0] if self.space is None else self.space.speaks(rows)

    def scored(self) -> IntArray:
        """Return the rows that a model scores: in the pool, no copy of another, with a vector."""
        return self._spoken_of(np.flatnonzero(self.pool.askable))

    def labelled(self) -> tuple[Labelled, int]:
        """Return the labelled pool examples that have vectors, by row, and the state's seq."""
        with self.lock:
            labels = self.state.labels
            seq = self.state.seq_labels
            rows = self._placed(np.sort(self.pool.rows(labels)))
            rows = rows[self.pool.is_pool[rows]]
            ids = [self.pool.ids[row] for row in rows]
            return Labelled(rows, ids, [labels[example] for example in ids]), seq

    def control_ids(self) -> list[str]:
        """Return the labelled examples that were drawn at random, in order of their answer.

        Those that the strategy might have asked before the control share was raised are none.
        """
        with self.lock:
            found = self.state.control_ids()
            closed = self.pool.draw[self.pool.rows(found)] < self.share.lowest
            return [example for example, ours in zip(found, closed, strict=True) if ours]

    def test_rows(self) -> tuple[IntArray, list[Any]]:
        """Return the test examples that have a known answer and a vector."""
        if self._gold is None:
            rows = np.flatnonzero(~self.pool.is_pool)
            found = self.store.examples(self.project, [self.pool.ids[row] for row in rows])
            self._gold = {
                example.id: example.gold
                for example in found.values()
                if example.split == TEST and example.gold is not None
            }
        rows = self._spoken_of(np.sort(self.pool.rows(self._gold)))
        return rows, [self._gold[self.pool.ids[row]] for row in rows]
