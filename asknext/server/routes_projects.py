"""Projects: list, make, change, delete, bring files in."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from asknext.core.settings import Settings
from asknext.server import requests, responses
from asknext.server.access import EngineHere, ProjectName, UploadsHere
from asknext.server.engine import Engine
from asknext.server.errors import documented
from asknext.server.intake import bring_in, extended_task, make_project

router = APIRouter(prefix="/api/projects", tags=["projects"])


def _card(engine: Engine, settings: Settings) -> responses.ProjectCard:
    counts = engine.session(settings.name).counts()
    first = engine.store.events(settings.name, 0, limit=1)
    return responses.ProjectCard(
        name=settings.name,
        title=settings.title or settings.name,
        task=dict(settings.task),
        examples=counts["examples"],
        answers=counts["answers"],
        labelled=counts["labelled"],
        encoder=settings.encoder,
        created=first[0].at,
    )


def _shown(engine: Engine, project: str) -> dict[str, Any]:
    session = engine.session(project)
    session.sync()
    return {
        "settings": session.settings.to_json(),
        "counts": session.counts(),
        "form": session.task.form(),
    }


@router.get("", summary="List the projects")
def projects(engine: EngineHere) -> responses.ProjectList:
    """Return all projects, by name."""
    return responses.ProjectList(
        projects=[_card(engine, settings) for settings in engine.store.projects()]
    )


@router.post("", status_code=201, summary="Make a project", responses=documented(404, 409, 422))
def new_project(
    body: requests.NewProject, engine: EngineHere, uploads: UploadsHere
) -> responses.CreatedProject:
    """Make a project; with an upload the file is brought in at once, all of it or nothing."""
    report = make_project(engine, uploads, body)
    return responses.CreatedProject(**_shown(engine, body.name), report=report)


@router.get("/{project}", summary="Show a project", responses=documented(404, 422))
def show(project: ProjectName, engine: EngineHere) -> responses.ProjectOut:
    """Return settings, counts, and how to ask."""
    return responses.ProjectOut(**_shown(engine, project))


@router.patch("/{project}", summary="Change a project", responses=documented(404, 422))
def change(
    project: ProjectName, body: requests.ProjectChange, engine: EngineHere
) -> responses.ProjectOut:
    """Change some settings; what is left out stays. Labels can be added, never taken away."""
    changes = body.model_dump(exclude_none=True)
    labels = changes.pop("labels", None)
    if labels:
        changes["task"] = extended_task(engine.store.settings(project).build_task(), labels)
    engine.change(project, changes)
    return responses.ProjectOut(**_shown(engine, project))


@router.delete("/{project}", summary="Delete a project", responses=documented(404, 422))
def delete(project: ProjectName, engine: EngineHere) -> responses.Done:
    """Remove a project with its examples and all answers, for good."""
    engine.delete(project)
    return responses.Done()


@router.post("/{project}/import", summary="Bring a file in", responses=documented(404, 422))
def import_upload(
    project: ProjectName, body: requests.ImportBody, engine: EngineHere, uploads: UploadsHere
) -> responses.ImportOut:
    """Add an uploaded file's examples: all of them, or with `skip_bad` those that can be read."""
    engine.store.settings(project)
    return bring_in(
        engine,
        project,
        uploads.get(body.upload),
        body.mapping.plain() if body.mapping else None,
        label_use=body.label_use,
        split=body.split,
        skip_bad=body.skip_bad,
    )
