"""Who gets in, what is refused, and in which shape."""

import socket
import stat

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from asknext.core.errors import InvalidInput
from asknext.core.home import Home
from asknext.server.auth import Keys, load_secret
from asknext.server.guard import JSON_LIMIT
from asknext.server.run import bind
from tests.server.helpers import failure

SECRET = "a-secret-for-tests"


def test_health_is_open_and_everything_else_needs_the_key(stranger: TestClient) -> None:
    assert stranger.get("/api/health").json()["status"] == "ok"
    for path in ("/api/projects", "/api/openapi.json", "/api/nowhere", "/api/projects/x/live"):
        assert failure(stranger.get(path), 401)["code"] == "unauthorized"
    assert failure(stranger.post("/api/projects", json={}), 401)["code"] == "unauthorized"
    for path in ("/", "/new", "/p/x", "/p/x/dashboard", "/static/js/api.js"):
        page = stranger.get(path)
        assert page.status_code == 401
        assert "asknext serve" in page.text


@pytest.mark.parametrize(
    "header", ["Bearer wrong", "Basic YTpi", "Bearer", "Bearer \xff".encode("latin-1"), ""]
)
def test_a_wrong_bearer_key_is_refused(stranger: TestClient, header: str) -> None:
    answer = stranger.get("/api/projects", headers={"Authorization": header})
    assert failure(answer, 401)["code"] == "unauthorized"


def test_the_link_leaves_a_cookie_and_loses_its_key(stranger: TestClient) -> None:
    answer = stranger.get(f"/p/mail?lang=zh&key={SECRET}")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/p/mail?lang=zh"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("asknext=")
    assert "httponly" in cookie.lower()
    assert "samesite=strict" in cookie.lower()
    assert SECRET not in cookie
    assert stranger.get("/api/projects").json() == {"projects": []}
    assert stranger.get("/").status_code == 200


def test_a_link_cannot_lead_to_another_host(stranger: TestClient) -> None:
    answer = stranger.get(f"http://127.0.0.1:8000//evil.example/?key={SECRET}")
    assert answer.headers["location"] == "/evil.example/"


def test_a_wrong_key_in_the_link_is_refused_even_with_a_cookie(stranger: TestClient) -> None:
    assert stranger.get("/?key=wrong").status_code == 401
    assert stranger.get(f"/?key={SECRET}").status_code == 303
    assert stranger.get("/?key=wrong").status_code == 401


@pytest.mark.parametrize("value", ["", "local", "ImxvY2FsIg.awD_cg.x_uFImCPyCoWAhua2lxFOBYPWbg"])
def test_a_forged_cookie_is_refused(stranger: TestClient, value: str) -> None:
    answer = stranger.get("/api/projects", headers={"Cookie": f"asknext={value}"})
    assert failure(answer, 401)["code"] == "unauthorized"


def test_a_cookie_of_another_secret_is_refused(stranger: TestClient) -> None:
    cookie = Keys("another").new_cookie()
    answer = stranger.get("/api/projects", headers={"Cookie": f"asknext={cookie}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example"])
