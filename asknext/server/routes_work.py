"""Asking and answering: the addresses that annotators' clients use all day."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from asknext.core.events import Event
from asknext.loop.session import Told
from asknext.server import requests, responses
from asknext.server.access import EngineHere, ProjectName, SessionHere
from asknext.server.errors import documented

router = APIRouter(prefix="/api/projects/{project}", tags=["work"])

SHOWN = ("action", "value", "seconds", "note", "suggested", "model")  # never the arm
IdempotencyKey = Annotated[
    str | None, Header(max_length=200, description="The same as `key` in the body.")
]


def _event(event: Event) -> responses.EventOut:
    return responses.EventOut(
        seq=event.seq,
        kind=event.kind,
        at=event.at,
        who=event.who,
        example=event.example,
        data={name: event.data[name] for name in SHOWN if name in event.data},
    )


def _told(told: Told) -> responses.ToldOut:
    return responses.ToldOut(event=_event(told.event), fresh=told.fresh)


@router.post("/ask", summary="Ask for questions", responses=documented(404, 422))
def ask(project: ProjectName, body: requests.AskBody, engine: EngineHere) -> responses.Questions:
    """Return what `who` holds (besides `holding`), then new questions; asking twice is harmless."""
    session = engine.session(project)
    found = session.ask(body.k, body.who, holding=body.holding)
    counts = session.counts()
    return responses.Questions(
        questions=[responses.QuestionOut(**question.to_json()) for question in found],
        model=session.serving.version,
        remaining=max(counts["askable"] - counts["labelled"], 0),
    )


@router.post(
    "/answers",
    summary="Give an answer",
    status_code=201,
    responses={
        200: {"model": responses.ToldOut, "description": "A repeat; it was stored before."},
        **documented(404, 422),
    },
)
def answer(
    project: ProjectName,
    body: requests.AnswerBody,
    engine: EngineHere,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> responses.ToldOut:
    """Store an answer; once this returns it survives a power cut."""
    told = engine.session(project).tell(
        body.example,
        body.value,
        who=body.who,
        action=body.action,
        seconds=body.seconds,
        note=body.note,
        suggested=body.suggested,
        shown=body.shown,
        key=body.key or idempotency_key,
    )
    if told.fresh:
        engine.changed(project)
    else:
        response.status_code = 200
    return _told(told)


@router.post("/retract", summary="Take an answer back", responses=documented(404, 422))
def retract(
    project: ProjectName,
    body: requests.RetractBody,
    engine: EngineHere,
    idempotency_key: IdempotencyKey = None,
) -> responses.ToldOut:
    """Remove somebody's current answer and hand them the question again."""
    key = body.key or idempotency_key
    told = engine.session(project).retract(body.example, who=body.who, key=key)
    if told.fresh:
        engine.changed(project)
    return _told(told)


@router.post("/release", summary="Give questions back", responses=documented(404, 422))
def release(project: ProjectName, body: requests.ReleaseBody, engine: EngineHere) -> responses.Done:
    """Give questions back unanswered, so that others may get them at once."""
    engine.session(project).release(body.who, body.examples)
    return responses.Done()


@router.get(
    "/examples/{example:path}/why", summary="Explain a question", responses=documented(404, 422)
)
def why(session: SessionHere, example: str) -> responses.WhyOut:
    """Return score, reason, prediction (unless it must stay blind) and labelled neighbours."""
    return responses.WhyOut(**session.why(example))


@router.get("/examples/{example:path}", summary="Show an example", responses=documented(404, 422))
def example(session: SessionHere, example: str) -> responses.ExampleOut:
    """Return an example with its label, all answers to it and its exact copies."""
    return responses.ExampleOut(**session.example(example))


@router.get("/history", summary="List newest answers", responses=documented(404, 422))
def history(
    session: SessionHere,
    who: Annotated[str, Query(min_length=1, max_length=200)] = "me",
    limit: Annotated[int, Query(ge=1, le=1000)] = 10,
) -> responses.HistoryOut:
    """Return the newest current answers of `who`, newest first."""
    return responses.HistoryOut(answers=session.history(who, limit))
