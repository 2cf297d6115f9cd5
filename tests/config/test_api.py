"""What holds for every address below /api/."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from catalog import documents
from config.middleware import POLICY

READS = ["/api/tracks/popular", "/api/artists/u1/tracks", "/api/tracks/t1", "/api/memorials/m1"]


def assert_error(response: Any, status: int, code: str, fields: dict[str, str] | None = None) -> None:
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    error = response.json()["error"]
    assert set(response.json()) == {"error"}
    assert set(error) == {"code", "message", "fields"}
    assert error["code"] == code
    assert error["message"]
    assert error["fields"] == (fields or {})


@pytest.fixture
def failing_client(monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client of a site whose popular tracks fail."""

    def fail(*arguments: object) -> bytes:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(documents, "popular_tracks", fail)
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    "url", ["/api/", "/api/nothing", "/api/tracks", "/api/tracks/", "/api/tracks/popular/", "/api/a/b/c", "/api/%00"]
)
@pytest.mark.parametrize("method", ["get", "head", "post", "delete"])
@pytest.mark.parametrize("debug", [False, True])
def test_an_unknown_address_is_not_found(url: str, method: str, debug: bool, settings: Any) -> None:
    settings.DEBUG = debug
    response = getattr(Client(enforce_csrf_checks=True), method)(url)

    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/json"
    if method != "head":
        assert_error(response, 404, "not_found")


@pytest.mark.parametrize("url", [*READS, "/api/docs", "/api/openapi.json"])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace", "options"])
def test_what_is_read_only_says_so(url: str, method: str) -> None:
    response = getattr(Client(enforce_csrf_checks=True), method)(url)

    assert_error(response, 405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("url", READS)
def test_an_unknown_parameter_is_refused_by_name(client: Client, url: str) -> None:
    response = client.get(url, {"limti": "1", "é\x00": ""})

    assert response.status_code == 422
    assert response.json()["error"]["code"] == "invalid_request"
    assert set(response.json()["error"]["fields"]) == {"limti", "é\x00"}


def test_an_unknown_parameter_is_told_the_known_ones(client: Client) -> None:
    response = client.get("/api/tracks/popular?Limit=1")

    assert_error(response, 422, "invalid_request", {"Limit": "Unknown parameter. Known here: genre, limit."})


def test_a_parameter_given_twice_is_refused_by_name(client: Client) -> None:
    response = client.get("/api/tracks/popular?limit=1&limit=2")

    assert_error(response, 422, "invalid_request", {"limit": "Given more than once."})


def test_a_bad_value_is_explained(client: Client) -> None:
    response = client.get("/api/tracks/popular?limit=101")

    assert_error(
        response, 422, "invalid_request", {"limit": "Input should be less than or equal to 100."}
    )  # fmt: skip


def test_a_failure_tells_nothing_of_its_cause(
    failing_client: Client, caplog: pytest.LogCaptureFixture
) -> None:  # fmt: skip
    response = failing_client.get("/api/tracks/popular")

    assert_error(response, 500, "server_error")
    assert b"secret" not in response.content
    assert "RuntimeError: secret detail" in caplog.text


@pytest.mark.parametrize("query", ["&".join(f"p{n}=" for n in range(2000)), "limit=1&" * 2000])
def test_too_many_parameters_are_refused(client: Client, query: str) -> None:
    assert_error(client.get(f"/api/tracks/popular?{query}"), 400, "bad_request")


def test_a_foreign_host_is_refused(client: Client) -> None:
    assert_error(client.get("/api/tracks/popular", headers={"Host": "evil.example.org"}), 400, "bad_request")


def test_pages_outside_the_api_have_their_own_errors(client: Client) -> None:
    response = client.get("/nothing", headers={"Host": "evil.example.org"})

    assert response.status_code == 400
    assert response.headers["Content-Type"].startswith("text/html")


def test_the_docs_page_keeps_to_the_sites_policy(client: Client) -> None:
    response = client.get("/api/docs")
    page = response.content.decode()

    assert response.status_code == 200
    assert response.headers["Content-Security-Policy"] == POLICY
    assert "style=" not in page
    assert "<style" not in page
    assert not re.search(r"<script(?![^>]* src=)", page)
    assert not re.search(r"\son\w+=", page)
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert addresses
    assert all(address.startswith(("/static/", "data:")) for address in addresses)


def test_every_operation_says_who_may_call_it_and_how_it_fails(client: Client) -> None:
    schema = client.get("/api/openapi.json").json()

    operations = [operation for path in schema["paths"].values() for operation in path.values()]
    assert len(operations) == len({operation["operationId"] for operation in operations})
    for operation in operations:
        assert "may call this" in operation["description"]
        assert {"422", "default"} <= set(operation["responses"])
    error = {"schema": {"$ref": "#/components/schemas/Error"}}
    track = schema["paths"]["/api/tracks/{track_id}"]["get"]
    assert set(track["responses"]) == {"200", "304", "404", "422", "default"}
    assert track["responses"]["404"]["content"] == {"application/json": error}
    assert {"Error", "ErrorDetail"} <= set(schema["components"]["schemas"])
