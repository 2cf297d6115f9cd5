"""How the site reads a request."""

from __future__ import annotations

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest


class Request(WSGIRequest):
    """Parameters and forms are UTF-8, whatever charset a Content-Type names.

    Django decodes by any codec that Python has, before all middleware, and some of them (base64, undefined) fail on
    every query string.
    """

    @property
    def encoding(self) -> None:
        return None

    @encoding.setter
    def encoding(self, value: str | None) -> None:
        """Content-Type asks for one."""


class Handler(WSGIHandler):
    request_class = Request
