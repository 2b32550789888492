"""Files that come through the app: streamed to disk under a random name, kept for a day."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from asknext.core.errors import InvalidInput, NotFound
from asknext.server.errors import TooLarge

KEPT_SECONDS = 24 * 3600.0
UPLOAD_LIMIT = 2**30
FIELD = b"file"
PLAIN = ".txt"  # what a file without a suffix is read as; a bare name could mean a hub data set
_TOKEN = re.compile(r"[0-9a-f]{32}")
_SUFFIX = re.compile(r"(\.[A-Za-z0-9]{1,10}){1,2}$")


@dataclass(frozen=True, slots=True)
class Upload:
    """Be one uploaded file: its random name, where it lies, what its owner called it."""

    token: str
    path: Path
    name: str
    size: int
    at: float


class Uploads:
    """Keep uploaded files in one folder, each with a JSON file beside it."""

    def __init__(self, folder: Path, *, limit: int = UPLOAD_LIMIT) -> None:
        self.folder = folder
        self.limit = limit

    async def receive(self, content_type: str, stream: AsyncIterator[bytes]) -> Upload:
        """Write the field ``file`` of a multipart body to disk as it comes.

        Raises:
            InvalidInput: the body is not multipart, or has no such field.
            TooLarge: the file is larger than the limit; nothing is kept.
        """
        self.clean()
        token = secrets.token_hex(16)
        draft = self.folder / f"{token}.part"
        try:
            part = await _write_file(content_type, stream, draft, self.limit)
            return self._keep(token, draft, part)
        finally:
            draft.unlink(missing_ok=True)

    def _keep(self, token: str, draft: Path, part: _FilePart) -> Upload:
        name = safe_name(part.filename)
        found = _SUFFIX.search(name)
        path = self.folder / f"{token}{found[0].lower() if found else PLAIN}"
        upload = Upload(token, path, name, part.size, time.time())
        draft.rename(path)
        text = json.dumps({**asdict(upload), "path": path.name}, ensure_ascii=False)
        self._sidecar(token).write_text(text, encoding="utf-8")
        return upload

    def get(self, token: str) -> Upload:
        """Return an upload by its random name; NotFound where there is none (any more)."""
        if _TOKEN.fullmatch(token) and self._sidecar(token).exists():
            data = json.loads(self._sidecar(token).read_text(encoding="utf-8"))
            return Upload(**{**data, "path": self.folder / data["path"]})
        raise NotFound(
            f"no upload {token[:40]!r}; uploads are kept for a day: send the file again to "
            "/api/uploads"
        )

    def drop(self, upload: Upload) -> None:
        """Remove an upload."""
        upload.path.unlink(missing_ok=True)
        self._sidecar(upload.token).unlink(missing_ok=True)

    def clean(self) -> None:
        """Remove what is older than a day."""
        oldest = time.time() - KEPT_SECONDS
        for path in self.folder.iterdir():
            if path.is_file() and path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)

    def _sidecar(self, token: str) -> Path:
        return self.folder / f"{token}.upload.json"


def safe_name(name: str) -> str:
    r"""Keep the last part of a file name, without control characters.

    >>> safe_name("../../etc/pass\nwd.csv"), safe_name(r"C:\data\评论.csv"), safe_name("..")
    ('passwd.csv', '评论.csv', 'file')
    """
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join(char for char in last if char.isprintable()).strip()
    return kept[-200:] if kept.strip(".") else "file"


class _FilePart:
    """Take the parser's callbacks and write the wanted field to a file."""

    def __init__(self, path: Path, limit: int) -> None:
        self.limit = limit
        self.filename = ""
        self.size = 0
        self.seen = False
        self.ended = False
        self._file = path.open("xb")
        self._wanted = False
        self._header = bytearray()
        self._value = bytearray()

    def close(self) -> None:
        self._file.close()

    def callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._part_begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_part_data": self._data,
            "on_end": self._end,
        }

    def _part_begin(self) -> None:
        self._wanted = False

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition" and not self.seen:
            _, options = parse_options_header(bytes(self._value))
            if options.get(b"name") == FIELD:
                # Browsers send file names as raw UTF-8.
                self.filename = options.get(b"filename", b"").decode("latin-1")
                self.filename = _utf8(self.filename)
                self._wanted = self.seen = True
        self._header.clear()
        self._value.clear()

    def _data(self, data: bytes, start: int, end: int) -> None:
        if not self._wanted:
            return
        self.size += end - start
        if self.size > self.limit:
            raise TooLarge(f"the file is too large; at most {self.limit:,} bytes are taken")
        self._file.write(data[start:end])

    def _end(self) -> None:
        self.ended = True


def _utf8(text: str) -> str:
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return text


async def _write_file(
    content_type: str, stream: AsyncIterator[bytes], path: Path, limit: int
) -> _FilePart:
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise InvalidInput("send the file as multipart/form-data with one field named 'file'")
    part = _FilePart(path, limit)
    try:
        parser = MultipartParser(boundary, part.callbacks())  # type: ignore[arg-type]
        async for chunk in stream:
            parser.write(chunk)
        parser.finalize()
    except FormParserError as error:
        raise InvalidInput(f"the multipart body cannot be read: {error}") from error
    finally:
        part.close()
    if not part.seen or not part.ended:
        raise InvalidInput("the upload has no complete field named 'file'")
    return part
