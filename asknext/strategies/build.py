"""Build a strategy from its written form: a name, or names and numbers inside wrappers."""

from __future__ import annotations

import ast
import re
from typing import Any

from asknext.core import registry
from asknext.core.errors import InvalidInput
from asknext.core.protocols import Strategy

_HYPHEN = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?<=[a-z])-(?=[a-z])""")
_LONGEST = 1000  # characters


def build(spec: str) -> Strategy:
    """Return the strategy that a text like ``power(margin, beta=2)`` describes.

    A name stands for a registered strategy with its defaults; brackets give it settings, by
    name. The names of wrappers (registry kind ``wrapper``) take strategies in brackets first.
    A setting that is a strategy itself, as in ``auto(then=power(margin, beta=2))``, is handed
    over as its text.
    Hyphens inside names are read as underscores.

    Raises:
        NotFound: no such strategy or wrapper.
        InvalidInput: it cannot be read, or a setting that the strategy does not have.

    >>> build("cluster-margin").name
    'cluster_margin'
    """
    try:
        # What is in quotes keeps its hyphens.
        written = _HYPHEN.sub(lambda found: found[1] or "_", spec.strip()[:_LONGEST])
        tree = ast.parse(written, mode="eval")
    except (SyntaxError, ValueError) as error:
        raise _unreadable(spec) from error
    return _built(tree.body, spec)


def _built(node: ast.expr, spec: str) -> Strategy:
    if isinstance(node, ast.Name):
        return _made(node.id, [], {})
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        inner = [_built(argument, spec) for argument in node.args]
        return _made(node.func.id, inner, _settings(node, spec))
    raise _unreadable(spec)


def _settings(node: ast.Call, spec: str) -> dict[str, Any]:
    settings = {}
    for keyword in node.keywords:
        if _names_strategy(keyword.value):
            settings[str(keyword.arg)] = ast.unparse(keyword.value)
            continue
        try:
            settings[str(keyword.arg)] = ast.literal_eval(keyword.value)
        except ValueError as error:
            raise _unreadable(spec) from error
    return settings


def _names_strategy(node: ast.expr) -> bool:
    named = node.func if isinstance(node, ast.Call) else node
    known = {*registry.names("strategy"), *registry.names("wrapper")}
    return isinstance(named, ast.Name) and named.id in known


def _made(name: str, inner: list[Strategy], settings: dict[str, Any]) -> Strategy:
    kind = "wrapper" if inner and name in registry.names("wrapper") else "strategy"
    if kind == "strategy" and name in registry.names("wrapper"):
        raise InvalidInput(f"{name} wraps a strategy; write {name}(margin)")
    if kind == "strategy" and inner:
        wrappers = ", ".join(registry.names("wrapper"))
        raise InvalidInput(f"{name} takes no strategy inside; these do: {wrappers}")
    try:
        made: Strategy = registry.get(kind, name)(*inner, **settings)
    except TypeError as error:
        given = ", ".join(settings) or "none"
        raise InvalidInput(f"{name} cannot be made with the settings {given}: {error}") from error
    return made


def _unreadable(spec: str) -> InvalidInput:
    return InvalidInput(
        f"{spec!r} is no strategy; write a name, a name with settings or a wrapper: margin, "
        "density_weighted(beta=2), power(margin, beta=1)"
    )


def split(specs: str) -> list[str]:
    """Split a list at the commas that stand outside brackets.

    >>> split("random, power(margin, beta=2)")
    ['random', 'power(margin, beta=2)']
    """
    parts, depth = [""], 0
    for letter in specs:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]
