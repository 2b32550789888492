"""What takes seconds to work out: evidence, lists of errors, and asking what is on them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from asknext.core import registry
from asknext.loop.errors import ASKED, LISTS
from asknext.server.access import EngineHere, ProjectName, SessionHere
from asknext.server.errors import documented
from asknext.server.findings import ERRORS, EVIDENCE, Found
from asknext.server.requests import Body, Key, Who

router = APIRouter(prefix="/api/projects/{project}", tags=["findings"])


class AskErrorsBody(Body):
    """Name a list of errors, and items of it where not all are meant."""

    kind: str = Field(max_length=64, description="The list.", examples=["label_errors"])
    names: list[Annotated[str, Field(max_length=2000)]] = Field(
        default=[], max_length=1000, description="Names of items; all of the list if none is given."
    )
    k: int = Field(ASKED, ge=1, le=1000, description="Questions at most.")
    who: Who = "me"
    key: Key = None


class AskAuditBody(Body):
    """Say how many questions drawn at random to ask at once, or how exact the quality is to be."""

    k: int | None = Field(None, ge=1, le=1000, description="Questions; 20 without it and `half`.")
    half: float | None = Field(
        None, gt=0, lt=0.5, description="As many as an interval of ± this takes.", examples=[0.03]
    )
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


class FindingOut(BaseModel):
    """Say what a finding speaks of, and whether a newer one is being worked out."""

    state: Literal["working", "ready", "failed"] = Field(
        description="`ready`: of all answers there are; `working`: a newer one is being made; "
        "`failed`: that went wrong, see `error`."
    )
    of: int = Field(description="Labelled examples that `found` speaks of.")
    error: str = Field("", description="Why the last try failed, empty where it did not.")


class EvidenceOut(FindingOut):
    """Hold the evidence that was worked out last; null before any, and while there is no model."""

    found: dict[str, Any] | None


class ErrorLists(FindingOut):
    """Hold the lists that were made last; null before any."""

    found: ErrorsOut | None


class AskedErrors(BaseModel):
    """Say what is asked now, before all other questions."""

    kind: str
    wanted: list[str]


class AskedAudit(BaseModel):
    """Say which questions drawn at random are asked now, and how many are left after them."""

    wanted: list[str]
    left: int


@router.get("/evidence", summary="Show the evidence", responses=documented(404, 422))
def evidence(session: SessionHere, engine: EngineHere) -> EvidenceOut:
    """Return what was worked out last, at once; where it is behind, work begins on a newer one."""
    return EvidenceOut(**_told(engine.findings.look(session, EVIDENCE)))


@router.get("/errors", summary="List errors", responses=documented(404, 422))
def error_lists(
    session: SessionHere,
    engine: EngineHere,
    kind: Annotated[
        list[str] | None, Query(max_length=20, description="A list; all if none is given.")
    ] = None,
) -> ErrorLists:
    """Return the lists made last, at once; where they are behind, work begins on newer ones."""
    for name in kind or ():
        registry.get(LISTS, name)  # NotFound where there is no such list
    told = _told(engine.findings.look(session, ERRORS))
    if kind and told["found"]:
        lists = [each for each in told["found"]["lists"] if each["kind"] in kind]
        told["found"] = {**told["found"], "lists": lists}
    return ErrorLists(**told)


@router.post("/audit", summary="Ask at random now", responses=documented(404, 409, 422))
def ask_audit(project: ProjectName, body: AskAuditBody, engine: EngineHere) -> AskedAudit:
    """Put questions drawn at random before all others, to know the quality more exactly.

    They are the next ones of the control arm, so every figure stays unbiased.
    """
    session = engine.session(project)
    found = session.ask_audit(body.k, half=body.half, who=body.who, key=body.key)
    if found["wanted"]:
        engine.changed(project)
    return AskedAudit(**found)


def _told(found: Found) -> dict[str, Any]:
    return {"state": found.state, "of": found.of, "error": found.error, "found": found.found}


@router.post("/errors/ask", summary="Ask what is on a list", responses=documented(404, 422))
def ask_errors(project: ProjectName, body: AskErrorsBody, engine: EngineHere) -> AskedErrors:
    """Put a list before all other questions: the examples again, or new ones like them.

    The lists that were made last are meant, as people have them before them.
    """
    session = engine.session(project)
    shown = engine.findings.last(session, ERRORS)
    how: dict[str, Any] = {"names": body.names, "k": body.k, "who": body.who, "key": body.key}
    found = session.ask_errors(body.kind, **how, shown=shown)
    if found["wanted"]:
        engine.changed(project)
    return AskedErrors(**found)
