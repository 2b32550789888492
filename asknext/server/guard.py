"""The door: every request passes here before any route sees it."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from asknext.server.auth import COOKIE, COOKIE_SECONDS, LOOPBACK, Keys, host_name
from asknext.server.errors import body
from asknext.server.headers import SECURITY_HEADERS

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN = frozenset({"/api/health"})
JSON_LIMIT = 16 * 2**20  # bytes of any body but an upload
UPLOADS = "/api/uploads"

CLOSED_PAGE = Path(__file__).parent / "static" / "pages" / "unauthorized.html"


class Guard:
    """Check host, origin, size and credentials; add the security headers to every response."""

    def __init__(
        self, app: ASGIApp, *, keys: Keys, hosts: frozenset[str], upload_limit: int
    ) -> None:
        self.app = app
        self.keys = keys
        self.hosts = hosts | LOOPBACK
        self.upload_limit = upload_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through, or answer why not."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal is None:
            limit = self._limit(scope)
            await self.app(scope, _counted(receive, limit), _with_headers(send, scope))
        else:
            await refusal(scope, receive, _with_headers(send, scope))

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        if host_name(headers.get("host", "")) not in self.hosts:
            allowed = ", ".join(sorted(self.hosts))
            return _failure(403, "forbidden", f"this host name is not served; use: {allowed}")
        if scope["method"] not in SAFE and not _same_site(scope, headers):
            return _failure(403, "forbidden", "requests from other sites may not change anything")
        if not self._welcome(scope, headers):
            return self._turned_away(scope)
        length = headers.get("content-length") or "0"
        if not (length.isascii() and length.isdigit()):
            return _failure(400, "validation", "Content-Length is not a number of bytes")
        if int(length) > self._limit(scope):
            return _failure(413, "too_large", _limit_message(self._limit(scope)))
        return None

    def _welcome(self, scope: Scope, headers: Headers) -> bool:
        if scope["path"] in OPEN or self.keys.bearer(headers.get("authorization", "")):
            return "key" not in dict(_query(scope)) or scope["path"].startswith("/api/")
        if "key" in dict(_query(scope)) and not scope["path"].startswith("/api/"):
            return False
        return self.keys.cookie(_cookie(headers))

    def _turned_away(self, scope: Scope) -> Response:
        if scope["path"].startswith("/api/"):
            message = (
                "a key is needed: send 'Authorization: Bearer <secret>' with the secret that "
                "`asknext serve` prints, or open its link first"
            )
            return _failure(401, "unauthorized", message)
        query = _query(scope)
        given = dict(query).get("key")
        if scope["method"] == "GET" and given is not None and self.keys.matches(given):
            return self._let_in(scope, [(name, value) for name, value in query if name != "key"])
        return HTMLResponse(CLOSED_PAGE.read_text(encoding="utf-8"), status_code=401)

    def _let_in(self, scope: Scope, query: list[tuple[str, str]]) -> Response:
        # A path that begins with two slashes would lead to another host.
        path = "/" + scope["path"].lstrip("/\\")
        target = f"{path}?{urlencode(query)}" if query else path
        response = RedirectResponse(target, status_code=303)
        response.set_cookie(
            COOKIE,
            self.keys.new_cookie(),
            max_age=COOKIE_SECONDS,
            httponly=True,
            samesite="strict",
            secure=scope["scheme"] == "https",
        )
        return response

    def _limit(self, scope: Scope) -> int:
        # The multipart wrapping comes on top of the file itself.
        return self.upload_limit + 2**16 if scope["path"] == UPLOADS else JSON_LIMIT


def _query(scope: Scope) -> list[tuple[str, str]]:
    return parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)


def _cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return "" if found is None else found.value


def _same_site(scope: Scope, headers: Headers) -> bool:
    if headers.get("sec-fetch-site", "none") in ("cross-site", "same-site"):
        return False
    origin = headers.get("origin")
    return origin is None or origin == f"{scope['scheme']}://{headers.get('host', '')}"


def _failure(status: int, code: str, message: str) -> Response:
    return JSONResponse(body(code, message), status_code=status)


def _limit_message(limit: int) -> str:
    return f"the body is too large; at most {limit:,} bytes are taken here"


def _counted(receive: Receive, limit: int) -> Receive:
    """Refuse a body without a length as soon as it has grown too large."""
    total = 0

    async def counted() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > limit:
            raise HTTPException(413, _limit_message(limit))
        return message

    return counted


def _with_headers(send: Send, scope: Scope) -> Send:
    async def complete(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(SECURITY_HEADERS)
            kept = "no-cache" if scope["path"].startswith("/static/") else "no-store"
            headers.setdefault("cache-control", kept)
        await send(message)

    return complete
