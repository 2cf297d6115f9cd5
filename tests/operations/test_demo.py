"""What the demo cannot make up or serve is refused before it touches the database."""

from __future__ import annotations

import socket

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--only", "elsewhere"), "There is no legacy source 'elsewhere'. Known: "),
        (("--users", "0"), "--users and --tracks must be 1 or more."),
        (("--port", "70000"), "Port 70000 cannot be served on. Name another by --port."),
    ],
)
def test_what_was_mistyped_is_named(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("demo", *arguments)

    assert message in str(refused.value)


def test_a_port_that_is_taken_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(CommandError, match=f"^Port {port} cannot be served on"):
            call_command("demo", "--port", str(port))


def test_the_giveaways_want_a_redis(settings: Settings) -> None:
    settings.REDIS_URL = ""

    with pytest.raises(CommandError, match="set REDIS_URL, or leave them out by --only"):
        call_command("demo")
