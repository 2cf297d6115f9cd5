"""Init data, by both algorithms, against vectors that others publish and against everything that is nearly right."""

from __future__ import annotations

import random
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from nacl.signing import SigningKey

from accounts.telegram import (
    CLOCK_TOLERANCE,
    LONGEST,
    PRODUCTION_KEY,
    InitData,
    InitDataRefused,
    TelegramUser,
    proven_by_telegram,
    proven_by_token,
)
from tests.accounts.mutations import mutated, without_hash
from tests.factories.telegram import init_data, signed

TOKEN = "7000000002:for-these-tests"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
VLADISLAV = (
    "user=%7B%22id%22%3A279058397%2C%22first_name%22%3A%22Vladislav%20%2B%20-%20%3F%20%5C%2F%22%2C%22last_name%22%3A"
    "%22Kibenko%22%2C%22username%22%3A%22vdkfrost%22%2C%22language_code%22%3A%22ru%22%2C%22is_premium%22%3Atrue%2C%22"
    "allows_write_to_pm%22%3Atrue%2C%22photo_url%22%3A%22https%3A%5C%2F%5C%2Ft.me%5C%2Fi%5C%2Fuserpic%5C%2F320%5C%2F"
    "4FPEE4tmP3ATHa57u6MqTDih13LTOiMoKoLDRG4PnSA.svg%22%7D&chat_instance=8134722200314281151&chat_type=private"
)
# Published with the Telegram Mini Apps packages (init-data-golang, init-data-node): without a signature, and with one.
BEFORE_SIGNATURES = (
    "query_id=AAHdF6IQAAAAAN0XohDhrOrc&user=%7B%22id%22%3A279058397%2C%22first_name%22%3A%22Vladislav%22%2C"
    "%22last_name%22%3A%22Kibenko%22%2C%22username%22%3A%22vdkfrost%22%2C%22language_code%22%3A%22ru%22%2C"
    "%22is_premium%22%3Atrue%7D&auth_date=1662771648"
    "&hash=c501b71e775f74ce10e377dea85a7ea24ecd640b223ea86dfe453e0eaed2e2b2"
)
WITH_SIGNATURE = (
    f"{VLADISLAV}&auth_date=1733509682&signature=TYJxVcisqbWjtodPepiJ6ghziUL94-KNpG8Pau-X7oNNLNBM72APCpi_RKiUlBvcqo5L-"
    "LAxIc3dnTzcZX_PDg&hash=a433d8f9847bd6addcc563bff7cc82c89e97ea0d90c11fe5729cae6796a36d73"
)
FOR_THIRD_PARTIES = (
    f"{VLADISLAV}&auth_date=1733584787&hash=2174df5b000556d044f3f020384e879c8efcab55ddea2ced4eb752e93e7080d6&signature="
    "zL-ucjNyREiHDE8aihFwpfR9aggP2xiAo3NSpfe-p7IbCisNlDKlo7Kb6G4D0Ao2mBrSgEk4maLSdv6MLIlADQ"
)


def check(text: str, *, token: str = TOKEN, now: datetime = NOW, seconds: int = 60) -> InitData:
    return proven_by_token(text, token=token, now=now, seconds=seconds)


def refused(text: str, now: datetime = NOW) -> str:
    with pytest.raises(InitDataRefused) as refusal:
        check(text, now=now)
    return refusal.value.code


def good(**fields: str) -> str:
    return signed({"user": '{"id":7,"first_name":"Ada"}', "auth_date": str(int(NOW.timestamp())), **fields}, TOKEN)


