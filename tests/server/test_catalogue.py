"""The catalogue over REST: all strategies, or those that go with a task and a model."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from asknext.core import registry


def test_all_strategies_are_listed(client: TestClient) -> None:
    rows = client.get("/api/strategies").json()["strategies"]
    named = {row["name"] for row in rows if row["kind"] == "strategy"}
    assert named == set(registry.names("strategy"))


def test_only_what_serves_the_task_and_model_is_listed(client: TestClient) -> None:
    answer = client.get("/api/strategies", params={"task": "classification", "model": "linear"})
    rows = {row["name"]: row for row in answer.json()["strategies"]}
    assert "margin" in rows
    assert all(not row["tasks"] or "classification" in row["tasks"] for row in rows.values())


@pytest.mark.parametrize("query", [{"task": "poetry"}, {"model": "big"}])
def test_unknown_names_are_refused(client: TestClient, query: dict[str, str]) -> None:
    answer = client.get("/api/strategies", params=query)
    assert answer.status_code == 422
    assert "poetry" in answer.text or "big" in answer.text
