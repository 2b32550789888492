"""Import optional libraries with a message that says what to type."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from asknext.core.errors import MissingExtra


def require(module: str, *, extra: str, purpose: str) -> ModuleType:
    """Import `module`, or raise MissingExtra naming the extra that brings it.

    >>> require("json", extra="none", purpose="nothing").__name__
    'json'
    >>> require("no_such_library", extra="hf", purpose="it")
    Traceback (most recent call last):
    asknext.core.errors.MissingExtra: it needs 'no_such_library'; type: pip install 'asknext[hf]'
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name is not None and error.name.split(".")[0] == module.split(".")[0]:
            raise MissingExtra(
                f"{purpose} needs {module!r}; type: pip install 'asknext[{extra}]'"
            ) from error
        raise
