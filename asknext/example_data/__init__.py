"""Customer-support messages written for asknext: a pool, a test set, guidelines, a tagging sample.

The files are described in ``README.md`` beside this module.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from asknext.core.errors import NotFound

__all__ = ["GUIDELINES", "LABELS", "path"]

_HERE = Path(str(files(__name__)))
_FILES = (
    "README.md",
    "guidelines.txt",
    "support_messages.csv",
    "support_messages_test.csv",
    "tagging_sample.jsonl",
)

LABELS: tuple[str, ...] = (
    "delivery_status",
    "delivery_late",
    "refund",
    "cancel",
    "billing_error",
    "payment_method",
    "login",
    "account_change",
    "product_problem",
    "promo_code",
)
"""The ten intents, in the order of the guidelines."""

GUIDELINES: str = (_HERE / "guidelines.txt").read_text(encoding="utf-8")
"""The annotation guidelines in English and Chinese, as plain text."""


def path(name: str) -> Path:
    """Return the path of an example file.

    Raises:
        NotFound: no such file; the message lists those that exist.

    >>> path("support_messages.csv").name
    'support_messages.csv'
    """
    if name not in _FILES:
        raise NotFound.among("example file", name, _FILES)
    return _HERE / name
