"""Wishing: somebody wants examples answered before all others, as a fact that is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from asknext.core.events import WANTED, Draft
from asknext.loop.live import Live


def wish(
    live: Live, find: Callable[[], Sequence[str]], *, why: str, who: str, key: str | None
) -> list[str]:
    """Put what `find` finds before all other questions; return what is wanted.

    The same `key` twice is one wish: the second time nothing is looked for.
    """
    key = None if key is None else f"{WANTED}:{key}"
    done = None if key is None else live.state.wishes.by_key.get(key)
    if done is not None:
        return done
    found = list(find())
    if not found and key is None:
        return found
    data = {"examples": found, "why": why}
    draft = Draft(kind=WANTED, at=live.clock(), who=who, data=data, key=key)
    return list(live.append(draft).event.data["examples"])
