"""Active learning for language models: what to label next, live, measured and honest.

The public names are loaded on first use, so that importing the package stays light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from asknext._version import __version__

if TYPE_CHECKING:
    from asknext.core.home import Home as Home
    from asknext.core.settings import Settings as Settings
    from asknext.core.tasks import Classification as Classification
    from asknext.loop.opening import open_session as open_session
    from asknext.loop.session import Session as Session
    from asknext.models.exported import load_model as load_model
    from asknext.strategies.select import select as select

_WHERE = {
    "Classification": "asknext.core.tasks",
    "Home": "asknext.core.home",
    "Session": "asknext.loop.session",
    "Settings": "asknext.core.settings",
    "load_model": "asknext.models.exported",
    "open_session": "asknext.loop.opening",
    "select": "asknext.strategies.select",
}

__all__ = [
    "Classification",
    "Home",
    "Session",
    "Settings",
    "__version__",
    "load_model",
    "open_session",
    "select",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'asknext' has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return __all__
