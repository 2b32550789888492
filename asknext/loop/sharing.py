"""Sharing: which part of the pool was closed to the strategy, whatever the settings say now."""

from __future__ import annotations

from collections.abc import Iterable

from asknext.core.events import ASKED, SETTINGS, Event


class Share:
    """Follow the control share through the events of one project.

    `lowest` is the smallest share since the strategy began to ask. An example whose draw lies
    above it has been open to the strategy for a while: what is left there is what the strategy
    did not want, and no random sample, even where the share was raised since.

    >>> share, asked = Share(), {"arm": "strategy"}
    >>> facts = [(SETTINGS, {"control": 0.1}), (ASKED, asked), (SETTINGS, {"control": 0.5})]
    >>> share.fold([Event(kind=k, at=0.0, data=d, seq=i) for i, (k, d) in enumerate(facts)])
    >>> share.lowest
    0.1
    """

    def __init__(self) -> None:
        self.lowest = 1.0
        self._now = 1.0
        self._begun = False

    def fold(self, events: Iterable[Event]) -> None:
        """Fold events in order."""
        for event in events:
            if event.kind == SETTINGS:
                self._now = float(event.data.get("control", self._now))
                self.lowest = min(self.lowest, self._now) if self._begun else self._now
            elif event.kind == ASKED:
                self._begun = self._begun or event.data.get("arm") == "strategy"
