"""Staff sign in: the guard that counts failures, and the second factor."""

from __future__ import annotations

import re
from base64 import b32decode
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django.fixtures import Settings

from accounts.models import User
from operations.second_factor import begin, confirm, renew_backup_codes
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
LOGIN = "/admin/login/"
SECOND_FACTOR = "/admin/second-factor/"
FAILED = "/admin/accounts/failedsignin/"


@pytest.fixture
def ann() -> User:
    user: User = UserFactory(staff=True, email="ann@example.org", password=PASSWORD)
    return user


def sign_in(
    client: Client, password: str = PASSWORD, code: str = "", name: str = "ann@example.org", **extra: Any
) -> Any:
    return client.post(LOGIN, {"username": name, "password": password, "otp_token": code, "next": "/admin/"}, **extra)


def is_in(client: Client) -> bool:
    return bool(client.get("/admin/").status_code == 200)


def code_of(device: TOTPDevice) -> str:
    return f"{totp(device.bin_key):06}"


def with_app(user: User) -> TOTPDevice:
    begin(user=user)
    device = confirm(user=user, code=code_of(TOTPDevice.objects.get(user=user)))
    assert device
    TOTPDevice.objects.update(last_t=-1)  # as if the code had been used some time ago
    return TOTPDevice.objects.get(user=user)


def test_five_failures_lock_the_name_for_the_address(client: Client, ann: User) -> None:
    answers = [sign_in(client, "wrong") for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert answers[-1].headers["Retry-After"] == "900"
    assert b"Too many failed attempts" in answers[-1].content
    assert sign_in(client).status_code == 429
    assert not is_in(client)


def test_neither_another_name_nor_another_address_is_locked(client: Client, ann: User) -> None:
    UserFactory(staff=True, email="bob@example.org", password=PASSWORD)
    for _ in range(6):
        sign_in(client, "wrong", REMOTE_ADDR="203.0.113.1")

    assert sign_in(Client(), REMOTE_ADDR="203.0.113.1").status_code == 429
    assert sign_in(Client(), REMOTE_ADDR="203.0.113.2").status_code == 302
    assert sign_in(Client(), name="bob@example.org", REMOTE_ADDR="203.0.113.1").status_code == 302


def test_staff_see_who_is_locked_and_let_them_try_again(client: Client, admin_client: Client, ann: User) -> None:
    for agent in ("one", "one", "one", "another", "another"):
        sign_in(client, "wrong", REMOTE_ADDR="203.0.113.1", HTTP_USER_AGENT=agent)
    sign_in(client, "wrong", name="bob@example.org", REMOTE_ADDR="203.0.113.1")
    page = admin_client.get(FAILED)
    found = admin_client.get(FAILED, {"q": "ann"}).context["cl"].result_list
    assert page.text.count('<td class="field-state">locked</td>') == 2
    assert [(one.username, one.counted) for one in found] == [("ann@example.org", 5)] * 2
    assert sign_in(Client(), REMOTE_ADDR="203.0.113.1").status_code == 429

    answer = admin_client.post(FAILED, {"action": "lift", "_selected_action": [found[0].pk]}, follow=True)

    assert "1 may try again." in answer.text
    assert sign_in(Client(), REMOTE_ADDR="203.0.113.1").status_code == 302
    assert [one.username for one in AccessAttempt.objects.all()] == ["bob@example.org"]


def test_who_may_only_look_at_failures_lifts_no_lock(client: Client) -> None:
    colleague = UserFactory(is_staff=True)
    colleague.user_permissions.set(Permission.objects.filter(codename="view_failedsignin"))
    client.force_login(colleague)
    sign_in(Client(), "wrong")
    (failed,) = AccessAttempt.objects.all()
    assert client.get(FAILED).status_code == 200

    client.post(FAILED, {"action": "lift", "_selected_action": [failed.pk]})

    assert AccessAttempt.objects.count() == 1


@pytest.mark.parametrize("spellings", [["ann@example.org", "ANN@example.org", " Ann@Example.ORG", "aNn@example.org"]])
def test_another_spelling_is_no_way_around(client: Client, ann: User, spellings: list[str]) -> None:
    for spelling in [*spellings, spellings[0]]:
        sign_in(client, "wrong", name=spelling)

    assert sign_in(client).status_code == 429


def test_a_client_of_ipv6_has_one_address(client: Client, ann: User) -> None:
    for host in range(5):
        sign_in(client, "wrong", REMOTE_ADDR=f"2001:db8::{host + 1}")

    assert sign_in(client, REMOTE_ADDR="2001:db8::ffff").status_code == 429
    assert sign_in(client, REMOTE_ADDR="2001:db8:0:1::1").status_code == 302


@pytest.mark.parametrize(("proxies", "status"), [(0, 429), (1, 302)])
def test_behind_a_proxy_clients_are_told_apart(
    client: Client, ann: User, settings: Settings, proxies: int, status: int
) -> None:
    settings.TRUSTED_PROXIES = proxies
    for _ in range(5):
        sign_in(client, "wrong", headers={"X-Forwarded-For": "203.0.113.1"})

    assert sign_in(client, headers={"X-Forwarded-For": "203.0.113.2"}).status_code == status


def test_failures_are_counted_in_the_database_and_not_in_redis(client: Client, ann: User) -> None:
    for _ in range(5):
        sign_in(client, "wrong")
        cache.clear()

    assert AccessAttempt.objects.get().failures_since_start == 5
    assert sign_in(client).status_code == 429


def test_a_lock_ends(client: Client, ann: User) -> None:
    for _ in range(5):
        sign_in(client, "wrong")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))

    assert sign_in(client).status_code == 302
    assert is_in(client)