def test_another_host_name_is_refused(client: TestClient, host: str) -> None:
    for path in ("/api/projects", "/api/health", "/"):
        found = failure(client.get(path, headers={"Host": host}), 403)
        assert found["code"] == "forbidden"


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:9", "LOCALHOST"])
def test_the_loopback_names_are_served_at_any_port(client: TestClient, host: str) -> None:
    assert client.get("/api/projects", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1:8000"},
        {"Origin": "http://127.0.0.1:8001"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_other_sites_may_not_change_anything(client: TestClient, headers: dict[str, str]) -> None:
    body = {"name": "a", "labels": ["x", "y"]}
    assert failure(client.post("/api/projects", json=body, headers=headers), 403)
    assert failure(client.delete("/api/projects/a", headers=headers), 403)
    assert client.get("/api/projects").json() == {"projects": []}


def test_the_own_site_may(client: TestClient) -> None:
    headers = {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}
    answer = client.post("/api/projects", json={"name": "a", "labels": ["x", "y"]}, headers=headers)
    assert answer.status_code == 201


def test_every_answer_carries_the_security_headers(
    client: TestClient, stranger: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [
        client.get("/"),
        client.get("/api/projects"),
        client.get("/api/nowhere"),
        client.get("/static/js/api.js"),
        stranger.get("/"),
        stranger.get("/api/projects"),
    ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert client.get("/api/projects").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static/....//app.py",
        "/static//etc/passwd",
        "/static/js/%00",
    ],
)
def test_static_files_never_lead_out_of_their_folder(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert failure(answer, 404)["code"] == "not_found"


def test_the_app_gets_plotly_from_the_installed_package(client: TestClient) -> None:
    answer = client.get("/static/vendor/plotly.min.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "plotly" in answer.text[:200]


def test_failures_of_routing_have_the_one_shape(client: TestClient) -> None:
    assert failure(client.get("/api/nowhere"), 404)["code"] == "not_found"
    assert failure(client.put("/api/projects"), 405)["code"] == "method_not_allowed"
    assert failure(client.get("/api/projects/none"), 404)["code"] == "not_found"
    broken = client.post(
        "/api/projects", content=b"{", headers={"Content-Type": "application/json"}
    )
    assert failure(broken, 422)["code"] == "validation"
    unknown = client.post("/api/projects", json={"name": "a", "lables": ["x"]})
    assert failure(unknown, 422)["details"] == [
        {"field": "body.lables", "message": "Extra inputs are not permitted"}
    ]


def test_an_unexpected_error_has_the_one_shape_and_the_headers(
    app: FastAPI, client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    app.state.engine = None  # whatever a route does now is a programming error
    answer = client.get("/api/projects")
    found = failure(answer, 500)
    assert found["code"] == "internal"
    assert "NoneType" not in found["message"]
    assert "default-src" in answer.headers["content-security-policy"]
    assert "NoneType" in caplog.text


def test_a_body_that_is_too_large_is_refused_with_or_without_its_length(
    client: TestClient,
) -> None:
    headers = {"Content-Type": "application/json"}
    large = b" " * (JSON_LIMIT + 1)
    assert failure(client.post("/api/projects", content=large, headers=headers), 413)
    pieces = (large[start : start + 2**20] for start in range(0, len(large), 2**20))
    refused = client.post("/api/projects", content=pieces, headers=headers)
    assert failure(refused, 413)["code"] == "too_large"


@pytest.mark.parametrize("length", ["many", "-1", "1e9", "²"])
def test_a_senseless_length_is_refused(client: TestClient, length: str) -> None:
    answer = client.get("/api/projects", headers={"Content-Length": length.encode()})
    assert failure(answer, 400)["code"] == "validation"


def test_the_secret_is_private_and_stable(home: Home) -> None:
    first = load_secret(home.secret)
    assert len(first) >= 32
    assert load_secret(home.secret) == first
    assert stat.S_IMODE(home.secret.stat().st_mode) == 0o600
    assert [path.name for path in home.root.iterdir() if "secret" in path.name] == ["secret"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.org", ""])
def test_a_public_address_is_not_bound(host: str) -> None:
    with pytest.raises(InvalidInput, match="other machines"):
        bind(host, 0)


def test_a_taken_port_is_refused_in_a_sentence() -> None:
    with bind("127.0.0.1", 0) as first:
        first.listen()
        with pytest.raises(InvalidInput, match="--port"):
            bind("127.0.0.1", first.getsockname()[1])


def test_openapi_describes_every_route(client: TestClient, app: FastAPI) -> None:
    schema = client.get("/api/openapi.json").json()
    routes = [(path, method) for path, item in schema["paths"].items() for method in item]
    assert len(routes) >= 20
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert operation["description"], where
            assert operation["tags"], where
            good = [code for code in operation["responses"] if code.startswith("2")]
            assert good, where
            content = operation["responses"][good[0]]["content"]
            assert all(each.get("schema") or each.get("itemSchema") for each in content.values())
            for code in ("401", "403", "500"):
                shape = operation["responses"][code]["content"]["application/json"]["schema"]
                assert shape["$ref"].endswith("/ErrorBody"), where
            if "{project}" in path:
                assert "404" in operation["responses"], where
    assert "HTTPValidationError" not in schema["components"]["schemas"]


def test_there_are_no_pages_that_load_scripts_from_elsewhere(client: TestClient) -> None:
    for path in ("/docs", "/redoc", "/api/docs"):
        assert failure(client.get(path), 404)


def test_small_answers_are_sent_at_once() -> None:
    """asyncio sets TCP_NODELAY only on sockets that name their protocol; without it: +40 ms."""
    with bind("127.0.0.1", 0) as listening:
        assert listening.proto == socket.IPPROTO_TCP
