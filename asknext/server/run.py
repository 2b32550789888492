"""Serve on this machine until somebody stops it."""

from __future__ import annotations

import ipaddress
import logging
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn
from rich.console import Console

from asknext.core.errors import InvalidInput
from asknext.core.home import Home
from asknext.server.app import create_app
from asknext.server.auth import load_secret

SWITCH = 0.0005  # seconds before a training thread hands over to a waiting request
GRACE = 3  # seconds that open requests get at shutdown


def check_host(host: str) -> None:
    """Refuse an address that other machines could reach.

    >>> check_host("127.0.0.1"), check_host("localhost"), check_host("::1")
    (None, None, None)
    >>> check_host("0.0.0.0")
    Traceback (most recent call last):
    asknext.core.errors.InvalidInput: '0.0.0.0' can be reached from other machines, and there \
are no accounts to protect it; serve on 127.0.0.1 and reach it through an SSH tunnel: \
ssh -L 8000:127.0.0.1:8000 THIS-MACHINE
    """
    try:
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise InvalidInput(
            f"{host!r} can be reached from other machines, and there are no accounts to protect "
            "it; serve on 127.0.0.1 and reach it through an SSH tunnel: "
            "ssh -L 8000:127.0.0.1:8000 THIS-MACHINE"
        )


class _Server(uvicorn.Server):
    """Say when it is ready, and end the live streams before waiting for open requests."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], app: Any) -> None:
        super().__init__(config)
        self._ready = ready
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End in good order, as a success: uvicorn would raise the signal anew afterwards."""
        self.force_exit = self.should_exit
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the live streams, then wait for the open requests."""
        self._app.state.engine.live.close()
        await super().shutdown(sockets)


def bind(host: str, port: int) -> socket.socket:
    """Bind a socket; port 0 takes a free one. InvalidInput where the port is taken."""
    check_host(host)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only where the protocol is named; it costs 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise InvalidInput(
            f"cannot serve on port {port}: {error.strerror}; choose another with --port, "
            "or 0 for a free one"
        ) from error
    return listening


def link(host: str, port: int, secret: str) -> str:
    """Build the secret link.

    >>> link("::1", 8000, "abc")
    'http://[::1]:8000/?key=abc'
    """
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/?key={secret}"


def announce(address: str) -> None:
    """Print the secret link."""
    console = Console()
    console.print("asknext is ready. Open this link (it holds your key, keep it to yourself):")
    console.print(address, soft_wrap=True, highlight=False, markup=False)
    console.print("Stop with Ctrl-C; nothing that was saved is lost.")


def serve(
    home: Home,
    *,
    host: str = "127.0.0.1",
    port: int = 8765,
    open_browser: bool = False,
    store_url: str | None = None,
    tell: Callable[[str], None] = announce,
) -> None:
    """Serve until SIGINT or SIGTERM; `tell` is called with the secret link once it is up.

    Raises:
        InvalidInput: an address that other machines could reach, or a port that is taken.
    """
    listening = bind(host, port)
    sys.setswitchinterval(SWITCH)
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    address = link(host, int(listening.getsockname()[1]), load_secret(home.secret))

    def ready() -> None:
        tell(address)
        if open_browser:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    app = create_app(home, store_url=store_url, host=host)
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        lifespan="on",
        timeout_graceful_shutdown=GRACE,
    )
    with listening:
        _Server(config, ready, app).run(sockets=[listening])