def test_success_forgets_failures(client: Client, ann: User) -> None:
    for _ in range(4):
        sign_in(client, "wrong")

    sign_in(client)

    assert is_in(client)
    assert AccessAttempt.objects.count() == 0


def test_without_a_second_factor_the_password_is_enough_where_it_is_optional(client: Client, ann: User) -> None:
    assert b'name="otp_token"' in client.get(LOGIN).content

    assert sign_in(client).headers["Location"] == "/admin/"
    assert is_in(client)


def test_who_has_a_second_factor_needs_it(client: Client, ann: User) -> None:
    device = with_app(ann)

    answer = sign_in(client)

    assert answer.status_code == 200
    assert b"Enter the code" in answer.content
    assert not is_in(client)
    code = code_of(device)
    assert sign_in(client, code=f"{code[:3]} {code[3:]}").status_code == 302
    assert is_in(client)


def test_a_wrong_code_counts_as_a_failure(client: Client, ann: User) -> None:
    with_app(ann)

    answers = [sign_in(client, code="000000x") for _ in range(5)]

    assert b"The code is wrong" in answers[0].content
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]


def test_a_code_is_good_once(client: Client, ann: User) -> None:
    code = code_of(with_app(ann))

    assert sign_in(Client(), code=code).status_code == 302
    assert sign_in(client, code=code).status_code == 200
    assert not is_in(client)


def test_a_backup_code_is_good_once(client: Client, ann: User) -> None:
    with_app(ann)
    codes = renew_backup_codes(user=ann)

    assert len(set(codes)) == 10
    assert sign_in(Client(), code=codes[0].upper()).status_code == 302
    assert sign_in(Client(), code=codes[0]).status_code == 200
    assert TOTPDevice.objects.get().throttling_failure_count == 0


def test_an_app_is_set_up_by_its_key(client: Client, ann: User) -> None:
    client.force_login(ann)

    page = client.post(SECOND_FACTOR, {"begin": "1"})
    found = re.search(r"Key: <code>([A-Z2-7 ]+)</code>", page.content.decode())
    assert found
    key = b32decode(found[1].replace(" ", ""))
    assert TOTPDevice.objects.get().confirmed is False
    wrong = client.post(SECOND_FACTOR, {"code": "1"})
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    done = client.post(SECOND_FACTOR, {"code": f"{totp(key):06}"})

    assert "no-store" in page.headers["Cache-Control"]
    assert 'src="data:image/svg+xml;' in page.text
    assert "data:" not in done.text
    assert b"The code is wrong" in wrong.content
    codes = re.findall(r"<li><code>([a-z2-7]{16})</code>", done.content.decode())
    assert codes == list(StaticToken.objects.order_by("pk").values_list("token", flat=True))
    assert len(codes) == 10
    assert TOTPDevice.objects.get().confirmed is True
    assert b"A second factor is set up" in client.get(SECOND_FACTOR).content


def test_a_password_alone_does_not_replace_a_second_factor(client: Client, ann: User) -> None:
    device = with_app(ann)
    client.force_login(ann)

    for data in ({"begin": "1"}, {"codes": "1"}, {"code": "123456"}):
        assert client.post(SECOND_FACTOR, data).headers["Location"] == LOGIN

    assert TOTPDevice.objects.get() == device
    assert StaticDevice.objects.count() == 0


def test_who_is_in_with_a_second_factor_may_change_it(client: Client, ann: User) -> None:
    device = with_app(ann)
    sign_in(client, code=code_of(device))

    client.post(SECOND_FACTOR, {"begin": "1"})
    new = TOTPDevice.objects.get(confirmed=False)
    client.post(SECOND_FACTOR, {"code": code_of(new)})
    renewed = client.post(SECOND_FACTOR, {"codes": "1"})

    assert TOTPDevice.objects.get() == new
    assert renewed.content.count(b"<li><code>") == 10
    assert StaticToken.objects.count() == 10


def test_where_it_is_required_nothing_opens_before_it_is_set_up(client: Client, ann: User, settings: Settings) -> None:
    settings.STAFF_OTP = "required"
    sign_in(client)

    assert client.get("/admin/").headers["Location"] == "/admin/login/?next=/admin/"
    assert client.get("/admin/login/?next=/admin/").headers["Location"] == SECOND_FACTOR
    assert client.get(SECOND_FACTOR).status_code == 200

    begin(user=ann)
    client.post(SECOND_FACTOR, {"code": code_of(TOTPDevice.objects.get())})
    assert is_in(client)


@pytest.mark.parametrize("change", [{"is_staff": False}, {"is_active": False}])
def test_the_second_factor_is_for_staff(client: Client, change: dict[str, bool]) -> None:
    client.force_login(UserFactory(**{"is_staff": True, **change}))

    assert client.get(SECOND_FACTOR).headers["Location"] == LOGIN
    assert client.post(SECOND_FACTOR, {"begin": "1"}).headers["Location"] == LOGIN
    assert TOTPDevice.objects.count() == 0


def test_strangers_are_sent_to_sign_in(client: Client) -> None:
    assert client.get(SECOND_FACTOR).headers["Location"] == LOGIN
