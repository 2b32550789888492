"""From an upload to a project: what the routes of projects do with files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO, Any

from asknext.core import registry
from asknext.core.errors import BadRow, BadRows, Unsupported
from asknext.core.settings import Settings
from asknext.core.tasks import Classification, MultiLabel, Tagging, Task
from asknext.loop.choosing import choose_columns, guess_mapping, task_json, usual_kind
from asknext.loop.projects import create_from, create_project, import_file
from asknext.server import requests, responses
from asknext.server.checks import check
from asknext.server.engine import Engine
from asknext.server.uploads import Upload, Uploads

SHOWN_BAD_ROWS = 100
SETTINGS = (
    "name",
    "title",
    "encoder",
    "strategy",
    "control",
    "gear",
    "self_training",
    "deep",
    "seed",
    "wanted",
    "suggest",
    "guidelines",
    "lease_seconds",
    "stop",
)


def make_project(
    engine: Engine, uploads: Uploads, body: requests.NewProject
) -> responses.ImportOut | None:
    """Make a project and bring its first file in; where that fails nothing is kept."""
    upload = None if body.upload is None else uploads.get(body.upload)
    task, mapping = _task(body, upload)
    chosen = {name: getattr(body, name) for name in SETTINGS}
    settings = Settings(task=task, **chosen)
    check(settings)
    if body.start_from:
        create_from(engine.store, engine.home, settings, body.start_from)
    else:
        create_project(engine.store, settings)
    if upload is None:
        return None
    try:
        return bring_in(
            engine,
            body.name,
            upload,
            mapping,
            label_use=body.label_use,
            skip_bad=body.skip_bad,
        )
    except BaseException:
        engine.delete(body.name)
        raise


def bring_in(
    engine: Engine,
    project: str,
    upload: Upload,
    mapping: Mapping[str, Any] | None,
    *,
    label_use: str,
    split: str = "pool",
    skip_bad: bool = False,
) -> responses.ImportOut:
    """Import an upload, then have its texts encoded in the background."""
    kind = str(engine.store.settings(project).task["kind"])
    columns = mapping or guess_mapping(upload.path, kind)
    rejected = Rejected(engine.home.project(project) / f"rejected-{upload.token[:8]}.jsonl", upload)
    try:
        with rejected:
            report = import_file(
                engine.store,
                engine.home,
                project,
                upload.path,
                columns,
                label_use=label_use,
                split=split,
                on_bad=rejected if skip_bad else None,
                source=upload.name,
            )
    except BadRows as error:
        raise BadRows([_renamed(row, upload) for row in error.rows], error.total) from error
    engine.imported(project, report.notice)
    return responses.ImportOut(**report.to_json(), bad_rows=rejected.first)


class Rejected:
    """Write unreadable rows to a file as JSON lines, from the first one on."""

    def __init__(self, path: Path, upload: Upload) -> None:
        self.first: list[dict[str, Any]] = []
        self._path = path
        self._upload = upload
        self._file: IO[str] | None = None

    def __call__(self, row: BadRow) -> None:
        """Take one row."""
        data = asdict(_renamed(row, self._upload))
        if self._file is None:
            self._file = self._path.open("w", encoding="utf-8")
        self._file.write(json.dumps(data, ensure_ascii=False) + "\n")
        if len(self.first) < SHOWN_BAD_ROWS:
            self.first.append(data)

    def __enter__(self) -> Rejected:
        return self

    def __exit__(self, *error: object) -> None:
        if self._file is not None:
            self._file.close()


def _renamed(row: BadRow, upload: Upload) -> BadRow:
    """Put the name that people know in the place of the random one."""
    return replace(row, file=upload.name)


def _task(
    body: requests.NewProject, upload: Upload | None
) -> tuple[dict[str, Any], Mapping[str, Any] | None]:
    """Return the JSON of the task and the mapping: what was said, the rest from the file."""
    given = {**({"labels": body.labels} if body.labels else {}), **(body.task or {})}
    if upload is None:
        return task_json(usual_kind(given), given), None
    mapping = body.mapping.plain() if body.mapping else None
    chosen = choose_columns(upload.path, given, mapping)
    task = task_json(chosen.kind, given, path=upload.path, mapping=chosen.mapping)
    return task, chosen.mapping


def extended_task(task: Task, labels: Sequence[str]) -> dict[str, Any]:
    """Return the JSON of a task with labels added; Unsupported where it has no label set."""
    if not isinstance(task, Classification | MultiLabel | Tagging):
        raise Unsupported(f"a {task.kind!r} task has no labels to add to")
    return task.extended([label.strip() for label in labels]).to_json()


def describe(upload: Upload) -> responses.UploadOut:
    """Look into an upload: its columns and first rows, a guess, which encoder would be chosen."""
    try:
        peek = registry.get("service", "data.peek")(upload.path)
    except BadRows as error:
        raise BadRows([_renamed(row, upload) for row in error.rows], error.total) from error
    texts = [_text(row.get(peek.guess.text or peek.guess.tokens)) for row in peek.rows]
    choice = registry.get("service", "encoder.choose")([text for text in texts if text])
    return responses.UploadOut(
        upload=upload.token,
        file=upload.name,
        format=peek.format,
        columns=[responses.ColumnOut(**_column(column)) for column in peek.columns],
        rows=[dict(row) for row in peek.rows[:20]],
        guess=peek.guess.to_json(),
        task=peek.task,
        why=peek.why,
        language=choice.code,
        notice=choice.notice,
    )


def _text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _column(column: Any) -> dict[str, Any]:
    return {
        "name": column.name,
        "kind": column.kind,
        "sample": list(column.sample)[:3],
        "distinct": column.distinct,
    }
