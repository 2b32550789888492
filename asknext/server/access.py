"""How routes reach the engine and the session of the project in their address."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Request

from asknext.loop.session import Session
from asknext.server.engine import Engine
from asknext.server.uploads import Uploads

ProjectName = Annotated[
    str, Path(alias="project", description="Name of the project.", max_length=64)
]


async def get_engine(request: Request) -> Engine:
    """Return the engine of this app."""
    engine: Engine = request.app.state.engine
    return engine


async def get_uploads(request: Request) -> Uploads:
    """Return the place of uploaded files."""
    uploads: Uploads = request.app.state.uploads
    return uploads


EngineHere = Annotated[Engine, Depends(get_engine)]
UploadsHere = Annotated[Uploads, Depends(get_uploads)]


def get_session(project: ProjectName, engine: EngineHere) -> Session:
    """Return the session of the project; NotFound where there is none."""
    return engine.session(project)


SessionHere = Annotated[Session, Depends(get_session)]
