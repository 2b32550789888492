"""Fixtures that every test may use."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Rows = list[dict[str, Any]]


def data_root() -> Path:
    """The folder of shared data sets: ASKNEXT_DATA, else ../shared/data beside the repository."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(os.environ.get("ASKNEXT_DATA") or default)


@pytest.fixture(scope="session")
def shared_path() -> Callable[..., Path]:
    """Give the path of a shared data set's file; skip where it is absent."""

    def find(name: str, split: str = "train") -> Path:
        path = data_root() / name / f"{split}.parquet"
        if not path.exists():
            pytest.skip(f"shared data set {name!r} is absent; set ASKNEXT_DATA to its folder")
        return path

    return find


@pytest.fixture(scope="session")
def shared_rows(shared_path: Callable[..., Path]) -> Callable[..., Rows]:
    """Give the rows of a shared data set as dictionaries; skip where it is absent."""

    def read(name: str, split: str = "train") -> Rows:
        parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra 'parquet'")
        return list(parquet.read_table(shared_path(name, split)).to_pylist())

    return read


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Where CI is set, a browser test must run: a skip is a failure there."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and item.get_closest_marker("browser") and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped; in CI every browser test must run"
