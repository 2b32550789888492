"""Taking away: labels, the model, predictions."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from asknext.core import registry
from asknext.server import requests, responses
from asknext.server.access import EngineHere, ProjectName, SessionHere
from asknext.server.errors import documented

router = APIRouter(prefix="/api/projects/{project}", tags=["take away"])

SUFFIX = {
    "csv": ".csv",
    "jsonl": ".jsonl",
    "parquet": ".parquet",
    "datasets": "",
    "label-studio": ".json",
}
MEDIA = {
    ".csv": "text/csv; charset=utf-8",
    ".jsonl": "application/x-ndjson",
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
    ".zip": "application/zip",
}
Format = Literal["csv", "jsonl", "parquet", "datasets", "label-studio"]
FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


def _scratch() -> Path:
    return Path(tempfile.mkdtemp(prefix="asknext-export-"))


def _zipped(folder: Path) -> Path:
    return Path(shutil.make_archive(str(folder), "zip", folder))


def _download(path: Path, name: str, scratch: Path) -> FileResponse:
    return FileResponse(
        path,
        filename=name,
        media_type=MEDIA[path.suffix],
        background=BackgroundTask(shutil.rmtree, scratch, ignore_errors=True),
    )


@router.get(
    "/export/labels",
    summary="Download the labels",
    response_class=FileResponse,
    responses={**FILE, **documented(404, 422, 501)},
)
def export_labels(
    project: ProjectName, session: SessionHere, format: Annotated[Format, Query()] = "csv"
) -> FileResponse:
    """Write every example with its label and answers; `datasets` comes as a zip of its folder."""
    registry.get("writer", format)
    name = f"{project}-labels{SUFFIX[format]}"
    return _written(name, lambda path: session.export_labels(format, path))


@router.get(
    "/export/model",
    summary="Download the model",
    response_class=FileResponse,
    responses={**FILE, **documented(404, 409, 422, 501)},
)
def export_model(project: ProjectName, session: SessionHere) -> FileResponse:
    """Zip the model's folder: weights, encoder, model card; `asknext predict` reads it."""
    return _written(f"{project}-model", session.export_model)


@router.get(
    "/export/huggingface",
    summary="Download the fine-tuned model by itself",
    response_class=FileResponse,
    responses={**FILE, **documented(404, 409, 422, 501)},
)
def export_standard(project: ProjectName, session: SessionHere) -> FileResponse:
    """Zip the standard Hugging Face folder with its card; 409 while no fine-tuned model serves."""
    return _written(f"{project}-huggingface", session.export_standard)


def _written(name: str, write: Callable[[Path], object]) -> FileResponse:
    """Let `write` make a file, or a folder that is then zipped, and send it."""
    scratch = _scratch()
    try:
        path = scratch / name
        write(path)
        path = _zipped(path) if path.is_dir() else path
    except BaseException:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    return _download(path, path.name, scratch)


@router.post("/predict", summary="Predict texts", responses=documented(404, 409, 422, 501))
def predict(
    project: ProjectName, body: requests.PredictBody, engine: EngineHere
) -> responses.Predictions:
    """Answer up to 1,000 texts with the serving model; the first call loads the encoder."""
    session = engine.session(project)
    found = session.predict(body.texts)
    return responses.Predictions(
        predictions=[responses.PredictionOut(**each) for each in found],
        model=session.serving.version,
    )
