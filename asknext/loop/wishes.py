"""Wishes: which examples somebody wants answered, who declined, and what a second look settled."""

from __future__ import annotations

from collections.abc import Sequence

from asknext.core.events import FLAG, LABEL

WISH = "wanted@1"
"""Stands as the strategy of a question that goes out because somebody wants it answered."""

AUDIT = "audit"
"""Stands as the list of those that are drawn at random and asked at once."""


class Wishes:
    """Fold wishes and what people make of them.

    `wanted` maps each example to the list of errors that it is on, in the order of the wishes; a
    label or a flag settles it, who can say nothing declines. `looked` are those that were looked
    at again since they were labelled. `by_key` has what was wanted under the key of a request.
    """

    def __init__(self) -> None:
        self.wanted: dict[str, str] = {}
        self.looked: set[str] = set()
        self.by_key: dict[str, list[str]] = {}
        self._declined: dict[str, set[str]] = {}
        self._kept: set[tuple[str, str]] = set()
        self._settled: dict[tuple[str, str], str] = {}

    def want(self, examples: Sequence[str], why: str, key: str | None = None) -> None:
        """Add examples; those that are wanted already keep their place."""
        self.wanted |= dict.fromkeys(examples, why)
        if key is not None:
            self.by_key[key] = list(examples)

    def declined(self, example: str, who: str) -> bool:
        """Say whether somebody had nothing to say when they were asked."""
        return who in self._declined.get(example, ())

    def keeps(self, example: str, who: str, action: str, strategy: str, before: str) -> bool:
        """Say whether the answer of `who` leaves their earlier one as it is.

        So it does where they had labelled the example, `before`, and decline a second look.
        """
        self._kept.discard((example, who))
        if example not in self.wanted or action in (LABEL, FLAG):
            return False
        self._declined.setdefault(example, set()).add(who)
        if strategy != WISH or before != LABEL:
            return False
        self._kept.add((example, who))
        return True

    def answered(
        self, example: str, who: str, action: str, *, labelled: bool, changed: bool
    ) -> None:
        """Settle the wish for an example that was `labelled` before, or not."""
        if example in self.wanted and action in (LABEL, FLAG):
            self._settled[example, who] = self.wanted.pop(example)
            self._declined.pop(example, None)
            if labelled:
                self.looked.add(example)
        elif changed:
            self.looked.discard(example)

    def take_back(self, example: str, who: str) -> bool:
        """Restore the wish that an answer settled; say whether their label stays as it is."""
        self._declined.get(example, set()).discard(who)
        if (example, who) in self._kept:
            self._kept.discard((example, who))
            return True
        self.looked.discard(example)
        why = self._settled.pop((example, who), None)
        if why is not None:
            self.wanted.setdefault(example, why)
        return False