@pytest.mark.parametrize(
    ("text", "token", "signed_at", "first_name"),
    [
        (BEFORE_SIGNATURES, "5768337691:AAH5YkoiEuPk8-FZa32hStHTqXiLPtAEhx8", 1662771648, "Vladislav"),
        (WITH_SIGNATURE, "7342037359:AAHI25ES9xCOMPokpYoz-p8XVrZUdygo2J4", 1733509682, "Vladislav + - ? /"),
    ],
)
def test_published_init_data_is_proven_by_the_token(text: str, token: str, signed_at: int, first_name: str) -> None:
    at = datetime.fromtimestamp(signed_at, UTC)

    init = check(text, token=token, now=at)

    assert init.user == TelegramUser(279058397, first_name, "Kibenko", "vdkfrost")
    assert init.signed_at == at


@pytest.mark.parametrize(("text", "signed_at"), [(FOR_THIRD_PARTIES, 1733584787), (WITH_SIGNATURE, 1733509682)])
def test_published_init_data_is_proven_by_telegrams_key(text: str, signed_at: int) -> None:
    at = datetime.fromtimestamp(signed_at, UTC)

    init = proven_by_telegram(text, bot_id=7342037359, public_key=PRODUCTION_KEY, now=at, seconds=60)

    assert init.user == TelegramUser(279058397, "Vladislav + - ? /", "Kibenko", "vdkfrost")


def test_both_algorithms_give_the_same_digest() -> None:
    at = datetime.fromtimestamp(1733509682, UTC)

    by_token = check(WITH_SIGNATURE, token="7342037359:AAHI25ES9xCOMPokpYoz-p8XVrZUdygo2J4", now=at)
    by_key = proven_by_telegram(WITH_SIGNATURE, bot_id=7342037359, public_key=PRODUCTION_KEY, now=at, seconds=60)

    assert by_token == by_key


@pytest.mark.parametrize("bot_id", [7342037358, 0])
def test_a_signature_for_another_bot_proves_nothing(bot_id: int) -> None:
    at = datetime.fromtimestamp(1733584787, UTC)

    with pytest.raises(InitDataRefused, match="signature of the init data is wrong"):
        proven_by_telegram(FOR_THIRD_PARTIES, bot_id=bot_id, public_key=PRODUCTION_KEY, now=at, seconds=60)


def test_telegrams_keys_are_told_apart() -> None:
    key = SigningKey.generate()
    fields = {"auth_date": str(int(NOW.timestamp())), "user": '{"id":7,"first_name":"Ada"}'}
    lines = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
    signature = urlsafe_b64encode(key.sign(f"42:WebAppData\n{lines}".encode()).signature).decode().rstrip("=")
    text = "&".join(f"{name}={quote(value)}" for name, value in {**fields, "signature": signature}.items())

    def proven(public_key: str) -> InitData:
        return proven_by_telegram(text, bot_id=42, public_key=public_key, now=NOW, seconds=60)

    assert proven(bytes(key.verify_key).hex()).user.id == 7
    with pytest.raises(InitDataRefused) as refusal:
        proven(PRODUCTION_KEY)
    assert refusal.value.code == "bad_signature"


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(-61, "expired"), (-60, ""), (0, ""), (CLOCK_TOLERANCE, ""), (CLOCK_TOLERANCE + 1, "from_the_future")],
)
def test_init_data_has_its_time(seconds: int, code: str) -> None:
    text = init_data(7, token=TOKEN, auth_date=int(NOW.timestamp()) + seconds)

    assert (refused(text) if code else check(text).user.id) == (code or 7)


@pytest.mark.parametrize("key", [1, 2**31 + 1, 2**53])
def test_ids_may_be_as_large_as_telegram_says(key: int) -> None:
    assert check(good(user=f'{{"id":{key},"first_name":"Ada"}}')).user.id == key


