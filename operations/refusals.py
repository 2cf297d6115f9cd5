"""Refusals of the JSON API: the one shape that they have, and an exception for what a status does not say."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from django.http import HttpResponse
from ninja.errors import HttpError

CODES = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    412: "precondition_failed",
    413: "too_large",
    422: "invalid_request",
    429: "too_many_requests",
    500: "server_error",
    503: "unavailable",
}


def error_response(
    status: int, message: str = "", fields: dict[str, str] | None = None, code: str = ""
) -> HttpResponse:
    """An error in the envelope; without a message, the words that HTTP has for the status."""
    error = {
        "code": code or CODES.get(status, "error"),
        "message": message or f"{HTTPStatus(status).phrase}.",
        "fields": fields or {},
    }
    response = HttpResponse(msgspec.json.encode({"error": error}), status=status, content_type="application/json")
    # A shared cache may otherwise keep a 404 for as long as it likes.
    response.headers["Cache-Control"] = "no-store"
    return response


class Refused(HttpError):
    """Raised anywhere below an operation of the API, which answers it in the one envelope, with these headers.

    `fields` says what is wrong, by the name of the parameter or field. Without `code` it is that of the status.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str = "",
        fields: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(status, message)
        self.code = code
        self.fields = fields or {}
        self.headers = headers or {}

    def response(self) -> HttpResponse:
        response = error_response(self.status_code, str(self), self.fields, self.code)
        for name, value in self.headers.items():
            response.headers[name] = value
        return response
