"""The size budget of the house style, held by a test."""

import ast
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).resolve().parents[2] / "asknext"
FILES = sorted(ROOT.rglob("*.py"))


def functions(tree: ast.Module) -> list[tuple[str, int]]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            start = node.body[0]
            text = start.value if isinstance(start, ast.Expr) else None
            is_text = isinstance(text, ast.Constant) and isinstance(text.value, str)
            doc = (start.end_lineno or 0) - start.lineno + 1 if is_text else 0
            found.append((node.name, (node.end_lineno or 0) - node.lineno + 1 - doc))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_file_and_no_function_grows_too_long(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 500
    for name, lines in functions(ast.parse(text)):
        assert lines <= 60, f"{name} has {lines} lines"


def test_most_functions_are_short() -> None:
    every = [n for p in FILES for _, n in functions(ast.parse(p.read_text(encoding="utf-8")))]
    assert median(every) <= 9