@pytest.mark.parametrize(
    "user",
    [
        "[]",
        "null",
        "7",
        "{}",
        "{",
        "{}{}",
        '{"id":7}',
        '{"id":"7","first_name":"A"}',
        '{"id":7.0,"first_name":"A"}',
        '{"id":true,"first_name":"A"}',
        '{"id":0,"first_name":"A"}',
        '{"id":-7,"first_name":"A"}',
        f'{{"id":{2**53 + 1},"first_name":"A"}}',
        f'{{"id":{"9" * 5000},"first_name":"A"}}',
        '{"id":7,"id":8,"first_name":"A"}',
        '{"id":7,"first_name":["A"]}',
        '{"id":7,"first_name":"A","username":1}',
        '{"id":7,"first_name":"\\u0000"}',
        '{"id":7,"first_name":"\\ud83d"}',
        '{"id":7,"first_name":"' + "A" * 256 + '"}',
        '{"id":7,"first_name":' + "[" * 1000 + "]" * 1000 + "}",
    ],
)
def test_a_user_of_another_shape_is_refused(user: str) -> None:
    assert refused(good(user=user)) == "malformed_user"


def test_a_name_that_is_hidden_is_none() -> None:
    text = good(user='{"id":7,"first_name":"Ада 🎈","last_name":"","username":null}')

    assert check(text).user == TelegramUser(7, "Ада 🎈", None, None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "missing_field"),
        (good() + "&user=x", "duplicate_field"),
        (good() + "&%75ser=x", "duplicate_field"),
        (good() + "&", "malformed"),
        (good() + "&flag", "malformed"),
        (good() + "&=x", "malformed"),
        (good() + "&x=%", "malformed"),
        (good() + "&x=%zz", "malformed"),
        (good() + "&x=%ff", "malformed"),
        (good() + "&x=%ed%a0%80", "malformed"),
        (good() + "&x=é", "malformed"),
        (good() + "".join(f"&x{n}=1" for n in range(40)), "malformed"),
        (good() + "&x=1", "bad_signature"),
        (good().partition("&hash=")[0], "missing_field"),
        (good().partition("&hash=")[0] + "&hash=", "missing_field"),
        (good().partition("&hash=")[0] + "&hash=%C3%A9", "bad_signature"),
        (signed({"auth_date": "1767323045"}, TOKEN), "missing_field"),
        (signed({"user": '{"id":7,"first_name":"A"}'}, TOKEN), "missing_field"),
        (good(auth_date="1767323045.0"), "malformed"),
        (good(auth_date="-1"), "malformed"),
        (good(auth_date="1" * 30), "malformed"),
        (good(auth_date="१७६७३२३०४५"), "malformed"),
        ("x=" + "a" * LONGEST, "too_long"),
    ],
)
def test_what_is_no_init_data_is_refused_by_code(text: str, code: str) -> None:
    assert refused(text) == code


def test_the_signature_of_telegram_is_part_of_what_the_hash_covers() -> None:
    text = good(signature="A" * 86)

    assert check(text).user.id == 7
    assert refused(text.replace("A" * 86, "B" * 86)) == "bad_signature"


def test_another_encoding_of_the_same_has_the_same_digest() -> None:
    text = good(start_param="a b/c")
    name, _, rest = text.partition("&")
    other = f"{rest}&{name}".replace("%20", "+").replace("%2F", "/").replace("%7B", "%7b")

    assert other != text
    assert check(other) == check(text)
    assert check(good(start_param="a b/d")).digest != check(text).digest


def test_without_its_token_nothing_is_proven() -> None:
    with pytest.raises(InitDataRefused) as refusal:
        check(good(), token="7000000002:For-these-tests")

    assert refusal.value.code == "bad_signature"


def test_mutated_init_data_is_never_accepted() -> None:
    chance = random.Random(20261128)
    original = init_data(7_000_000_123, token=TOKEN, auth_date=int(NOW.timestamp()), last_name="Ö", username="ada")

    accepted = []
    for _ in range(3000):
        text = mutated(original, chance)
        try:
            check(text, now=NOW + timedelta(seconds=1))
            accepted.append(text)
        except InitDataRefused:
            pass

    assert accepted == []
    assert check(original).user.username == "ada"
    assert "hash" not in without_hash(original)
