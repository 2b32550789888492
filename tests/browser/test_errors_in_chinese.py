"""No error is left in English on a Chinese page: every message that can reach one is known there.

The messages are read from the code. One that is new and has no Chinese fails this test; add it to
static/i18n/errors/zh.json, with `{a}`, `{b}` … for what stands in it.
"""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

import asknext
from asknext.core.errors import BadRow, BadRows, NotFound
from asknext.server.errors import MESSAGES
from asknext.server.guard import _limit_message

ROOT = Path(asknext.__file__).parent
HERE = Path(__file__).parent
KNOWN: dict[str, str] = json.loads(
    (ROOT / "server" / "static" / "i18n" / "errors" / "zh.json").read_text(encoding="utf-8")
)
PLACE = re.compile(r"\{([a-h])\}")
ENGLISH = re.compile(r"[A-Za-z]{4,}")
RAISED = frozenset(
    {"InvalidInput", "InvalidAnswer", "Unsupported", "NotFound", "AlreadyExists", "MissingExtra"}
    | {"NotReady", "StoreError", "TooLarge", "Cancelled", "DoesNotFit", "Busy", "HTTPException"}
    | {"_Fault", "Misfit"}
)
# What no person at a page can bring about: arguments of the library, numbers between its parts.
INSIDE = (
    "cli/",
    "core/batch.py",
    "core/curvature.py",
    "core/predictions.py",
    "core/view.py",
    "evaluation/",
    "example_data/",
    "loop/world.py",
    "models/",
    "strategies/",
    "testing/",
)
# … but these parts of them are reached by settings, by training and by taking away.
REACHED = (
    "models/answering.py",
    "models/deep/",
    "models/exported.py",
    "models/onnx/",
    "models/standard.py",
    "strategies/build.py",
    "strategies/catalogue.py",
    "strategies/cold/chat.py",
    "strategies/cold/llm_pick.py",
)


def reached(path: str) -> bool:
    return path.startswith(REACHED) or not path.startswith(INSIDE)


def template(node: ast.expr, names: dict[str, str]) -> str:
    """The text of an expression, with ▢ for what is put into it."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(template(part, names) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return template(node.left, names) + template(node.right, names)
    if isinstance(node, ast.FormattedValue) and isinstance(node.value, ast.Name):
        return names.get(node.value.id, "▢")
    if isinstance(node, ast.Name):
        return names.get(node.id, "▢")
    return "▢"


def messages(path: Path) -> Iterator[str]:
    """The templates of what a module raises; constants of the module are filled in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        each.targets[0].id: each.value.value
        for each in tree.body
        if isinstance(each, ast.Assign)
        and isinstance(each.targets[0], ast.Name)
        and isinstance(each.value, ast.Constant)
        and isinstance(each.value.value, str)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in RAISED:
                first = 1 if name in ("HTTPException", "_Fault") else 0
                yield from (template(each, constants) for each in node.args[first:][:2])


def all_messages() -> dict[str, str]:
    """Each message that may reach a page, filled with words, and where it comes from."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        where = path.relative_to(ROOT).as_posix()
        for text in messages(path) if reached(where) else ():
            # Only what has words of its own: the rest is put together from others.
            if ENGLISH.search(text):
                found[filled(text)] = where
    return found


def filled(text: str) -> str:
    """Put a short word into each place."""
    parts = text.split("▢")
    return parts[0] + "".join(f"x{i}{part}" for i, part in enumerate(parts[1:], 1))


def spoken() -> dict[str, str]:
    """What is said without being raised by name."""
    bad = BadRows([BadRow("a.csv", 2, "text", "nothing", "a number, or nothing")])
    said = [*MESSAGES.values(), _limit_message(1000), str(bad)]
    said.append(str(NotFound.among("strategy", "magic", ["margin"])))
    said.append("the request is not valid; body.name: Field required")
    return dict.fromkeys(said, "spoken")


def translated(message: str) -> str | None:
    """The same as static/js/errors.js does, for machines without node."""
    ordered = sorted(KNOWN.items(), key=lambda pair: -len(PLACE.sub("", pair[0])))
    for english, words in ordered:
        parts = PLACE.split(english)
        pattern = "".join(
            f"(?P<{part}>.*)" if i % 2 else re.escape(part) for i, part in enumerate(parts)
        )
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return PLACE.sub(partial(_put, found.groupdict()), words)
    return None


def _put(values: dict[str, str], place: re.Match[str]) -> str:
    value = values[place[1]]
    return translated(value) or value


def test_every_error_that_can_reach_a_page_has_its_chinese() -> None:
    said = all_messages() | spoken()
    assert len(said) > 200
    assert {text: where for text, where in said.items() if translated(text) is None} == {}


def test_the_chinese_keeps_what_stands_in_the_message() -> None:
    for english, words in KNOWN.items():
        assert sorted(PLACE.findall(english)) == sorted(PLACE.findall(words)), english
        assert re.search(r"[\u3400-\u9fff]", words), english


def test_parts_that_are_sentences_are_said_in_chinese_too() -> None:
    found = translated("'ja' is not on the scale; allowed: a number from 1 to 5")
    assert found == "'ja' 不在量表上；允许：1 到 5 之间的数"
    found = translated("the request is not valid; body.name: Field required")
    assert found == "请求无效；body.name：必填"


def test_pages_say_the_same() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed; it runs the tests of the app's pure modules")
    said = sorted(all_messages() | spoken())
    given = [*said, "a message that nobody knows", "还没有标签"]
    for language in ("zh", "en"):
        done = subprocess.run(
            [node, str(HERE / "say-error.mjs"), language],
            input=json.dumps(given),
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stderr
        *shown, unknown, _ = json.loads(done.stdout)
        if language == "en":
            assert shown == said
        else:
            assert shown == [translated(text) for text in said]
            assert unknown == "服务器的说明（英文）：a message that nobody knows"
