"""The app: routes, door and engine put together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import FastAPI

from asknext._version import __version__
from asknext.core import registry
from asknext.core.home import Home
from asknext.core.protocols import Store
from asknext.server import (
    errors,
    pages,
    routes_catalogue,
    routes_export,
    routes_findings,
    routes_projects,
    routes_status,
    routes_training,
    routes_uploads,
    routes_work,
)
from asknext.server.auth import Keys, load_secret
from asknext.server.engine import Engine
from asknext.server.guard import Guard
from asknext.server.openapi import DescribedApp, operation_id
from asknext.server.uploads import UPLOAD_LIMIT, Uploads

THREADS = 16  # requests handled at a time; the rest wait in line
ROUTERS = (
    routes_uploads.router,
    routes_projects.router,
    routes_work.router,
    routes_status.router,
    routes_findings.router,
    routes_training.router,
    routes_export.router,
    routes_catalogue.router,
)
DESCRIPTION = (
    "Ask for questions, give answers, watch the model, take everything away. Every failure has "
    'the shape `{"error": {"code", "message", "details"}}`.'
)


def create_app(
    home: Home,
    *,
    store: Store | None = None,
    store_url: str | None = None,
    secret: str | None = None,
    host: str = "127.0.0.1",
    upload_limit: int = UPLOAD_LIMIT,
) -> FastAPI:
    """Build the app over a home folder and its store.

    `store` is used and left open; without it `store_url`, else the home's own, is opened and
    closed with the app. `secret` is made and kept in the home where it is not given. `host` is
    allowed as a Host header besides the loopback names.
    """
    keys = Keys(secret or load_secret(home.secret))
    owned = store is None
    url = store_url or home.store_url
    store = store or registry.get("service", "store.open")(url)
    engine = Engine(store, home, store_url=url)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        engine.start()
        try:
            yield
        finally:
            engine.live.close()
            await anyio.to_thread.run_sync(engine.close)
            if owned:
                store.close()

    app = DescribedApp(
        title="asknext",
        version=__version__,
        description=DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url=None,  # its pages load scripts from another site
        redoc_url=None,
        lifespan=lifespan,
        responses=errors.EVERYWHERE,
        generate_unique_id_function=operation_id,
        telemetry={"auto_configure": False, "tracing": False, "metrics": False, "logs": False},
    )
    app.state.engine = engine
    app.state.uploads = Uploads(home.uploads, limit=upload_limit)
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(pages.router)
    app.mount("/static", pages.static_files(), name="static")
    errors.install(app)
    app.add_middleware(Guard, keys=keys, hosts=frozenset({host}), upload_limit=upload_limit)
    return app
