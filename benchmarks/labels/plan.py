"""Plan: which sets, which strategies, and which of them `auto` was chosen on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.labels.peers import library_of
from benchmarks.labels.rare import RARE

DEVELOPED = (
    *("trec6", "ag_news_small", "banking77", "sst2", "sms_spam", *RARE),
    *("goemotions", "stsb_en", "emobank"),
)
"""The sets that `auto` is chosen on, and those that share their texts. All the others have no part
in any choice: they confirm it."""


@dataclass(frozen=True)
class Group:
    """Be sets of one kind with the strategies that serve them.

    `margin` is the usual strategy that the others are compared with beside random. Where
    sentence vectors of an English model do not fit, `encoder` is ``auto``: what a project would
    have, for Chinese and for pairs of texts. The strategies of other libraries run where `peers`
    is true.
    """

    title: str
    sets: tuple[str, ...]
    ours: tuple[str, ...]
    margin: str
    encoder: str = "minilm"
    peers: bool = False


CLASSES = ("random", "margin", "badge", "typiclust", "uncertainty_herding", "auto")
LABELS = ("random", "multi_label_min", "multi_label_mean", "typiclust", "auto")
NUMBERS = ("random", "predictive_variance", "lcmd", "typiclust", "auto")
TAGS = ("random", "token_margin", "mnlp", "typiclust", "auto")

GROUPS = {
    "english": Group(
        "One label, English",
        (
            *("trec6", "ag_news_small", "banking77", "sst2", "sms_spam"),
            *("mr", "cr", "subj", "imdb_15k", "clinc150", "stackoverflow_titles"),
        ),
        CLASSES,
        "margin",
        peers=True,
    ),
    "rare": Group("A rare class", tuple(RARE), CLASSES, "margin"),
    "chinese": Group(
        "One label, Chinese", ("chnsenticorp_hotel", "thucnews_titles"), CLASSES, "margin", "auto"
    ),
    "labels": Group(
        "Several labels", ("goemotions", "wikineural_types"), LABELS, "multi_label_min"
    ),
    "numbers": Group("Numbers", ("stsb_en", "emobank"), NUMBERS, "predictive_variance", "auto"),
    "tags": Group("Tags", ("wnut17", "snips_slots"), TAGS, "token_margin"),
}

SEEDS = dict.fromkeys(("random", "margin", "uncertainty_herding", "auto"), 20)
"""Seeds of the strategies that claims rest on."""
FEWER, OF_PEERS = 5, 2
"""Seeds of our other strategies, and of those of other libraries: paired, and told by intervals."""
NEAREST = {
    "trec6": ("scikit_activeml:margin",),
    "mr": ("scikit_activeml:prob_cover", "small_text:prediction_entropy"),
    "imdb_15k": ("typiclust", "scikit_activeml:badge"),
    "chnsenticorp_hotel": ("badge",),
    "wnut17": ("mnlp", "token_margin"),
}
"""Strategies that came out ahead of `auto` on a set with so few: there they have as many as claims
rest on, so that chance alone puts nothing ahead."""

SHORT_SETS = tuple(
    name
    for key in ("english", "rare")
    for name in GROUPS[key].sets
    if name not in ("imdb_15k", "clinc150")
)
SHORT_STRATEGIES = ("random", "margin", "auto")
SHORT_SEEDS = 10
SHORT_LACKS = (
    "the short form leaves out the strategies of other libraries and those of ours but random, "
    "margin and auto; imdb_15k and clinc150; Chinese and all other tasks; changing gear; and it "
    "has 10 seeds in place of 20, for stops and savings 2 on four sets in place of 5 on eleven"
)


def group_of(name: str) -> str:
    """Return the key of the group that a set belongs to."""
    return next(key for key, group in GROUPS.items() if name in group.sets)


def chosen_sets(given: str) -> list[str]:
    """Return the sets that were asked for: names, names of groups, ``dev`` or ``confirm``.

    >>> chosen_sets("numbers,trec6")
    ['stsb_en', 'emobank', 'trec6']
    """
    everything = [name for group in GROUPS.values() for name in group.sets]
    halves = {
        "all": everything,
        "dev": list(DEVELOPED),
        "confirm": [name for name in everything if name not in DEVELOPED],
    }
    found: list[str] = []
    for word in filter(None, given.split(",")):
        group = GROUPS.get(word)
        found += halves.get(word) or (list(group.sets) if group else [word])
    unknown = [name for name in found if name not in everything]
    if unknown:
        raise SystemExit(
            f"no such set: {', '.join(unknown)}; there are {', '.join([*halves, *GROUPS])} and "
            f"{', '.join(everything)}"
        )
    return list(dict.fromkeys(found))


def seeds_of(strategy: str, name: str) -> int:
    """Return how many seeds a strategy runs with on a set where nothing else is asked for.

    >>> seeds_of("auto", "cr"), seeds_of("badge", "cr"), seeds_of("small_text:badge", "cr")
    (20, 5, 2)
    >>> seeds_of("badge", "chnsenticorp_hotel")
    20
    """
    if strategy in NEAREST.get(name, ()):
        return max(SEEDS.values())
    return SEEDS.get(strategy, OF_PEERS if library_of(strategy) else FEWER)


def chosen_strategies(given: Sequence[str], name: str, peers: Sequence[str]) -> list[str]:
    """Return the strategies to run on a set: ``ours`` and ``peers`` stand for all of them."""
    found: list[str] = []
    group = GROUPS[group_of(name)]
    known = {"ours": group.ours, "peers": tuple(peers) if group.peers else ()}
    for word in given:
        found += known.get(word, (word,))
    return list(dict.fromkeys(found))
