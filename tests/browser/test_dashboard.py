"""The dashboard says in the reader's words what the server names in its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ANSWERS = ["a", "a", "b", "tie", "bad", "bad", "bad"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Answer A", "Answer B", "Both are bad", "Equally good"]),
        ("zh", ["一样好", "两个都不好", "回答 A", "回答 B"]),
    ],
)
def test_the_answers_to_pairs_are_named_in_figure_and_table(
    make_desk: Callable[..., Any], server: Any, language: str, words: list[str]
) -> None:
    rows = [{"prompt": f"what is {i}?", "a": f"it is {i}", "b": "no idea"} for i in range(20)]
    content = "\n".join(json.dumps(row) for row in rows).encode()
    body = {"name": "pairs", "upload": server.upload("p.jsonl", content), "encoder": "tfidf"}
    body["task"] = {"kind": "preference"}
    body["mapping"] = {"text": "prompt", "a": "a", "b": "b"}
    server.call("POST", "/projects", body)
    asked = server.call("POST", "/projects/pairs/ask", {"k": len(ANSWERS)})["questions"]
    for question, value in zip(asked, ANSWERS, strict=True):
        answer = {"example": question["id"], "value": value}
        server.call("POST", "/projects/pairs/answers", answer)
    page = make_desk(language).open("/p/pairs/dashboard")
    page.wait_for_selector("[data-figure=class-balance] .ytick text")
    ticks = page.locator("[data-figure=class-balance] .ytick text").all_text_contents()
    assert sorted(ticks) == words
    told = page.locator("[data-figure=class-balance] tbody td:first-child").all_text_contents()
    assert sorted(told) == words
