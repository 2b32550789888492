"""The browser app's pages: one shell of HTML each, everything else is static files."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).parent / "static"

router = APIRouter(include_in_schema=False)


def shell(page: str) -> Path:
    """Return a page's HTML file."""
    return STATIC / "pages" / f"{page}.html"


def _serve(page: str) -> FileResponse:
    path = shell(page)
    if not path.exists():
        raise HTTPException(404)
    return FileResponse(path, media_type="text/html")


@router.get("/")
def projects_page() -> FileResponse:
    """Serve the list of projects."""
    return _serve("projects")


@router.get("/new")
def new_page() -> FileResponse:
    """Serve the page that makes a project."""
    return _serve("new")


@router.get("/p/{name}")
def annotate_page(name: str) -> FileResponse:
    """Serve the page where people label; the app reads the project's name from its address."""
    return _serve("annotate")


@router.get("/p/{name}/dashboard")
def dashboard_page(name: str) -> FileResponse:
    """Serve the dashboard of a project."""
    return _serve("dashboard")


@router.get("/p/{name}/evidence")
def evidence_page(name: str) -> FileResponse:
    """Serve what the answers prove: quality, figures per label, saving, outlook."""
    return _serve("evidence")


@router.get("/p/{name}/errors")
def errors_page(name: str) -> FileResponse:
    """Serve where it goes wrong, and what may be asked again."""
    return _serve("errors")


@cache
def _plotly_script() -> Path:
    spec = find_spec("plotly")  # found without importing it
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


@router.get("/static/vendor/plotly.min.js")
def plotly_script() -> FileResponse:
    """Serve the script that the installed plotly package carries."""
    return FileResponse(_plotly_script(), media_type="text/javascript")


def static_files() -> StaticFiles:
    """Serve the app's own files; a path that leads out of the folder is not found."""
    return StaticFiles(directory=STATIC, check_dir=False)
