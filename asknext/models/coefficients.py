"""Coefficients: a fitted linear head as plain numbers, and how they are written down."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from asknext.core.batch import FloatArray, Table, blocks
from asknext.core.errors import InvalidInput
from asknext.models.lbfgs import Point

VERSION = 1
KERNEL = 16  # BLAS is fastest when the number of columns is a multiple of its kernel's width
ROWS_AT_ONCE = 4096  # rows in one product: its result still lies in the cache for softmax


@dataclass(frozen=True, slots=True)
class Calibration:
    """Say by what the logits are divided, and what showed that this helps.

    `calibrated` is True only where held-out log-loss fell from `before` to `after`, both means
    over `labels` answers; otherwise `temperature` is 1 and `reason` says why.
    """

    temperature: float = 1.0
    calibrated: bool = False
    labels: int = 0
    before: float | None = None
    after: float | None = None
    reason: str = "not asked for"


@dataclass(frozen=True)
class Coefficients:
    """Hold `coef` (c, d) and `intercept` (c,) float32; row j belongs to ``classes[j]``."""

    classes: tuple[str, ...]
    coef: FloatArray
    intercept: FloatArray
    settings: Mapping[str, float]
    calibration: Calibration = field(default_factory=Calibration)

    @property
    def columns(self) -> int:
        """Return how many columns vectors must have."""
        return int(self.coef.shape[1])

    @property
    def digest(self) -> str:
        """Return 32 hex digits that change with anything that predictions depend on."""
        content = blake2b(_text(self.about()).encode(), digest_size=16)
        content.update(np.ascontiguousarray(self.coef, "<f4").tobytes())
        content.update(np.ascontiguousarray(self.intercept, "<f4").tobytes())
        return content.hexdigest()

    def about(self) -> dict[str, Any]:
        """Return everything but the arrays, as JSON."""
        return {
            "version": VERSION,
            "classes": list(self.classes),
            "columns": self.columns,
            "settings": dict(self.settings),
            "calibration": asdict(self.calibration),
        }

    def logits(self, table: Table) -> FloatArray:
        """Return the scores (n, c) float32 of n vectors, block by block, before temperature."""
        if table.shape[1] != self.columns:
            raise InvalidInput(
                f"these vectors have {table.shape[1]} columns, the model was fitted to "
                f"{self.columns}; use the encoder it was trained with"
            )
        count = len(self.classes)
        wide = np.zeros((self.columns, -(-count // KERNEL) * KERNEL), np.float32)
        wide[:, :count] = self.coef.T
        out = np.empty((len(table), count), np.float32)
        for part, block in blocks(table, ROWS_AT_ONCE):
            product = np.asarray(block, np.float32) @ wide
            np.add(product[:, :count], self.intercept, out=out[part])
        return out

    def to_bytes(self) -> bytes:
        """Return one ``.npz`` with everything; equal coefficients give equal bytes."""
        about = np.frombuffer(_text(self.about()).encode(), np.uint8)
        buffer = BytesIO()
        np.savez(buffer, coef=self.coef, intercept=self.intercept, about=about)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Coefficients:
        """Read what `to_bytes` wrote."""
        with np.load(BytesIO(data), allow_pickle=False) as arrays:
            about = json.loads(arrays["about"].tobytes())
            return _rebuilt(about, arrays["coef"], arrays["intercept"])

    def save(self, folder: Path) -> None:
        """Write ``head.npz`` and, readable by people, ``head.json``."""
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "head.npz").open("wb") as file:
            np.savez(file, coef=self.coef, intercept=self.intercept)
        text = json.dumps(self.about(), ensure_ascii=False, indent=2, allow_nan=False)
        (folder / "head.json").write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Coefficients:
        """Read what `save` wrote; raises InvalidInput for a version it does not know."""
        about = json.loads((folder / "head.json").read_text(encoding="utf-8"))
        with np.load(folder / "head.npz", allow_pickle=False) as arrays:
            return _rebuilt(about, arrays["coef"], arrays["intercept"])


def begin(init: Coefficients | None, classes: Sequence[str], columns: int) -> Point:
    """Return (d + 1, c) to start from: what `init` knows of each class, zeros for the rest."""
    start = np.zeros((columns + 1, len(classes)))
    if init is None or init.columns != columns:
        return start
    place = {name: i for i, name in enumerate(init.classes)}
    for column, name in enumerate(classes):
        if name in place:
            start[:-1, column] = init.coef[place[name]]
            start[-1, column] = init.intercept[place[name]]
    return start


def _text(about: Mapping[str, Any]) -> str:
    return json.dumps(about, ensure_ascii=False, sort_keys=True, allow_nan=False)


def _rebuilt(about: Mapping[str, Any], coef: FloatArray, intercept: FloatArray) -> Coefficients:
    if about.get("version") != VERSION:
        raise InvalidInput(
            f"this linear head has format version {about.get('version')!r}, this asknext reads "
            f"{VERSION}; install the asknext that wrote it, or a newer one"
        )
    classes = tuple(about["classes"])
    if coef.shape != (len(classes), about["columns"]) or intercept.shape != (len(classes),):
        raise InvalidInput(
            f"this linear head is damaged: {len(classes)} classes, coefficients {coef.shape}, "
            f"intercepts {intercept.shape}; export it again"
        )
    return Coefficients(
        classes, coef, intercept, about["settings"], Calibration(**about["calibration"])
    )
