"""What commands print for other programs."""

from __future__ import annotations

import json

import pytest

from asknext.cli.output import nothing_but_json, show_json


def test_only_our_lines_reach_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    with nothing_but_json():
        print("a library that has something to say")  # noqa: T201
        show_json({"step": 1})
    show_json({"step": 2})
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line) for line in lines] == [{"step": 1}, {"step": 2}]
