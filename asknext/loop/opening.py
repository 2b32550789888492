"""The shortest way into the loop from Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from asknext.core import registry
from asknext.core.home import Home
from asknext.core.protocols import Store
from asknext.core.settings import Settings
from asknext.loop.choosing import choose_columns, task_json
from asknext.loop.encoding import encode_project
from asknext.loop.projects import create_project, import_file
from asknext.loop.session import Session


def open_session(
    project: str,
    file: str | Path | None = None,
    *,
    labels: Sequence[str] = (),
    task: str | Mapping[str, Any] | None = None,
    mapping: Mapping[str, Any] | None = None,
    label_use: str = "seed",
    home: str | Path | Home | None = None,
    store: Store | str | None = None,
    **settings: Any,
) -> Session:
    """Open a project; make it first from a file of texts where it does not exist yet.

    `task` is a kind (``multi_label``) or JSON with a ``kind``; without it the file decides.
    `mapping` names the columns (``text``, ``label``, ``id`` …); without it they are guessed.
    Labels, or the ends of a scale, may be left out where the column that holds answers is mapped.
    Further keywords are project settings. The texts are encoded before the session is returned.

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
        given = {"kind": task} if isinstance(task, str) else dict(task or {})
        given |= {"labels": list(labels)} if labels else {}
        chosen = choose_columns(path, given, mapping)
        mapping = chosen.mapping
        made = task_json(chosen.kind, given, path=path, mapping=mapping)
        create_project(store, Settings(name=project, task=made, **settings))
        try:
            import_file(store, home, project, path, mapping, label_use=label_use)
        except BaseException:
            store.delete(project)  # a project without its file is nothing anybody asked for
            raise
    encode_project(store, home, project)
    return Session(store, project, home)
