"""The catalogue: what can be chosen when a project is made."""

from __future__ import annotations

from fastapi import APIRouter

from asknext.core import registry
from asknext.core.errors import InvalidInput, NotFound
from asknext.core.settings import AUTO, INSTANT
from asknext.server import responses
from asknext.server.errors import documented

router = APIRouter(prefix="/api", tags=["catalogue"])


@router.get("/strategies", summary="List the strategies", responses=documented(422))
def strategies(task: str | None = None, model: str | None = None) -> responses.StrategyList:
    """Return strategies and wrappers, all or those that serve a task with a model.

    The model `auto` is the one that projects of this task use.
    """
    model = INSTANT.get(task or "", "linear") if model == AUTO else model
    try:
        rows = registry.get("service", "strategy.cards")(task=task, model=model)
    except NotFound as error:
        raise InvalidInput(str(error)) from error
    return responses.StrategyList(strategies=[responses.StrategyCard(**row) for row in rows])
