"""The API's description, with failures as what they are: JSON, on every route."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute


class DescribedApp(FastAPI):
    """Describe failures as JSON on routes that answer with streams or files, too."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI schema; it is made once."""
        if self.openapi_schema is None:
            for path in super().openapi()["paths"].values():
                for operation in path.values():
                    _as_json(operation["responses"])
        assert self.openapi_schema is not None
        return self.openapi_schema


def _as_json(responses: dict[str, Any]) -> None:
    # FastAPI describes a failure with the media type of the route's success.
    for status, response in responses.items():
        if status >= "400":
            response["content"] = {"application/json": next(iter(response["content"].values()))}


def operation_id(route: APIRoute) -> str:
    """Name an operation after its function, which is unique here and reads well in clients."""
    return route.name
