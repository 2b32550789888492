"""Uploads, and whether the server is up."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from asknext._version import __version__
from asknext.server import responses
from asknext.server.access import UploadsHere
from asknext.server.errors import documented
from asknext.server.intake import describe
from asknext.server.uploads import Upload, Uploads

router = APIRouter(prefix="/api")

MULTIPART: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}


@router.get("/health", tags=["server"], summary="Say whether the server is up")
async def health() -> responses.Health:
    """Answer without a key."""
    return responses.Health(version=__version__)


@router.post(
    "/uploads",
    tags=["projects"],
    status_code=201,
    summary="Upload a file",
    openapi_extra=MULTIPART,
    responses=documented(422, 501),
)
async def upload(request: Request, uploads: UploadsHere) -> responses.UploadOut:
    """Keep a file for a day and look into it: columns, first rows, a guess at the mapping."""
    kept = await uploads.receive(request.headers.get("content-type", ""), request.stream())
    return await run_in_threadpool(_described, uploads, kept)


def _described(uploads: Uploads, kept: Upload) -> responses.UploadOut:
    try:
        return describe(kept)
    except BaseException:
        uploads.drop(kept)  # a file that cannot be read is of no use to anybody
        raise
