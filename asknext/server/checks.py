"""What settings must fulfil before the server takes them."""

from __future__ import annotations

from asknext.core import registry
from asknext.core.errors import InvalidInput, NotFound
from asknext.core.settings import Settings
from asknext.loop.projects import check_settings


def check(settings: Settings) -> None:
    """Raise InvalidInput for names that do not exist and for things that do not go together.

    >>> check(Settings("p", {"kind": "poetry"}))
    Traceback (most recent call last):
    asknext.core.errors.InvalidInput: no task named 'poetry'; there is: classification
    """
    try:
        check_settings(settings)
        for name, arguments in settings.stop.items():
            registry.get("stop_rule", name)(**arguments)
    except NotFound as error:
        # To a client a wrong name in a body is a wrong value, not a missing address.
        raise InvalidInput(str(error)) from error
    except (KeyError, TypeError) as error:
        raise InvalidInput(f"settings that cannot be used: {error}") from error
