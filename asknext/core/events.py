"""Events: the facts. Everything else is derived from them.

Kinds and their `data`:

- ``asked``     a question went out: score, reason, strategy, probability, left (examples it
                was drawn from, 0: not known), arm, model, round
- ``answered``  one annotator said something: `action` (label, skip, unsure, flag), `value`,
                `seconds`, `note`, `predicted`, `confidence`, `model`, `arm`, `suggested`,
                `shown` (how it stood on the screen, where that may sway the answer)
- ``retracted`` the annotator took the current answer back
- ``imported``  a file came in: file, rows, copies, near, skipped
- ``settings``  the project's settings changed: the new ones
- ``measured``  quality at this point: answers, estimate, low, high, n, metric …
- ``wanted``    somebody wants an answer to examples, again where there is one: examples (ids),
                why (a list of errors)
- ``checked``   whether self-training helps now: helps, gain, error, before, after, n, pseudo,
                labels, run (whose vectors), reason

What happens to a deep training, a *run*; `data` always holds its id as `run`:

- ``requested``   one is wanted: why (``labels``, ``asked``), answers (labels there are), source
                  (of the base ``project:NAME``: run, folder, hash)
- ``started``     a process took it up: attempt, seq (of the newest label it learns from), answers,
                  model, base, settings, seed, policy, device, host
- ``trained``     its weights are complete: seconds, loss (a summary of the curve), hash, folder
- ``promoted``    it serves from now on: quality, serving (what served before, on the same
                  answers), difference, fluctuation, n, held, rule, reason
- ``refused``     it was worse than what serves: the same figures
- ``failed``      it ended without a model: reason (error, memory, time, interrupted), message
- ``cancelled``   somebody stopped it: nothing more
- ``rolled_back`` `run` serves again (empty: the encoder that the project began with): from

One of promoted, refused, failed and cancelled ends a run; they share a key, so that the first
one counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ASKED = "asked"
ANSWERED = "answered"
RETRACTED = "retracted"
IMPORTED = "imported"
SETTINGS = "settings"
MEASURED = "measured"
CHECKED = "checked"
WANTED = "wanted"

REQUESTED = "requested"
STARTED = "started"
TRAINED = "trained"
PROMOTED = "promoted"
REFUSED = "refused"
FAILED = "failed"
CANCELLED = "cancelled"
ROLLED_BACK = "rolled_back"
ENDS = (PROMOTED, REFUSED, FAILED, CANCELLED)

LABEL = "label"
SKIP = "skip"
UNSURE = "unsure"
FLAG = "flag"
ACTIONS = (LABEL, SKIP, UNSURE, FLAG)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Be an event that is not stored yet.

    `key` makes a retry harmless: a second draft with the same key in the same project is not
    stored; the first one's event is returned. `at` is seconds since 1970, UTC.
    """

    kind: str
    at: float
    who: str = ""
    example: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Draft):
    """Be a stored event. `seq` counts 1, 2, 3 … in its project, in order of commitment."""

    seq: int


@dataclass(frozen=True, slots=True)
class Appended:
    """Say what became of a draft: its event, and whether it is new or a harmless repeat."""

    event: Event
    fresh: bool


@dataclass(frozen=True, slots=True)
class Lease:
    """Say who holds which example until when, and with which question."""

    example: str
    who: str
    expires: float
    question: Mapping[str, Any]
