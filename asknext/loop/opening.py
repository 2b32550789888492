"""The shortest way into the loop from Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from asknext.core import registry
from asknext.core.errors import InvalidInput
from asknext.core.home import Home
from asknext.core.protocols import Store
from asknext.core.settings import Settings
from asknext.core.tasks import Classification
from asknext.loop.encoding import encode_project
from asknext.loop.projects import create_project, import_file
from asknext.loop.session import Session


def open_session(
    project: str,
    file: str | Path | None = None,
    *,
    labels: Sequence[str] = (),
    mapping: Mapping[str, Any] | None = None,
    label_use: str = "seed",
    home: str | Path | Home | None = None,
    store: Store | str | None = None,
    **settings: Any,
) -> Session:
    """Open a project; make it first from a file of texts where it does not exist yet.

    `mapping` names the columns (``text``, ``label``, ``id``, ``text_pair``); without it they are
    guessed. `labels` may be left out where a label column is mapped. Further keywords are
    project settings. The texts are encoded before the session is returned.

    Raises:
        NotFound: no such project and no `file`.
        InvalidInput: no labels given and none in the file.
    """
    home = home if isinstance(home, Home) else Home.find(home)
    if store is None or isinstance(store, str):
        store = registry.get("service", "store.open")(store or home.store_url)
    assert not isinstance(store, str)  # a URL has just been opened
    known = any(each.name == project for each in store.projects())
    if file is not None and not known:
        path = Path(file)
        mapping = dict(mapping or guess_mapping(path))
        labels = labels or labels_in(path, mapping)
        task = Classification(tuple(labels)).to_json()
        create_project(store, Settings(name=project, task=task, **settings))
        try:
            import_file(store, home, project, path, mapping, label_use=label_use)
        except BaseException:
            store.delete(project)  # a project without its file is nothing anybody asked for
            raise
    encode_project(store, home, project)
    return Session(store, project, home)


def guess_mapping(path: Path) -> dict[str, Any]:
    """Guess the columns of a file."""
    guess: dict[str, Any] = registry.get("service", "data.peek")(path).guess.to_json()
    return guess


def labels_in(path: Path, mapping: Mapping[str, Any]) -> list[str]:
    """Return the distinct labels of a file's label column, sorted.

    Raises:
        InvalidInput: no label column is mapped, or it does not look like labels.
    """
    if not mapping.get("label"):
        raise InvalidInput("the project needs labels: give them, or map the column that holds them")
    found: list[str] = registry.get("service", "data.labels")(path, mapping["label"])
    return found
