"""submodlib: submodular selection in C++; facility location over cosines."""

from __future__ import annotations

from typing import Any

from ..data import Data
from ..jobs import Case, Job


def facility_location(data: Data, k: int, seed: int) -> Job:
    """Return exact facility location with lazy greedy over a dense matrix."""
    from submodlib import FacilityLocationFunction

    candidates = data.candidates

    def run() -> list[Any]:
        function = FacilityLocationFunction(
            n=len(candidates), mode="dense", data=candidates, metric="cosine"
        )
        found = function.maximize(budget=k, optimizer="LazyGreedy", show_progress=False)
        return [row for row, _ in found]

    return Job(run)


CASES = [Case("facility_location", "submodlib", facility_location)]
