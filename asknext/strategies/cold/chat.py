"""Chat: one question to an OpenAI-compatible endpoint, and its answer as JSON."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from asknext.core.errors import InvalidInput, NotReady

PAUSE = 0.2  # seconds before the first retry, doubled for each further one
SHOWN = 300  # letters of a reply that an error shows
BUSY = frozenset({408, 429, 500, 502, 503, 504})
_FENCED = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)

Message = dict[str, str]
Found = TypeVar("Found")


class Malformed(ValueError):
    """Say what is wrong with a reply."""


@dataclass(frozen=True)
class Chat:
    """Hold an endpoint like ``http://127.0.0.1:11434/v1`` and how to ask it.

    `key_from` names the environment variable that holds the key, "" where none is needed.
    """

    endpoint: str
    model: str
    key_from: str = ""
    timeout: float = 60.0
    retries: int = 2

    def ask(self, messages: Sequence[Message], read: Callable[[Any], Found]) -> Found:
        """Return what `read` makes of the JSON in the reply; ask once more where it is Malformed.

        Raises:
            NotReady: the endpoint does not answer, or twice with something else; it is shown.
            InvalidInput: the endpoint refuses, or the key is missing.
        """
        said = list(messages)
        reply = self.reply(said)
        try:
            return read(parsed(reply))
        except Malformed as error:
            said += [
                {"role": "assistant", "content": reply},
                {"role": "user", "content": f"That cannot be read: {error}. Answer again."},
            ]
        reply = self.reply(said)
        try:
            return read(parsed(reply))
        except Malformed as error:
            raise NotReady(
                f"{self.model} at {self.endpoint} was asked twice and gave no answer that can be "
                f"read: {error}; it said: {reply[:SHOWN]!r}. Try a larger model"
            ) from error

    def reply(self, messages: Sequence[Message]) -> str:
        """Return the words of the reply, at temperature 0."""
        body = self._posted({"model": self.model, "temperature": 0, "messages": list(messages)})
        try:
            return str(json.loads(body)["choices"][0]["message"]["content"])
        except (ValueError, LookupError, TypeError) as error:
            raise NotReady(
                f"{self.endpoint} does not answer like a chat endpoint; it said: {body[:SHOWN]!r}"
            ) from error

    def _posted(self, question: dict[str, Any]) -> str:
        import httpx2

        url = self.endpoint.rstrip("/").removesuffix("/chat/completions") + "/chat/completions"
        headers, failure = self._headers(), ""
        for attempt in range(self.retries + 1):
            time.sleep(PAUSE * 2 ** (attempt - 1) if attempt else 0)
            try:
                got = httpx2.post(url, json=question, headers=headers, timeout=self.timeout)
            except httpx2.TimeoutException:
                failure = f"no answer within {self.timeout:g} s"
                continue
            except (httpx2.TransportError, httpx2.InvalidURL) as error:
                failure = str(error) or type(error).__name__
                continue
            if got.status_code not in BUSY:
                return self._accepted(got.status_code, got.text)
            failure = f"HTTP {got.status_code}: {got.text[:SHOWN]!r}"
        raise NotReady(
            f"{self.endpoint} did not answer in {self.retries + 1} tries, the last: {failure}"
        )

    def _accepted(self, status: int, body: str) -> str:
        if status == 200:
            return body
        key = self.key_from or "no key (name the environment variable that holds it: key_from=)"
        raise InvalidInput(
            f"{self.endpoint} refused with HTTP {status}: {body[:SHOWN]!r}; asked with the model "
            f"{self.model!r} and {key}"
        )

    def _headers(self) -> dict[str, str]:
        if not self.key_from:
            return {}
        key = os.environ.get(self.key_from, "")
        if not key:
            raise InvalidInput(
                f"the environment variable {self.key_from!r}, which is to hold the key of "
                f"{self.endpoint}, is not set; set it where asknext runs"
            )
        return {"Authorization": f"Bearer {key}"}


def parsed(reply: str) -> Any:
    r"""Return the JSON of a reply, fenced or bare; raises Malformed.

    >>> parsed('Here you are:\n```json\n{"picks": []}\n```')
    {'picks': []}
    """
    fenced = _FENCED.search(reply)
    try:
        return json.loads(fenced.group(1) if fenced else reply)
    except ValueError as error:
        raise Malformed(f"it is not JSON ({error})") from error
