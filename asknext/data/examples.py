"""Examples from a file: streaming, with ids, exact copies and near duplicates settled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from asknext.core.errors import BadRow, InvalidInput
from asknext.core.examples import POOL, Example, Outline
from asknext.core.protocols import Progress
from asknext.core.tasks import Task
from asknext.data import mapping as columns
from asknext.data.duplicates import NearIndex
from asknext.data.form import Collected, Form, Ready
from asknext.data.formats import OnBad, Rows, detect, open_rows
from asknext.data.identity import Identities, Identity
from asknext.data.size import estimate_rows

Texts = Callable[[], Iterable[tuple[str, str]]]

_BLOCK = 8192  # rows
_LETTERS = 1 << 21  # of a block, so that long texts do not pile up
_TOKEN = 6  # letters, about


def read_examples(
    path: str | Path,
    mapping: Mapping[str, Any] | columns.Mapping,
    *,
    format: str | None = None,
    gold: bool = False,
    split: str = POOL,
    known: Sequence[Outline] = (),
    texts: Texts | None = None,
    task: Task | None = None,
    on_bad: OnBad | None = None,
    progress: Progress | None = None,
) -> Iterator[tuple[Example, Any]]:
    """Yield (example, label or None) for every good row of a file, in its order.

    Args:
        format: a registered reader; found by the suffix where None.
        gold: put the label into `Example.gold` too.
        split: ``pool`` or ``test``; copies and near duplicates are looked for within it.
        known: what the project holds; an id there with the same content is the same example.
        texts: gives (id, text) of these, so that near duplicates of them are found.
        task: says how a label is written and checks it; what it refuses is a bad row.
        on_bad: called with each bad row, which is left out. Without it the rows are collected.
        progress: called with (rows read, estimated rows).

    Without a task labels are texts, also where the file has numbers. `near` is None on the first
    example of a near-duplicate group and its id on all others; exact copies have `copy_of` instead.

    Raises:
        NotFound: no such file, or a mapped column that is not in it.
        InvalidInput: the file cannot be read, holds no rows, or the mapping does not fit the task.
        BadRows: bad rows and no `on_bad`, after the whole file was read.
    """
    path = Path(path)
    chosen = mapping if isinstance(mapping, columns.Mapping) else columns.Mapping.from_json(mapping)
    _refuse_unfit(chosen, task)
    bad = Collected(on_bad)
    format = format or detect(path)
    rows = open_rows(path, format, bad)
    form = Form(path.name, chosen, bad, task)
    settler = _Settler(form, known, split, texts, gold)
    shown = _Shown(progress, estimate_rows(path, format) if progress else 0)
    return _examples(rows, form, settler, shown)


def _refuse_unfit(mapping: columns.Mapping, task: Task | None) -> None:
    """Raise InvalidInput where the mapping gives no field that the task asks about."""
    missing = sorted(set(() if task is None else task.fields) - set(mapping.fields))
    if task is not None and missing:
        raise InvalidInput(
            f"a {task.kind} project needs {', '.join(task.fields)}; map the columns that hold "
            f"{', '.join(missing)}; given: {', '.join(mapping.fields)}"
        )


def _examples(
    rows: Rows, form: Form, settler: _Settler, shown: _Shown
) -> Iterator[tuple[Example, Any]]:
    done = 0
    while block := _take(rows, form.mapping):
        if done == 0:
            form.check_columns(row for _, row in block)
        done = block[-1][0]
        good = [ready for number, row in block if (ready := form.read(number, row))]
        yield from settler.settle(good)
        shown(done)
    if done == 0 and not form.bad.total:
        raise InvalidInput(f"{form.file} holds no rows")
    shown.finish(done)
    form.bad.finish()


def _take(rows: Rows, mapping: columns.Mapping) -> list[tuple[int, dict[str, Any]]]:
    """Take the next block: so many rows or so much text, whatever comes first."""
    block, letters = [], 0
    source, each = (mapping.text, 1) if mapping.text else (mapping.tokens or "", _TOKEN)
    for pair in islice(rows, _BLOCK):
        block.append(pair)
        text = pair[1].get(source)
        letters += len(text if isinstance(text, str | list) else ()) * each
        if letters > _LETTERS:
            break
    return block


class _Shown:
    """Report progress; the estimated total never falls below what is done."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total

    def __call__(self, done: int) -> None:
        if self._progress is not None:
            self._progress(done, max(done, self._total))

    def finish(self, done: int) -> None:
        self._total = done
        self(done)


class _Settler:
    """Give blocks of rows their ids, copies and near-duplicate groups."""

    def __init__(
        self,
        form: Form,
        known: Sequence[Outline],
        split: str,
        texts: Texts | None,
        gold: bool,
    ) -> None:
        self._form, self._split, self._gold = form, split, gold
        self._identities = Identities(known, split)
        self._index = NearIndex()
        self._ids: list[str] = []  # by row of the index
        self._near = {o.id: o.near for o in known if o.near is not None}
        if texts is not None and known:
            originals = {o.id for o in known if o.split == split and o.copy_of is None}
            self._learn(pair for pair in texts() if pair[0] in originals)

    def _learn(self, texts: Iterator[tuple[str, str]]) -> None:
        while block := list(islice(texts, _BLOCK)):
            self._index.add([text for _, text in block])
            self._ids += [id for id, _ in block]

    def settle(self, rows: Iterable[Ready]) -> Iterator[tuple[Example, Any]]:
        """Yield the rows as (example, label); rows with somebody else's id are bad."""
        settled = [pair for row in rows if (pair := self._named(row))]
        originals = [(row, who) for row, who in settled if not who.copy_of and not who.again]
        self._group([(who.id, "\n".join(row.fields.values())) for row, who in originals])
        for row, who in settled:
            near = None if who.copy_of else self._near.get(who.id)
            gold = row.label if self._gold else None
            yield (
                Example(
                    who.id, row.fields, row.meta, row.key, who.copy_of, near, self._split, gold
                ),
                row.label,
            )

    def _named(self, row: Ready) -> tuple[Ready, Identity] | None:
        who = self._identities.settle(row.key, row.id)
        if who is not None:
            return row, who
        found = f"{row.id!r}, which another text has already"
        allowed = "an id of its own for each text; or map no id column"
        form = self._form
        form.bad(BadRow(form.file, row.number, form.mapping.id or "", found, allowed))
        return None

    def _group(self, texts: list[tuple[str, str]]) -> None:
        """Remember the group of each text that is like an earlier one."""
        matches = self._index.add([text for _, text in texts])
        self._ids += [id for id, _ in texts]
        for (id, _), match in zip(texts, matches.tolist(), strict=True):
            if match >= 0:
                like = self._ids[match]
                self._near[id] = self._near.get(like, like)
