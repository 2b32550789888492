"""``asknext serve``: the app and the REST service."""

from __future__ import annotations

from typing import Annotated

import typer

from asknext.cli.options import HomeOption, StoreOption, find_home


def serve(
    host: Annotated[str, typer.Option("--host", help="Address to bind; this machine only.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option("--port", help="Port; 0 takes a free one.")] = 8765,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the app in the browser.")
    ] = False,
    home: HomeOption = None,
    store: StoreOption = None,
) -> None:
    """Serve the app and the REST API on this machine.

    It prints a link with a secret; whoever has the link is in. Stop it with Ctrl-C: nothing that
    was saved is lost.

    Examples:

      asknext serve

      asknext serve --port 0 --open
    """
    from asknext.server.run import serve as run

    run(find_home(home), host=host, port=port, open_browser=open_browser, store_url=store)
