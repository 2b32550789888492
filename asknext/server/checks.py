"""What settings must fulfil before the server takes them."""

from __future__ import annotations

import os
import re

from asknext.core.errors import InvalidInput, NotFound
from asknext.core.settings import Settings
from asknext.loop.projects import check_settings

ADDRESS = re.compile(r"https?://[^\"'\s,)]*")


def check(settings: Settings) -> None:
    """Raise InvalidInput for names that do not exist and for things that do not go together.

    >>> check(Settings("p", {"kind": "poetry"}))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    asknext.core.errors.InvalidInput: no task named 'poetry'; there is: classification, ...
    """
    check_endpoints(settings.strategy)
    try:
        check_settings(settings)
    except NotFound as error:
        # To a client a wrong name in a body is a wrong value, not a missing address.
        raise InvalidInput(str(error)) from error
    except (KeyError, TypeError) as error:
        raise InvalidInput(f"settings that cannot be used: {error}") from error


def check_endpoints(strategy: str) -> None:
    """Raise InvalidInput where a strategy would send texts to an address that is not allowed.

    Whoever may change a project's settings must not make the server ask any address for them:
    ``ASKNEXT_ENDPOINTS``, set by whoever runs it, lists the beginnings of those that it may ask.

    >>> check_endpoints('llm_pick(endpoint="http://10.0.0.1/v1", model="m")')  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    asknext.core.errors.InvalidInput: this server may not send texts to 'http://10.0.0.1/v1'; ...
    """
    allowed = os.environ.get("ASKNEXT_ENDPOINTS", "").split(",")
    for address in ADDRESS.findall(strategy):
        if not any(one.strip() and address.startswith(one.strip()) for one in allowed):
            raise InvalidInput(
                f"this server may not send texts to {address!r}; whoever runs it allows addresses "
                "by their beginnings, with commas between, in ASKNEXT_ENDPOINTS"
            )
