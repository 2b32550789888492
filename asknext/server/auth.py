"""Who may come in: the secret link, the cookie it leaves, and the bearer key.

Local single-user mode: one secret in the home folder, made at the first start.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from hmac import compare_digest
from pathlib import Path

from itsdangerous import BadSignature, URLSafeTimedSerializer

COOKIE = "asknext"
COOKIE_SECONDS = 180 * 24 * 3600
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def load_secret(path: Path) -> str:
    """Return the secret in this file; make it at the first call, readable by its owner only."""
    with suppress(FileExistsError):
        _write_new(path, secrets.token_urlsafe(32))
    path.chmod(0o600)
    return path.read_text(encoding="ascii").strip()


def _write_new(path: Path, secret: str) -> None:
    """Write under another name first, so that no other process reads half a secret."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secret)
    try:
        os.link(draft, path)
    finally:
        draft.unlink()


def host_name(host: str) -> str:
    """Return the name in a Host header, without its port and in lower case.

    >>> host_name("LocalHost:8000"), host_name("[::1]:8000"), host_name("127.0.0.1")
    ('localhost', '::1', '127.0.0.1')
    """
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()


@dataclass(frozen=True)
class Keys:
    """Check credentials against the one secret.

    >>> keys = Keys("s3cret")
    >>> keys.bearer("Bearer s3cret"), keys.bearer("Bearer other"), keys.cookie(keys.new_cookie())
    (True, False, True)
    """

    secret: str

    def matches(self, given: str) -> bool:
        """Compare with the secret, in a time that tells nothing."""
        return compare_digest(given.encode("utf-8", "replace"), self.secret.encode())

    def bearer(self, header: str) -> bool:
        """Check an Authorization header."""
        scheme, _, given = header.partition(" ")
        return scheme.lower() == "bearer" and self.matches(given.strip())

    def new_cookie(self) -> str:
        """Sign a fresh cookie value."""
        return str(self._serializer.dumps("local"))

    def cookie(self, value: str) -> bool:
        """Check a cookie value: signed with this secret and not too old."""
        try:
            return bool(self._serializer.loads(value, max_age=COOKIE_SECONDS) == "local")
        except BadSignature:
            return False

    @property
    def _serializer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.secret, salt="asknext-cookie")
