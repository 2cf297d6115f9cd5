"""How the site reads a request, whatever its headers say."""

from __future__ import annotations

from wsgiref.util import setup_testing_defaults

import pytest

from config.requests import Request
from tests.config.test_settings import PRODUCTION, run


@pytest.mark.parametrize("charset", ["base64", "punycode", "undefined", "utf-16", "nothing"])
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_parameters_are_utf_8_whatever_charset_is_named(kind: str, charset: str) -> None:
    """Python has codecs of these names; some make no text of bytes."""
    environ = {"QUERY_STRING": "name=%C3%A9", "CONTENT_TYPE": f"{kind}; charset={charset}"}
    setup_testing_defaults(environ)

    assert Request(environ).GET.dict() == {"name": "é"}


def test_a_server_reads_requests_so() -> None:
    code = "from config.wsgi import application; print(application.request_class.__module__)"
    variables = {**PRODUCTION, "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONWARNINGS": "default"}

    assert run("-c", code, **variables).stdout.strip() == "config.requests"
