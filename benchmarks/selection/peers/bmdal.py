"""bmdal_reg: batch selection with kernels; the linear kernel on the vectors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..data import Data
from ..jobs import Case, Job

WHO = "bmdal"


def selected(method: str) -> Callable[[Data, int, int], Job]:
    """Return one of its selection methods, the labelled taken into account."""

    def prepare(data: Data, k: int, seed: int) -> Job:
        if not hasattr(np, "Inf"):
            np.Inf = np.inf  # type: ignore[attr-defined]
        import torch
        from bmdal_reg.bmdal.algorithms import select_batch
        from bmdal_reg.bmdal.feature_data import TensorFeatureData

        torch.manual_seed(seed)
        pool = TensorFeatureData(torch.from_numpy(data.candidates))
        train = TensorFeatureData(torch.from_numpy(data.known))

        def run() -> object:
            return select_batch(
                batch_size=k, models=[None], data={"train": train, "pool": pool}, y_train=None,
                base_kernel="linear", kernel_transforms=[], selection_method=method,
            )[0].numpy()  # fmt: skip

        return Job(run)

    return prepare


CASES = [
    Case("k_center", f"{WHO}, maxdist", selected("maxdist")),
    Case("lcmd", WHO, selected("lcmd")),
]
