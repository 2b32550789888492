"""The few interfaces. Anything that fits one of them can take its place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

import numpy as np

from asknext.core.batch import Batch, FloatArray, IntArray, Tokens
from asknext.core.events import Appended, Draft, Event, Lease
from asknext.core.examples import Example, Outline
from asknext.core.picks import Picks
from asknext.core.predictions import Prediction
from asknext.core.settings import Settings
from asknext.core.view import View

Progress = Callable[[int, int], None]
"""Called with (done, total) while long work goes on."""


@runtime_checkable
class Strategy(Protocol):
    """Pick what to ask next from a View; never sees a model, a store or the pool.

    `needs` names the arrays it reads from the View, `tasks` the task kinds it serves (empty:
    all). `select` returns min(k, n) picks with distinct ids, most wanted first, without changing
    the view or itself; ties are broken by `rng`, so shuffling the candidates changes nothing but
    which of the tied are taken.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    needs: ClassVar[frozenset[str]]
    tasks: ClassVar[frozenset[str]]

    def select(self, view: View, k: int, rng: np.random.Generator) -> Picks:
        """Return min(k, n) picks."""
        ...


@runtime_checkable
class Encoder(Protocol):
    """Turn examples into vectors, once per example.

    `revision` changes whenever the same example would get another vector. `dim` is the number of
    columns; the first `sentence_dim` of them are the unit-length sentence vector that diversity
    strategies use, the rest (further layers) is for models.
    """

    name: str
    revision: str
    dim: int
    sentence_dim: int

    def encode(self, examples: Sequence[Example], progress: Progress | None = None) -> FloatArray:
        """Return (n, dim) float32, without NaN, in the order given."""
        ...

    def save(self, folder: Path) -> None:
        """Write what `load` needs; a named pretrained encoder writes its name and revision."""
        ...

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        ...


class Vectors(Protocol):
    """Keep the vectors of one encoder on disk, by content key; append-only, shared by projects.

    Safe under kill at any moment: a row is visible only once it is complete. One writer at a
    time; any number of readers, who see new rows after `refresh`.
    """

    dim: int
    sentence_dim: int

    def find(self, keys: Sequence[str]) -> IntArray:
        """Return the row (n,) of each key, -1 where it is not there yet."""
        ...

    @property
    def table(self) -> FloatArray:
        """Return all rows (N, dim) as a read-only float32 memory map."""
        ...

    def refresh(self) -> int:
        """See what other processes have written; return the number of rows."""
        ...

    def fill(
        self,
        examples: Iterable[Example],
        encoder: Encoder,
        progress: Progress | None = None,
        total: int | None = None,
    ) -> int:
        """Encode what is missing, block by block; return how many rows were added."""
        ...


class TokenEncoder(Encoder, Protocol):
    """Be an encoder that can also say what each token of a text means."""

    token_dim: int

    def encode_tokens(
        self, examples: Sequence[Example], progress: Progress | None = None
    ) -> Tokens:
        """Return the tokens of n texts with vectors (tokens, token_dim) float16."""
        ...


class TokenVectors(Protocol):
    """Keep the token vectors of one encoder on disk; the contract is that of `Vectors`.

    Keys are those of `exact_key`: places count the characters of the text as it stands.
    """

    token_dim: int

    def find(self, keys: Sequence[str]) -> IntArray:
        """Return the row (n,) of each key, -1 where it is not there yet."""
        ...

    def tokens(self, rows: IntArray) -> Tokens:
        """Return the tokens of these rows."""
        ...

    def refresh(self) -> int:
        """See what other processes have written; return the number of rows."""
        ...

    def fill(
        self,
        examples: Iterable[Example],
        encoder: TokenEncoder,
        progress: Progress | None = None,
        total: int | None = None,
    ) -> int:
        """Encode what is missing, block by block; return how many rows were added."""
        ...


