"""Error analysis: the lists of what goes wrong, and asking what is on them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from asknext.loop.errors import ASKED
from asknext.server.access import EngineHere, ProjectName, SessionHere
from asknext.server.errors import documented
from asknext.server.requests import Body, Key, Who

router = APIRouter(prefix="/api/projects/{project}/errors", tags=["errors"])


class AskErrorsBody(Body):
    """Name a list of errors, and items of it where not all are meant."""

    kind: str = Field(max_length=64, description="The list.", examples=["label_errors"])
    names: list[Annotated[str, Field(max_length=2000)]] = Field(
        default=[], max_length=1000, description="Names of items; all of the list if none is given."
    )
    k: int = Field(ASKED, ge=1, le=1000, description="Questions at most.")
    who: Who = "me"
    key: Key = None


class SourceOut(BaseModel):
    """Say how many predictions come from one source, and their mean score."""

    n: int
    score: float | None


class ErrorList(BaseModel):
    """Be a list of errors; `error` says what to install where a library is missing."""

    kind: str
    items: list[dict[str, Any]]
    figures: dict[str, Any]
    note: str
    error: str = ""


class ErrorsOut(BaseModel):
    """Hold lists of errors, and who judged how many examples."""

    labelled: int
    judged: dict[str, SourceOut]
    unjudged: int
    reading: str
    lists: list[ErrorList]


class AskedErrors(BaseModel):
    """Say what is asked now, before all other questions."""

    kind: str
    wanted: list[str]


@router.get("", summary="List errors", responses=documented(404, 422))
def error_lists(
    session: SessionHere,
    kind: Annotated[
        list[str] | None, Query(max_length=20, description="A list; all if none is given.")
    ] = None,
) -> ErrorsOut:
    """Return lists of errors; the first time after an answer takes as long as some fits."""
    return ErrorsOut(**session.errors(kind))


@router.post("/ask", summary="Ask what is on a list", responses=documented(404, 422))
def ask_errors(project: ProjectName, body: AskErrorsBody, engine: EngineHere) -> AskedErrors:
    """Put a list before all other questions: the examples again, or new ones like them."""
    session = engine.session(project)
    found = session.ask_errors(body.kind, names=body.names, k=body.k, who=body.who, key=body.key)
    if found["wanted"]:
        engine.changed(project)
    return AskedErrors(**found)
