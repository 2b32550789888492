"""Fixtures that every test may use."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Rows = list[dict[str, Any]]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)


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


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Start the system's Chromium, one for the whole run; skip where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the extra 'dev'")
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"no Chromium here; looked for {', '.join(BROWSERS)}")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS.split())
        yield browser
        browser.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Where CI is set, a browser test must run: a skip is a failure there."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and item.get_closest_marker("browser") and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped; in CI every browser test must run"