@runtime_checkable
class Model(Protocol):
    """Learn from labels, predict. `provides` names the arrays of its predictions.

    `reads` names the parts of a `Batch` that it needs: ``vectors``, ``tokens``, ``examples``.
    Besides these a class may have `shows`, the names of all further arrays that strategies can
    read once it is fitted: `parameters` of the fitted model by name, the votes of a committee,
    and what `describe(name, batch)` makes for the names in `describes`.

    A model is made for a task (``Model(task, **settings)``), fitted to a new object and never
    changed afterwards: `fit` returns the fitted model and leaves `self` alone.
    """

    name: ClassVar[str]
    reads: ClassVar[frozenset[str]]
    provides: ClassVar[frozenset[str]]
    tasks: ClassVar[frozenset[str]]

    def fit(
        self,
        batch: Batch,
        labels: Sequence[Any],
        *,
        seed: int,
        init: Self | None = None,
        weights: FloatArray | None = None,
    ) -> Self:
        """Return a model fitted to the n labels; `init` is a warm start and may be ignored."""
        ...

    def predict(self, batch: Batch) -> Prediction:
        """Predict n examples."""
        ...

    def save(self, folder: Path) -> None:
        """Write the fitted model; never pickle."""
        ...

    @classmethod
    def load(cls, folder: Path, task: Any) -> Self:
        """Read what `save` wrote."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """Give advice: whether to stop, why, and the numbers behind it. `reason` is never empty.

    `rule` names the rule; `message` is a catalogue key for the app with `numbers` as arguments.
    """

    rule: str
    stop: bool
    reason: str
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moment:
    """Be one measured point of a project's history.

    `answers` counts labels so far, `estimate` is the quality (with `low`, `high`: 95 %) on the
    control arm or test set, NaN where unknown; `agreement` is Cohen's kappa between this model's
    predictions and the last one's on the fixed stop set, NaN for the first; `minutes` is
    annotation time so far.

    What is NaN or empty below was not measured, as in what older versions stored: `uncertainty`
    is how unsure the model is of the stop set (mean, 0 sure to 1), `confidence` the share of it
    that the model itself expects to be right about, `change` how far the last
    model's F1 (or score) is from 1 where this model's predictions are taken for the truth,
    `given` the answers that people gave, overlaps and corrections included. `found` maps a label
    to how many examples have it, and how many of those are among the first `drawn` of all
    `searched` examples in random order; all of these `drawn` are labelled; `pool` counts all the
    examples that there are to ask about. `seen` maps a label to how many of its examples one, and
    how many two, of three models find unseen.
    """

    answers: int
    estimate: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    n: int = 0
    agreement: float = float("nan")
    minutes: float = 0.0
    uncertainty: float = float("nan")
    change: float = float("nan")
    given: float = float("nan")
    searched: float = float("nan")
    drawn: float = float("nan")
    found: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    seen: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    pool: float = float("nan")
    confidence: float = float("nan")


@runtime_checkable
class StopRule(Protocol):
    """Judge a history of moments, oldest first; an empty history is no reason to stop."""

    name: ClassVar[str]

    def judge(self, history: Sequence[Moment]) -> Verdict:
        """Return the verdict."""
        ...


@dataclass(frozen=True, slots=True)
class Added:
    """Say what became of imported examples: `new` were stored, `known` were there already."""

    new: int
    known: int


class Store(Protocol):
    """Keep the facts.

    The contract, for every implementation:

    - Everything is keyed by project name. Events are append-only and immutable; their `seq` is
      1, 2, 3 … per project without gaps, and an event is visible only after all smaller ones.
    - Each method is one transaction: it happened entirely, and survives power loss once it has
      returned, or it did not happen. Any number of threads and processes may call.
    - Derived state (who answered what, who holds what) changes in the same transaction as the
      event that causes it: ``answered`` replaces the annotator's current answer to that example
      and ends their lease on it; ``retracted`` removes their current answer.
    - Raises NotFound for an unknown project or example, StoreError for what the database refuses.
    """

    def create(self, settings: Settings) -> None:
        """Make a project and append its first ``settings`` event; AlreadyExists if taken."""
        ...

    def configure(self, settings: Settings, at: float) -> None:
        """Replace the settings of an existing project and append a ``settings`` event."""
        ...

    def projects(self) -> list[Settings]:
        """Return the settings of all projects, by name."""
        ...

    def settings(self, project: str) -> Settings:
        """Return the settings of one project."""
        ...

    def delete(self, project: str) -> None:
        """Remove a project and everything in it."""
        ...

    def add(self, project: str, examples: Iterable[Example]) -> Added:
        """Append examples in order, all or none; an id that is already there is left as it is."""
        ...

    def outline(self, project: str, after: int = -1) -> list[Outline]:
        """Return the outlines of all examples with a row larger than `after`, by row."""
        ...

    def scan(self, project: str, after: int = -1, limit: int = 1000) -> list[tuple[int, Example]]:
        """Return up to `limit` (row, example) with a row larger than `after`, by row."""
        ...

    def examples(self, project: str, ids: Sequence[str]) -> dict[str, Example]:
        """Return the examples of these ids; NotFound names the first that is missing."""
        ...

    def append(self, project: str, drafts: Sequence[Draft]) -> list[Appended]:
        """Append events in order; a draft whose `key` is known returns the known event."""
        ...

    def events(self, project: str, after: int = 0, limit: int | None = None) -> list[Event]:
        """Return the events with a seq larger than `after`, in order."""
        ...

    def claim(
        self,
        project: str,
        who: str,
        questions: Sequence[tuple[str, Mapping[str, Any]]],
        k: int,
        *,
        wanted: int,
        now: float,
        expires: float,
        again: Collection[str] = (),
    ) -> list[Lease]:
        """Lease up to `k` of these (example id, question) to `who`, in the order given.

        One is passed over if somebody flagged it, if `who` holds it already or has labelled it,
        or if (people other than `who` who labelled it) + (others' unexpired leases) reach
        `wanted`. Those of `again` are passed over only if they are flagged or held by anybody,
        however many people have labelled them. For each one taken an ``asked`` event with the
        question as data is appended. Two callers never get the same place.
        """
        ...

    def leases(self, project: str, now: float) -> list[Lease]:
        """Return the unexpired leases, oldest first."""
        ...

    def renew(self, project: str, who: str, now: float, expires: float) -> list[Lease]:
        """Extend all unexpired leases of `who` and return them, oldest first."""
        ...

    def release(self, project: str, who: str, ids: Sequence[str]) -> None:
        """Give questions back unanswered."""
        ...

    def put(self, project: str, name: str, data: bytes) -> None:
        """Keep an artifact (a model's weights, a fitted encoder) under a name, replacing it."""
        ...

    def fetch(self, project: str, name: str) -> bytes | None:
        """Return an artifact, None where there is none."""
        ...

    def close(self) -> None:
        """Let go of connections; the store may not be used afterwards."""
        ...
