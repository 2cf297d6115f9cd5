"""Whose request it is, behind proxies that are believed and ones that are not."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from operations.callers import address, client_address, token, user_or_address


@pytest.mark.parametrize(
    ("proxies", "forwarded", "remote", "expected"),
    [
        (0, "", "203.0.113.9", "203.0.113.9"),
        (0, "198.51.100.1", "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1", "10.0.0.1", "198.51.100.1"),
        (1, "1.2.3.4, 198.51.100.1", "10.0.0.1", "198.51.100.1"),
        (2, "1.2.3.4, 198.51.100.1, 10.0.0.2", "10.0.0.1", "198.51.100.1"),
        (1, "", "10.0.0.1", "10.0.0.1"),
        (2, "198.51.100.1", "10.0.0.1", "198.51.100.1"),
        (1, "junk", "10.0.0.1", "10.0.0.1"),
        (1, "198.51.100.1,", "10.0.0.1", "10.0.0.1"),
        (1, "198.51.100.1:4711", "10.0.0.1", "198.51.100.1"),
        (1, "[2001:db8::1]:4711", "10.0.0.1", "2001:db8::1"),
        (1, "2001:DB8:0:0::1", "10.0.0.1", "2001:db8::1"),
        (1, "::ffff:198.51.100.1", "10.0.0.1", "198.51.100.1"),
        (0, "", "fe80::1%eth0", "fe80::1"),
        (0, "", "", "unknown"),
        (1, "198.51.100.1", "", "198.51.100.1"),
    ],
)
def test_the_clients_address_is_what_our_own_proxies_saw(
    proxies: int, forwarded: str, remote: str, expected: str, rf: RequestFactory, settings: Settings
) -> None:
    settings.TRUSTED_PROXIES = proxies

    request = rf.get("/", REMOTE_ADDR=remote, headers={"X-Forwarded-For": forwarded} if forwarded else {})

    assert client_address(request) == expected


def test_a_client_of_ipv6_is_its_network(rf: RequestFactory) -> None:
    near, far = (rf.get("/", REMOTE_ADDR=each) for each in ("2001:db8:0:1::ffff", "2001:db8:0:2::ffff"))

    assert address(near) == "address:2001:db8:0:1::/64"
    assert address(far) == "address:2001:db8:0:2::/64"


def test_a_person_is_the_person_wherever_they_come_from(rf: RequestFactory) -> None:
    request = rf.get("/", REMOTE_ADDR="203.0.113.9")
    assert user_or_address(request) == "address:203.0.113.9"

    request.auth = SimpleNamespace(pk="u1")  # type: ignore[attr-defined]
    assert user_or_address(request) == "user:u1"


def test_a_token_is_told_by_its_digest(rf: RequestFactory) -> None:
    one, other = (rf.get("/", headers={"Authorization": f"Bearer {each}"}) for each in ("secret", "other"))

    assert token(one) == token(one) != token(other)
    assert "secret" not in token(one)
    assert token(rf.get("/", REMOTE_ADDR="203.0.113.9")) == "address:203.0.113.9"
