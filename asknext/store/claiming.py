"""The rule by which a question may go out to somebody."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from asknext.core.events import FLAG, LABEL


def free(who: str, wanted: int, said: Mapping[str, str], holders: Collection[str]) -> bool:
    """Tell whether `who` may be asked, given who said what and who holds it now.

    >>> free("ann", 2, {"bob": "label"}, ["cai"]), free("ann", 3, {"bob": "label"}, ["cai"])
    (False, True)
    """
    if who in holders or said.get(who) == LABEL or FLAG in said.values():
        return False
    labelled = sum(action == LABEL for action in said.values())
    return labelled + len(holders) < wanted


def free_again(said: Mapping[str, str], holders: Collection[str]) -> bool:
    """Tell whether a question that somebody wants answered again may go out to anybody.

    >>> free_again({"ann": "label"}, []), free_again({}, ["bob"]), free_again({"ann": "flag"}, [])
    (True, False, False)
    """
    return not holders and FLAG not in said.values()


def choose(
    ids: Sequence[str],
    who: str,
    k: int,
    *,
    wanted: int,
    said: Mapping[str, Mapping[str, str]],
    holders: Mapping[str, Collection[str]],
    again: Collection[str] = (),
) -> list[int]:
    """Return the places in `ids` of the first `k` that are free, each id once.

    >>> choose(["a", "b", "a", "c"], "ann", 2, wanted=1, said={"b": {"bob": "flag"}}, holders={})
    [0, 3]
    """
    taken: dict[str, int] = {}
    for place, example in enumerate(ids):
        if len(taken) >= k:
            break
        if example in taken:
            continue
        spoken, held = said.get(example, {}), holders.get(example, ())
        if free(who, wanted, spoken, held) or (example in again and free_again(spoken, held)):
            taken[example] = place
    return list(taken.values())
