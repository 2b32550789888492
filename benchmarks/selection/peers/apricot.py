"""apricot: submodular selection; facility location over cosines."""

from __future__ import annotations

from collections.abc import Callable

from ..data import Data
from ..jobs import Case, Job

WHO = "apricot"


def facility_location(optimizer: str) -> Callable[[Data, int, int], Job]:
    """Return exact facility location with one of its optimizers."""

    def prepare(data: Data, k: int, seed: int) -> Job:
        from apricot import FacilityLocationSelection

        selector = FacilityLocationSelection(
            k, metric="cosine", optimizer=optimizer, random_state=seed
        )
        candidates = data.candidates
        return Job(lambda: selector.fit(candidates).ranking)

    return prepare


CASES = [
    Case("facility_location", f"{WHO}, lazy", facility_location("lazy")),
    Case("facility_location", f"{WHO}, two-stage", facility_location("two-stage")),
]
