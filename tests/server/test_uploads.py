"""Uploads: streamed, limited, under names nobody can choose."""

import json
import os
import time
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from asknext.core.home import Home
from asknext.server.uploads import KEPT_SECONDS, Uploads
from tests.server.helpers import failure

CSV = "text,label\nwhere is my parcel,delivery\nI was charged twice,billing\n包裹在哪里,delivery\n"
LIMIT = 200_000  # of the fixture `app`


def send(client: TestClient, name: str, data: bytes):
    return client.post("/api/uploads", files={"file": (name, data)})


def kept(home: Home) -> list[str]:
    return sorted(path.suffix for path in home.uploads.iterdir())


def test_an_upload_is_described(client: TestClient, home: Home) -> None:
    answer = send(client, "mail.csv", CSV.encode())
    assert answer.status_code == 201
    found = answer.json()
    assert found["file"] == "mail.csv"
    assert found["format"] == "csv"
    assert [column["name"] for column in found["columns"]] == ["text", "label"]
    assert found["rows"][2] == {"text": "包裹在哪里", "label": "delivery"}
    assert found["guess"]["text"] == "text"
    assert found["guess"]["label"] == "label"
    assert len(found["upload"]) == 32


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../../evil.csv", "evil.csv"),
        ("..\\..\\evil.csv", "evil.csv"),
        ("/etc/evil.csv", "evil.csv"),
        ("评论 数据.csv", "评论 数据.csv"),
    ],
)
def test_the_given_name_never_decides_where_it_lies(
    client: TestClient, home: Home, name: str, shown: str
) -> None:
    before = {path for path in home.root.rglob("*") if path.is_file()}
    found = send(client, name, CSV.encode()).json()
    new = {path for path in home.root.rglob("*") if path.is_file()} - before
    assert found["file"] == shown
    assert {path.parent for path in new} == {home.uploads}
    assert {path.name for path in new} == {
        f"{found['upload']}.csv",
        f"{found['upload']}.upload.json",
    }


def test_a_file_that_is_too_large_is_refused_and_not_kept(client: TestClient, home: Home) -> None:
    answer = send(client, "big.csv", b"text\n" + b"x" * LIMIT)
    assert failure(answer, 413)["code"] == "too_large"
    assert kept(home) == []


def test_a_stream_without_a_length_is_limited_too(client: TestClient, home: Home) -> None:
    def body() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        for _ in range(100):
            yield b"x" * 10_000

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = client.post("/api/uploads", content=body(), headers=headers)
    assert failure(answer, 413)["code"] == "too_large"
    assert kept(home) == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"no boundary here"),
        ("multipart/form-data; boundary=b", b""),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nx\r\n--b--\r\n',
        ),
        (
            "multipart/form-data; boundary=b",  # cut off in the middle
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\ntext\nx',
        ),
    ],
)
def test_a_body_without_a_whole_file_is_refused(
    client: TestClient, home: Home, kind: str, body: bytes
) -> None:
    answer = client.post("/api/uploads", content=body, headers={"Content-Type": kind})
    assert failure(answer, 422)["code"] == "invalid_input"
    assert kept(home) == []


def test_a_file_that_cannot_be_read_is_refused_and_not_kept(client: TestClient, home: Home) -> None:
    answer = send(client, "photo.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    assert failure(answer, 422)
    assert kept(home) == []


@pytest.mark.parametrize("token", ["../../secret", "0" * 32, "", "x" * 5000, "secret"])
def test_an_unknown_upload_is_not_found(client: TestClient, token: str) -> None:
    body = {"name": "a", "labels": ["x", "y"], "upload": token}
    assert failure(client.post("/api/projects", json=body), 404)["code"] == "not_found"
    assert client.get("/api/projects").json() == {"projects": []}


def test_old_uploads_are_removed(client: TestClient, home: Home) -> None:
    first = send(client, "old.csv", CSV.encode()).json()["upload"]
    long_ago = time.time() - KEPT_SECONDS - 60
    for path in home.uploads.iterdir():
        os.utime(path, (long_ago, long_ago))
    second = send(client, "new.csv", CSV.encode()).json()["upload"]
    names = {path.name for path in home.uploads.iterdir()}
    assert names == {f"{second}.csv", f"{second}.upload.json"}
    assert first != second


def test_the_sidecar_keeps_what_people_called_it(client: TestClient, home: Home) -> None:
    token = send(client, "mail.csv", CSV.encode()).json()["upload"]
    data = json.loads((home.uploads / f"{token}.upload.json").read_text(encoding="utf-8"))
    assert data["name"] == "mail.csv"
    assert data["size"] == len(CSV.encode())
    assert Uploads(home.uploads).get(token).path.read_bytes() == CSV.encode()
