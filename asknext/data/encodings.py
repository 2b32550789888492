"""Open text files of unknown encoding; packed with gzip or not."""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TextIO, cast

from asknext.core.errors import InvalidInput

_CHUNK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HIGH = re.compile(rb"[\x80-\xff]+")


def open_bytes(path: Path) -> IO[bytes]:
    """Open a file for reading, unpacking it where its name ends in ``.gz``."""
    if path.suffix.lower() == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return path.open("rb")


def open_text(path: Path, newline: str | None = None) -> TextIO:
    """Open a text file in the encoding that `encoding_of` finds.

    Raises:
        InvalidInput: no supported encoding fits, or the file is not readable.
    """
    encoding = encoding_of(path)
    return _open_as(path, encoding, newline)


def _open_as(path: Path, encoding: str, newline: str | None) -> TextIO:
    """Unpack where the name ends in ``.gz``."""
    if path.suffix.lower() == ".gz":
        return cast("TextIO", gzip.open(path, "rt", encoding=encoding, newline=newline))
    return path.open(encoding=encoding, newline=newline)


def encoding_of(path: Path) -> str:
    """Name the encoding: by its byte order mark, else UTF-16 by its zeros, UTF-8, GB18030.

    The whole file is read once, so that no row in its middle can fail later.

    Raises:
        InvalidInput: none of them fits; the message says where UTF-8 broke.
    """
    try:
        with open_bytes(path) as file:
            head = file.read(4096)
        marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
        marked = marked or _utf16_by_zeros(head)
        broken = _breaks(path, marked or "utf-8")
        if broken is None:
            return marked or "utf-8"
        if marked is None and _looks_chinese(path, broken) and _breaks(path, "gb18030") is None:
            return "gb18030"
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInput(f"{path.name} cannot be read: {error}") from error
    raise InvalidInput(
        f"{path.name} is not valid {marked or 'UTF-8'} (byte {broken}); allowed: UTF-8, UTF-16 "
        "and GB18030. Save it again as UTF-8."
    )


def _utf16_by_zeros(head: bytes) -> str | None:
    """Recognise UTF-16 without a mark: Latin letters leave every second byte zero."""
    first, second = head[0::2].count(0), head[1::2].count(0)
    if max(first, second) <= len(head) / 20 or min(first, second) > max(first, second) / 10:
        return None
    return "utf-16-le" if second > first else "utf-16-be"


def _chunks(path: Path) -> Iterator[bytes]:
    with open_bytes(path) as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _breaks(path: Path, encoding: str) -> int | None:
    """Return about where the file breaks the encoding, None where it does not."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    try:
        for chunk in _chunks(path):
            decoder.decode(chunk)
            done += len(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return max(0, done + error.start)
    return None


def _looks_chinese(path: Path, near: int) -> bool:
    """Tell GB18030 from damaged UTF-8 and from Western one-byte encodings.

    Damaged UTF-8 is still mostly valid; Western text has its high bytes one at a time. GB18030
    would decode both, to nonsense.
    """
    with open_bytes(path) as file:
        file.seek(max(0, near - _CHUNK // 2))
        part = file.read(_CHUNK)
    shown = part.decode("utf-8", "replace")
    valid = sum(1 for letter in shown if letter > "\x7f" and letter != "\ufffd")
    runs = _HIGH.findall(part)
    alone = sum(1 for run in runs if len(run) == 1)
    return valid <= shown.count("\ufffd") and alone <= len(runs) / 2
