"""Label Studio: tasks with annotations as JSON, and the labelling configuration they fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from asknext.data.atomic import replacing
from asknext.data.controls import control
from asknext.data.table import to_json


def write_label_studio(rows: Iterable[Mapping[str, Any]], path: Path) -> int:
    """Write tasks that Label Studio imports and return how many.

    Beside ``labels.json`` comes ``labels.config.xml``, the labelling interface to paste into the
    project's settings. The fields, the id (as ``asknext_id``) and the metadata go into ``data``.
    Each answer is one annotation; an answer without a label (skipped, unsure, flagged) is a
    cancelled one. An example labelled through its exact copy has one annotation without a time.
    """
    count = 0
    task: Mapping[str, Any] = {}
    fields: list[str] = []
    with replacing(path) as beside, replacing(config_path(path)) as config:
        with beside.open("x", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write("[")
            for row in rows:
                file.write(("," if count else "") + "\n" + to_json(_task(row)))
                task = row.get("task") or task
                fields += [name for name in row["fields"] if name not in fields]
                count += 1
            file.write("\n]\n")
        config.write_text(labelling_config(task, fields or ["text"]), encoding="utf-8")
    return count


def config_path(path: Path) -> Path:
    """Return where the labelling configuration of a file goes.

    >>> config_path(Path("labels.json")).name
    'labels.config.xml'
    """
    return path.with_suffix(".config.xml")


def labelling_config(task: Mapping[str, Any], fields: Sequence[str]) -> str:
    """Return the labelling interface: the fields shown, and what asks for the answer.

    >>> task = {"kind": "classification", "labels": ["yes", "no"]}
    >>> print(labelling_config(task, ["text"]))
    <View>
      <Text name="text" value="$text"/>
      <Choices name="label" toName="text" choice="single">
        <Choice value="yes"/>
        <Choice value="no"/>
      </Choices>
    </View>
    """
    shown = [f'  <Text name="{name}" value="${name}"/>' for name in fields]
    asking = control(str(task.get("kind"))).config(task, fields[0])
    return "\n".join(["<View>", *shown, *asking, "</View>"])


def _task(row: Mapping[str, Any]) -> dict[str, Any]:
    data = {**(row.get("meta") or {}), **row["fields"], "asknext_id": row["id"]}
    answers = row.get("answers") or []
    made = [_annotation(answer, row) for answer in answers]
    if not made and row.get("label") is not None:
        made = [{"result": _results(row["label"], row)}]
    return {"data": data, "annotations": made}


def _annotation(answer: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"result": []}
    if answer.get("action") == "label":
        made["result"] += _results(answer["value"], row)
    else:
        made["was_cancelled"] = True
    if answer.get("seconds") is not None:
        made["lead_time"] = answer["seconds"]
    return made


def _results(value: Any, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    kind = str((row.get("task") or {}).get("kind"))
    target = next(iter(row["fields"]), "text")
    return control(kind).results(value, target, row["fields"])
