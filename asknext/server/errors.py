"""One JSON error shape for every failure.

``{"error": {"code": "<stable_code>", "message": "<sentence>", "details": [...]}}``
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from asknext.core import errors
from asknext.server.headers import SECURITY_HEADERS

log = logging.getLogger(__name__)

STATUS: dict[type[errors.AsknextError], int] = {
    errors.NotFound: 404,
    errors.AlreadyExists: 409,
    errors.NotReady: 409,
    errors.InvalidInput: 422,
    errors.MissingExtra: 501,
    errors.StoreError: 503,
}

CODES: dict[int, str] = {
    400: "validation",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    422: "validation",
}

MESSAGES: dict[int, str] = {
    404: "there is nothing at this address; the addresses are listed in /api/openapi.json",
    405: "this address does not take this method; see /api/openapi.json",
}


class Failure(BaseModel):
    """Say what went wrong."""

    code: str = Field(description="Stable and machine-readable.", examples=["not_found"])
    message: str = Field(description="One sentence: what was given, what is allowed, what to do.")
    details: list[dict[str, Any]] = Field(
        default=[], description="One entry for each bad field or row, where there are such."
    )


class ErrorBody(BaseModel):
    """Wrap a failure; the body of every response with a status of 400 or more."""

    error: Failure


class TooLarge(errors.InvalidInput):
    """Reject a body that is larger than the server takes."""

    code = "too_large"


def body(code: str, message: str, details: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """Build the JSON of a failure."""
    return {"error": {"code": code, "message": message, "details": list(details)}}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe for OpenAPI which failures a route can answer with, besides those of all routes."""
    words = {
        404: "No such project, example or file.",
        409: "The name is taken, or the thing asked for is not ready yet.",
        422: "What was sent cannot be used.",
        501: "An optional library is not installed; the message says what to type.",
    }
    return {status: {"model": ErrorBody, "description": words[status]} for status in statuses}


EVERYWHERE: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorBody, "description": "The body cannot be read."},
    401: {"model": ErrorBody, "description": "No valid key."},
    403: {"model": ErrorBody, "description": "The request comes from another site."},
    413: {"model": ErrorBody, "description": "The body is larger than the server takes."},
    405: {"model": ErrorBody, "description": "This address does not take this method."},
    500: {"model": ErrorBody, "description": "An error in asknext; its log has the details."},
    503: {"model": ErrorBody, "description": "The database refused; try again."},
}


def status_of(error: errors.AsknextError) -> int:
    """Return the HTTP status of one of our errors.

    >>> status_of(errors.InvalidAnswer("no")), status_of(errors.NotFound("no"))
    (422, 404)
    """
    if isinstance(error, TooLarge):
        return 413
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def _details(error: errors.AsknextError) -> list[dict[str, Any]]:
    return [asdict(row) for row in error.rows] if isinstance(error, errors.BadRows) else []


def _ours(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, errors.AsknextError)
    found = body(error.code, str(error), _details(error))
    return JSONResponse(found, status_code=status_of(error))


def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status = error.status_code
    message = MESSAGES.get(status, str(error.detail))
    found = body(CODES.get(status, "error"), message)
    return JSONResponse(found, status_code=status, headers=error.headers)


def _field(found: Mapping[str, Any]) -> dict[str, str]:
    """Name a bad field; where the JSON itself is broken its place is no field."""
    where = found["loc"][:1] if found["type"] == "json_invalid" else found["loc"]
    return {"field": ".".join(map(str, where)), "message": str(found["msg"])}


def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    details = [_field(found) for found in error.errors()]
    first = f"{details[0]['field']}: {details[0]['message']}" if details else "unreadable"
    return JSONResponse(body("validation", f"the request is not valid; {first}", details), 422)


def _internal(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    message = "asknext failed at this; nothing was lost, the server's log has the details"
    return JSONResponse(body("internal", message), status_code=500, headers=SECURITY_HEADERS)


def install(app: FastAPI) -> None:
    """Make the app answer every failure in the one shape."""
    app.add_exception_handler(errors.AsknextError, _ours)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _internal)
