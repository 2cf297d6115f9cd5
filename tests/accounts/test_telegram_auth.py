"""Signing in by Telegram through HTTP."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core import signing
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import ExchangedInitData, Identity, User, UserEvent
from accounts.telegram_auth import SALT, token_for
from tests.config.test_api import assert_error
from tests.factories.accounts import IdentityFactory, UserFactory
from tests.factories.telegram import init_data

ADA = 7_000_000_001


def get(client: Client, text: str) -> Any:
    return client.get("/api/users/me", headers={"X-Telegram-Init-Data": text})


def get_by(client: Client, token: str) -> Any:
    return client.get("/api/users/me", headers={"Authorization": f"Bearer {token}"})


def exchange(client: Client, text: str) -> Any:
    return client.post("/api/auth/telegram", {"init_data": text}, content_type="application/json")


def assert_unproven(response: Any, code: str) -> None:
    assert_error(response, 401, "unauthenticated", {"init_data": code})
    assert f'error="{code}"' in response.headers["WWW-Authenticate"]


@pytest.mark.django_db
def test_the_first_request_makes_the_person(client: Client) -> None:
    response = get(client, init_data(ADA, first_name="Ada", last_name="", username="ada"))

    user = User.objects.known_as("telegram", str(ADA)).get()
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert response.json() == {
        "id": user.pk,
        "first_name": "Ada",
        "last_name": None,
        "username": "ada",
        "is_giveaway_admin": False,
    }
    assert not user.has_usable_password()


@pytest.mark.django_db
def test_a_person_who_is_known_is_found_and_nothing_is_written(client: Client) -> None:
    user = UserFactory(first_name="Ada", last_name=None, username=None)
    IdentityFactory(user=user, subject=str(ADA))
    text = init_data(ADA, first_name="Ada", auth_date=int(time.time()) + 10)

    with CaptureQueriesContext(connection) as asked:
        responses = [get(client, text) for _ in range(2)]

    assert [response.json()["id"] for response in responses] == [user.pk, user.pk]
    assert {query["sql"].split()[0] for query in asked} == {"SELECT"}


@pytest.mark.django_db
def test_names_follow_telegram(client: Client) -> None:
    user = UserFactory(first_name="Ada", last_name="Byron", username="byron")
    IdentityFactory(user=user, subject=str(ADA))

    get(client, init_data(ADA, first_name="Ada", last_name="Lovelace", username="", auth_date=int(time.time()) + 10))

    user.refresh_from_db()
    assert (user.first_name, user.last_name, user.username) == ("Ada", "Lovelace", None)
    assert UserEvent.objects.filter(pgh_obj_id=user.pk, pgh_label="update").get().last_name == "Lovelace"


@pytest.mark.django_db
def test_an_older_sign_in_does_not_bring_an_old_name_back(client: Client) -> None:
    user = UserFactory(first_name="Ada", last_name="Lovelace", username=None)
    IdentityFactory(user=user, subject=str(ADA))

    response = get(client, init_data(ADA, first_name="Ada", last_name="Byron", auth_date=int(time.time()) - 60))

    assert response.json()["last_name"] == "Lovelace"
    user.refresh_from_db()
    assert user.last_name == "Lovelace"


@pytest.mark.django_db(transaction=True)
def test_parallel_first_requests_make_one_person() -> None:
    text = init_data(ADA)

    def first(_: int) -> str:
        try:
            return str(get(Client(), text).json()["id"])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        found = set(threads.map(first, range(16)))

    assert found == set(User.objects.values_list("pk", flat=True))
    assert Identity.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "code"),
    [
        (init_data(ADA, auth_date=1) + "0", "bad_signature"),
        ("x", "malformed"),
        ("", "missing_field"),
        ("é=1", "malformed"),
    ],
)
def test_what_proves_nothing_is_refused_by_code(client: Client, text: str, code: str) -> None:
    assert_unproven(exchange(client, text), code)
    assert_unproven(get(client, text), code)
    assert User.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(("age", "code"), [(3700, "expired"), (-120, "from_the_future")])
def test_init_data_has_its_time(client: Client, age: int, code: str) -> None:
    text = init_data(ADA, auth_date=int(time.time()) - age)

    assert_unproven(get(client, text), code)
    assert_unproven(exchange(client, text), code)


def test_who_shows_nothing_is_told_how_to_sign_in(client: Client) -> None:
    response = client.get("/api/users/me")

    assert_error(response, 401, "unauthenticated")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="slipway"'


@pytest.mark.django_db
def test_a_token_stands_for_the_person(client: Client) -> None:
    response = exchange(client, init_data(ADA))

    token = response.json()
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert token["expires_in"] == 43_200
    assert get_by(client, token["token"]).json()["id"] == token["user"]["id"]


@pytest.mark.django_db
def test_init_data_is_exchanged_once_and_is_then_used_up(client: Client) -> None:
    text = init_data(ADA)

    responses = [get(client, text), get(client, text), exchange(client, text)]

    assert [response.status_code for response in responses] == [200, 200, 200]
    assert_unproven(exchange(client, text), "replayed")
    assert_unproven(get(client, text), "replayed")
    fields = text.split("&")
    assert_unproven(exchange(client, "&".join(reversed(fields))), "replayed")


@pytest.mark.django_db(transaction=True)
def test_of_parallel_exchanges_one_succeeds() -> None:
    text = init_data(ADA)

    def once(_: int) -> int:
        try:
            return int(exchange(Client(), text).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        statuses = sorted(threads.map(once, range(16)))

    assert statuses == [200] + [401] * 15


@pytest.mark.django_db
def test_what_is_too_old_to_be_used_again_is_forgotten(client: Client) -> None:
    now = timezone.now()
    ExchangedInitData.objects.create(digest=b"old", expires_at=now - timedelta(seconds=1))
    ExchangedInitData.objects.create(digest=b"young", expires_at=now + timedelta(seconds=60))

    exchange(client, init_data(ADA))

    kept = {bytes(row.digest): row.expires_at for row in ExchangedInitData.objects.all()}
    assert len(kept) == 2
    assert b"old" not in kept
    assert max(kept.values()) > now + timedelta(seconds=3600)


def forged(**claims: Any) -> str:
    return signing.dumps(claims, salt=SALT)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        signing.dumps({"user": "u1", "expires": 2**40}),
        signing.dumps({"user": "u1", "expires": 2**40}, salt="other"),
        signing.dumps({"user": "u1", "expires": 2**40}, salt=SALT, key="another"),
    ],
)
def test_a_token_of_somebody_else_is_refused(client: Client, token: str) -> None:
    UserFactory(id="u1")

    response = get_by(client, token)

    assert_error(response, 401, "unauthenticated")
    if token:
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="slipway", error="invalid_token"'


@pytest.mark.django_db
def test_a_token_that_was_tampered_with_is_refused(client: Client) -> None:
    token = token_for(UserFactory())

    assert get_by(client, token).status_code == 200
    for place in (3, len(token) // 2, -3):
        changed = "A" if token[place] != "A" else "B"
        assert get_by(client, f"{token[:place]}{changed}{token[place:][1:]}").status_code == 401


@pytest.mark.django_db
def test_a_token_expires_and_ends_with_its_account(client: Client, settings: Settings) -> None:
    user = UserFactory()
    token = token_for(user)
    settings.TELEGRAM_TOKEN_TTL = 0
    expired = token_for(user)

    assert_error(get_by(client, expired), 401, "unauthenticated")
    assert get_by(client, token).status_code == 200
    user.delete()
    assert_error(get_by(client, token), 401, "unauthenticated")


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"is_banned": True}, {"is_active": False}])
def test_who_is_shut_out_is_forbidden(client: Client, change: dict[str, bool]) -> None:
    user = UserFactory(**change)
    IdentityFactory(user=user, subject=str(ADA))
    text = init_data(ADA)

    assert_error(get(client, text), 403, "forbidden")
    assert_error(exchange(client, text), 403, "forbidden")
    assert_error(get_by(client, token_for(user)), 403, "forbidden")
    assert ExchangedInitData.objects.count() == 0


@pytest.mark.django_db
def test_a_named_admin_looks_after_giveaways_and_cannot_be_banned(client: Client, settings: Settings) -> None:
    settings.ADMIN_IDS = frozenset({5, ADA})
    IdentityFactory(user=UserFactory(is_banned=True), subject=str(ADA))

    response = get(client, init_data(ADA))

    assert response.status_code == 200
    assert response.json()["is_giveaway_admin"] is True
    assert get(client, init_data(ADA + 1)).json()["is_giveaway_admin"] is False


@pytest.mark.django_db
def test_a_named_admin_whose_account_is_closed_is_nobody(client: Client, settings: Settings) -> None:
    settings.ADMIN_IDS = frozenset({ADA})
    IdentityFactory(user=UserFactory(is_active=False), subject=str(ADA))

    assert_error(get(client, init_data(ADA)), 403, "forbidden")


@pytest.mark.django_db
def test_the_right_to_change_giveaways_counts(client: Client) -> None:
    user = UserFactory()
    user.user_permissions.add(Permission.objects.get(codename="change_giveaway"))
    IdentityFactory(user=user, subject=str(ADA))

    assert get(client, init_data(ADA)).json()["is_giveaway_admin"] is True


@pytest.mark.django_db
def test_another_provider_with_the_same_id_is_nobody_here(client: Client, settings: Settings) -> None:
    settings.ADMIN_IDS = frozenset({ADA})
    other = IdentityFactory(provider="solana", subject=str(ADA)).user

    assert get_by(client, token_for(other)).json()["is_giveaway_admin"] is False


def test_a_site_without_a_bot_says_so(client: Client, settings: Settings) -> None:
    settings.BOT_TOKEN = ""

    response = get(client, init_data(ADA, token="1:x"))

    assert_error(response, 503, "unavailable")
    assert "BOT_TOKEN" in response.json()["error"]["message"]


@pytest.mark.django_db
def test_a_site_without_the_token_believes_telegrams_key(client: Client, settings: Settings) -> None:
    settings.BOT_TOKEN = ""
    settings.TELEGRAM_BOT_ID = 7342037359
    settings.INIT_DATA_TTL = 10**9
    from tests.accounts.test_telegram import FOR_THIRD_PARTIES

    assert get(client, FOR_THIRD_PARTIES).json()["username"] == "vdkfrost"
    settings.TELEGRAM_TEST_KEYS = True
    assert_unproven(get(client, FOR_THIRD_PARTIES), "bad_signature")
