"""Peers: strategies of other libraries as plug-ins of ours, on the same vectors and the same head.

A peer's strategy is written ``library:strategy``. Where `--peers` names a folder of installed
packages, it is searched after those of asknext.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from asknext.core import registry

LIBRARIES = {"small_text": "small_text", "scikit_activeml": "skactiveml"}
"""What we write, and what is imported."""

STRATEGIES = {
    "small_text": (
        "breaking_ties", "least_confidence", "prediction_entropy", "badge", "contrastive",
        "greedy_coreset", "lightweight_coreset", "embedding_k_means",
    ),
    "scikit_activeml": (
        "margin", "least_confident", "entropy", "badge", "clue", "falcun", "drop_query",
        "contrastive", "core_set", "typi_clust", "prob_cover", "max_herding", "greedy_sampling",
    ),
}  # fmt: skip


def spelled(strategy: str) -> str:
    """Return the name under which a strategy is registered; ours keep theirs.

    >>> spelled("small_text:badge"), spelled("power(margin, beta=2)")
    ('small_text__badge', 'power(margin, beta=2)')
    """
    library, _, name = strategy.partition(":")
    return f"{library}__{name}" if library in LIBRARIES else strategy


def library_of(strategy: str) -> str:
    """Return the library of a peer's strategy, empty for ours."""
    library = strategy.partition(":")[0]
    return library if library in LIBRARIES else ""


def there() -> list[str]:
    """List the strategies of the peers that are installed."""
    return [
        f"{library}:{name}"
        for library, names in STRATEGIES.items()
        if find_spec(LIBRARIES[library])
        for name in names
    ]


@contextmanager
def registered(folder: str = "") -> Iterator[None]:
    """Register the strategies of peers as entry points, as an installed plug-in does.

    Processes that are spawned meanwhile know them too: they take over where modules are searched.
    """
    if folder:
        sys.path.append(folder)
    with tempfile.TemporaryDirectory(prefix="asknext-peers-") as place:
        about = Path(place) / "asknext_peers-1.0.dist-info"
        about.mkdir()
        head = "Metadata-Version: 2.1\nName: asknext-peers\nVersion: 1.0\n"
        (about / "METADATA").write_text(head, encoding="utf-8")
        lines = (
            f"{spelled(f'{library}:{name}')} = {__name__}.{library}:{_class(name)}"
            for library, names in STRATEGIES.items()
            for name in names
        )
        text = "\n".join(["[asknext.strategy]", *lines, ""])
        (about / "entry_points.txt").write_text(text, encoding="utf-8")
        sys.path.append(place)
        registry._plug_ins.cache_clear()
        try:
            yield
        finally:
            sys.path.remove(place)
            registry._plug_ins.cache_clear()


def _class(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))
