"""Watching: status, live events, report, figures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from asknext.server import responses
from asknext.server.access import EngineHere, ProjectName, SessionHere
from asknext.server.errors import documented
from asknext.server.figures import FIGURES, draw

router = APIRouter(prefix="/api/projects/{project}", tags=["status"])

FigureName = Literal["learning-curve", "class-balance", "answers-per-hour", "outlook"]
assert set(FigureName.__args__) == set(FIGURES)  # type: ignore[attr-defined]


@router.get("/status", summary="Show the live status", responses=documented(404, 422))
def status(project: ProjectName, engine: EngineHere) -> responses.StatusOut:
    """Return how the model, the encoding and the queue are doing."""
    return responses.StatusOut(**engine.status(project))


@router.get(
    "/live",
    summary="Watch the live status",
    response_class=EventSourceResponse,
    responses=documented(404, 422),
)
async def live(
    project: ProjectName, session: SessionHere, engine: EngineHere
) -> AsyncIterator[ServerSentEvent]:
    """Send `status` events: at once and at each change, at most four a second."""
    async for found in engine.live.watch(project):
        data = responses.StatusOut(**found).model_dump(mode="json")
        yield ServerSentEvent(event="status", data=data)


@router.get("/report", summary="Show the report", responses=documented(404, 422))
def report(session: SessionHere) -> responses.ReportOut:
    """Return everything that the dashboard shows."""
    return responses.ReportOut(**_full(session.report()))


def _full(report: dict[str, Any]) -> dict[str, Any]:
    counts = report["counts"]
    return {"duplicates": {"copies": counts["copies"], "near": counts["near"]}, **report}


@router.get("/figures/{figure}", summary="Draw a figure", responses=documented(404, 422))
def figure(
    session: SessionHere,
    figure: FigureName,
    lang: Annotated[Literal["en", "zh"], Query(description="Language of the words.")] = "en",
) -> responses.FigureOut:
    """Return a Plotly figure as JSON."""
    return responses.FigureOut(**draw(figure, session.report(), lang))
