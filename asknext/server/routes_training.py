"""The deep model: train now, list the runs, stop one, roll back."""

from __future__ import annotations

from fastapi import APIRouter, Path

from asknext.loop.deep import requests as deep
from asknext.server import responses
from asknext.server.access import EngineHere, ProjectName, SessionHere
from asknext.server.errors import documented

router = APIRouter(prefix="/api/projects/{project}", tags=["training"])

WHO = "app"


@router.post(
    "/train", summary="Train the deep model", status_code=202, responses=documented(404, 409, 422)
)
def train(project: ProjectName, engine: EngineHere) -> responses.RunOut:
    """Ask for a training now; where one waits or goes on already, that one is returned."""
    run = deep.request(engine.session(project), who=WHO)
    engine.train(project)
    return responses.RunOut(**run.to_json())


@router.get("/runs", summary="List the trainings", responses=documented(404, 422))
def runs(session: SessionHere) -> responses.RunList:
    """Return all trainings of the deep model, newest first, and which one serves."""
    session.sync()
    ledger = session.state.ledger
    shown = [responses.RunOut(**run.to_json()) for run in reversed(ledger.runs.values())]
    return responses.RunList(serving=ledger.serving, runs=shown)


@router.post("/runs/{run}/cancel", summary="Stop a training", responses=documented(404, 409, 422))
def cancel_run(
    project: ProjectName,
    engine: EngineHere,
    run: str = Path(description="Id of the run.", max_length=64),
) -> responses.RunOut:
    """Stop a training that waits or goes on; what serves stays as it is."""
    found = deep.cancel(engine.session(project), run, who=WHO)
    engine.stop_training(project)
    return responses.RunOut(**found.to_json())


@router.post(
    "/rollback", summary="Go back to the model before", responses=documented(404, 409, 422)
)
def rollback(project: ProjectName, engine: EngineHere) -> responses.ServingOut:
    """Let the deep model serve again that served before the last promotion."""
    serving = deep.roll_back(engine.session(project), who=WHO)
    engine.changed(project)
    return responses.ServingOut(serving=serving)
