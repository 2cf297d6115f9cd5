"""Every variable, and the junk that each of them refuses."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment

SECRET = "s3cr3t/p@ss"
QUOTED = "s3cr3t%2Fp%40ss"


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(environment.env.ENVIRON):
        if name.startswith(("POSTGRES_", "REDIS_", "DATABASE_", "READ_DATABASE_")) or name.endswith("_TIMEOUT_MS"):
            monkeypatch.delenv(name)


def primary() -> dict[str, Any]:
    return environment.databases()["default"]


def place(database: dict[str, Any]) -> tuple[str, ...]:
    return tuple(database[part] for part in ("HOST", "PORT", "USER", "PASSWORD", "NAME"))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"postgresql://u:{QUOTED}@db.example:5433/shop", ("db.example", "5433", "u", SECRET, "shop")),
        ("postgres://u@db.example/shop", ("db.example", "", "u", "", "shop")),
        ("postgresql:///shop", ("", "", "", "", "shop")),
        ("postgresql://u@/shop?host=/run/pg&port=5433", ("/run/pg", "5433", "u", "", "shop")),
        ("postgresql://u@%2Frun%2Fpg/shop", ("/run/pg", "", "u", "", "shop")),
        ("postgresql://u@[::1]:5433/shop", ("::1", "5433", "u", "", "shop")),
        ("postgresql://u@one:5432,two:5433/shop", ("one,two", "5432,5433", "u", "", "shop")),
        ("postgresql://u:$HOME@db/shop", ("db", "", "u", "$HOME", "shop")),
        ("  postgresql://u@db/shop \n", ("db", "", "u", "", "shop")),
    ],
)
def test_a_database_url_means_what_it_means_to_psql(
    monkeypatch: pytest.MonkeyPatch, url: str, expected: tuple[str, ...]
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)

    assert place(primary()) == expected


@pytest.mark.parametrize(
    "url",
    [
        "junk",
        "postgresql://",
        f"postgresql://u:{SECRET}@db/shop",  # not percent-encoded: the password ends at the slash
        f"postgresql://u:{QUOTED}@db:port/shop",
        f"postgresql://u:{QUOTED}@db:0/shop",
        f"postgresql://u:{QUOTED}@db:70000/shop",
        f"postgresql://u:{QUOTED}@db/shop?sslmode=maybe",
        f"postgresql://u:{QUOTED}@db/shop?nonsense=1",
        f"postgresql://u:{QUOTED}%ZZ@db/shop",
        f"postgresql://u:{QUOTED}%FF@db/shop",
        f"mysql://u:{QUOTED}@db/shop",
        f"{QUOTED}://u@db/shop",
        "sqlite:///shop",
        f"host=db dbname=shop password={SECRET}",
    ],
)
@pytest.mark.parametrize("name", ["DATABASE_URL", "READ_DATABASE_URL"])
def test_a_junk_database_url_is_refused_by_name_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, url: str
) -> None:
    if name == "READ_DATABASE_URL":
        monkeypatch.setenv("DATABASE_URL", "postgresql://u@db/shop")
    monkeypatch.setenv(name, url)

    with pytest.raises(ImproperlyConfigured, match=rf"^{name} is not a PostgreSQL URL") as refusal:
        environment.databases()

    told = "".join(traceback.format_exception(refusal.value))
    assert not [part for part in ("s3cr3t", "p@ss", "p%40ss") if part in told]


def test_the_primary_is_named_with_its_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@db/")

    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL is not .* with the name of a database at its end"):
        environment.databases()


def test_the_database_may_come_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_HOST", "db.example")
    monkeypatch.setenv("POSTGRES_PORT", "5433")
    monkeypatch.setenv("POSTGRES_USER", "slipway")
    monkeypatch.setenv("POSTGRES_PASSWORD", f"${SECRET}")
    monkeypatch.setenv("POSTGRES_DB", "shop")

    assert place(primary()) == ("db.example", "5433", "slipway", f"${SECRET}", "shop")


def test_the_url_wins_over_the_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_HOST", "elsewhere")
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@db/shop")

    assert primary()["HOST"] == "db"


@pytest.mark.parametrize("name", ["POSTGRES_USER", "POSTGRES_DB"])
def test_a_host_needs_a_user_and_a_database(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for part in {"POSTGRES_HOST", "POSTGRES_USER", "POSTGRES_DB"} - {name}:
        monkeypatch.setenv(part, "slipway")

    with pytest.raises(ImproperlyConfigured, match=rf"^{name} is not set. It goes with POSTGRES_HOST"):
        environment.databases()


def test_without_a_database_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", " ")
    monkeypatch.setenv("READ_DATABASE_URL", "postgresql://u@db/shop")

    assert environment.databases() == {}


def test_a_replica_url_leaves_to_the_primary_what_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://u:{QUOTED}@db:5433/shop")
    monkeypatch.setenv("READ_DATABASE_URL", "postgresql://replica")

    assert place(environment.databases()["replica"]) == ("replica", "", "u", SECRET, "shop")


def test_the_password_of_the_primary_is_not_for_another_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://u:{QUOTED}@db:5433/shop")
    monkeypatch.setenv("READ_DATABASE_URL", "postgresql://reader@replica")

    assert place(environment.databases()["replica"]) == ("replica", "", "reader", "", "shop")


def test_both_servers_get_the_rules_of_connecting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "DATABASE_URL": "postgresql://u@db/shop",
        "READ_DATABASE_URL": "postgresql://u@replica/shop",
        "POSTGRES_SSLMODE": "Verify-Full",
        "POSTGRES_SSLROOTCERT": "system",
        "POSTGRES_CONNECT_TIMEOUT": "7",
        "POSTGRES_POOL_MIN": "2",
        "POSTGRES_POOL_MAX": "20",
        "POSTGRES_POOL_TIMEOUT": "3",
        "POSTGRES_CONN_MAX_IDLE": "60",
        "POSTGRES_CONN_MAX_LIFETIME": "600",
        "STATEMENT_TIMEOUT_MS": "15000",
        "LOCK_TIMEOUT_MS": "5000",
        "IDLE_IN_TRANSACTION_TIMEOUT_MS": "0",
    }.items():
        monkeypatch.setenv(name, value)

    for alias, database in environment.databases().items():
        # A reader waits for a replica hardly at all: it asks the primary.
        waits = 3 if alias == "default" else 0.1
        assert database["OPTIONS"] == {
            "options": "-c statement_timeout=15000 -c lock_timeout=5000",
            "sslmode": "verify-full",
            "sslrootcert": "system",
            "connect_timeout": 7,
            "application_name": "slipway",
            "pool": {"min_size": 2, "max_size": 20, "timeout": waits, "max_idle": 60, "max_lifetime": 600},
        }
        assert database["CONN_MAX_AGE"] == 0


def test_several_replicas_have_a_url_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@db/shop")
    monkeypatch.setenv("READ_DATABASE_URL", "postgresql://one, postgres://two:5433,postgresql://three/?host=a,b")

    found = environment.databases()

    assert list(found) == ["default", "replica", "replica_2", "replica_3"]
    assert [found[alias]["HOST"] for alias in found] == ["db", "one", "two", "a,b"]
    assert {found[alias]["NAME"] for alias in found} == {"shop"}


def test_what_a_url_says_of_connecting_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql://u@db/shop?sslmode=require&application_name=shop&connect_timeout=3&options=-c%20jit%3Doff"
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("LOCK_TIMEOUT_MS", "100")
    monkeypatch.setenv("POSTGRES_POOL_MAX", "0")

    assert primary()["OPTIONS"] == {
        "sslmode": "require",
        "application_name": "shop",
        "connect_timeout": "3",
        "options": "-c jit=off -c lock_timeout=100",
    }


@pytest.mark.parametrize(
    ("name", "junk"),
    [
        ("POSTGRES_SSLMODE", "maybe"),
        *((name, junk) for name in ("POSTGRES_POOL_MIN", "POSTGRES_POOL_MAX") for junk in ("-1", "many", "1.5", "1_0")),
        ("POSTGRES_POOL_TIMEOUT", "0"),
        ("POSTGRES_CONN_MAX_IDLE", "0"),
        ("POSTGRES_CONN_MAX_LIFETIME", "an hour"),
        ("POSTGRES_CONNECT_TIMEOUT", "0"),
        ("STATEMENT_TIMEOUT_MS", "15s"),
        ("LOCK_TIMEOUT_MS", "-5"),
        ("IDLE_IN_TRANSACTION_TIMEOUT_MS", str(2**31)),
    ],
)
def test_junk_in_the_rules_of_connecting_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, junk: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@db/shop")
    monkeypatch.setenv(name, junk)

    with pytest.raises(ImproperlyConfigured, match=rf"^{name} is not "):
        environment.databases()


def test_a_pool_holds_at_least_what_it_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@db/shop")
    monkeypatch.setenv("POSTGRES_POOL_MIN", "11")

    with pytest.raises(ImproperlyConfigured, match=r"^POSTGRES_POOL_MAX is not at least POSTGRES_POOL_MIN"):
        environment.databases()


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "٣"])
def test_a_junk_port_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    for name in ("POSTGRES_HOST", "POSTGRES_USER", "POSTGRES_DB", "REDIS_HOST"):
        monkeypatch.setenv(name, "slipway")
    monkeypatch.setenv("POSTGRES_PORT", port)
    monkeypatch.setenv("REDIS_PORT", port)

    with pytest.raises(ImproperlyConfigured, match=r"^POSTGRES_PORT is not a whole number from 1 to 65535"):
        environment.databases()
    with pytest.raises(ImproperlyConfigured, match=r"^REDIS_PORT is not a whole number from 1 to 65535"):
        environment.redis_url()


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("redis://cache", "redis://cache"),
        ("redis://:pw@cache:6380/2", "redis://:pw@cache:6380/2"),
        ("rediss://user:pw@cache/0", "rediss://user:pw@cache/0"),
        ("unix:///run/redis.sock?db=3", "unix:///run/redis.sock?db=3"),
        ("valkey://cache:6379/1", "redis://cache:6379/1"),
        ("valkeys://cache:6379/1", "rediss://cache:6379/1"),
    ],
)
def test_a_redis_url_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch, given: str, used: str) -> None:
    monkeypatch.setenv("REDIS_URL", given)

    assert environment.redis_url() == used


@pytest.mark.parametrize(
    "url",
    [
        "cache:6379",
        f"http://:{QUOTED}@cache",
        f"redis://:{QUOTED}@cache:port/0",
        f"redis://:{QUOTED}@cache:0/0",
        f"redis://:{QUOTED}@cache:70000",
        f"redis://:{SECRET}@cache/0",
        f"redis://:{QUOTED}@/0",
        f"redis://:{QUOTED}@cache/sessions",
        "unix://?db=0",
        "unix:///run/redis.sock?db=first",
    ],
)
def test_a_junk_redis_url_is_refused_by_name_and_not_repeated(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("REDIS_URL", url)

    with pytest.raises(ImproperlyConfigured, match=r"^REDIS_URL is not a URL such as") as refusal:
        environment.redis_url()

    assert "s3cr3t" not in "".join(traceback.format_exception(refusal.value))


@pytest.mark.parametrize(
    ("parts", "url"),
    [
        ({}, ""),
        ({"REDIS_PORT": "6380", "REDIS_DB": "2"}, ""),
        ({"REDIS_HOST": "cache"}, "redis://cache:6379/0"),
        ({"REDIS_HOST": "::1", "REDIS_PORT": "6380", "REDIS_DB": "2"}, "redis://[::1]:6380/2"),
        ({"REDIS_HOST": "cache", "REDIS_PASSWORD": SECRET, "REDIS_TLS": "on"}, f"rediss://:{QUOTED}@cache:6379/0"),
    ],
)
def test_redis_may_come_in_parts(monkeypatch: pytest.MonkeyPatch, parts: dict[str, str], url: str) -> None:
    for name, value in parts.items():
        monkeypatch.setenv(name, value)

    assert environment.redis_url() == url


@pytest.mark.parametrize(
    ("name", "junk"), [("REDIS_HOST", "cache/0"), ("REDIS_DB", "first"), ("REDIS_DB", "1024"), ("REDIS_TLS", "maybe")]
)
def test_junk_in_a_part_of_redis_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, junk: str) -> None:
    monkeypatch.setenv("REDIS_HOST", "cache")
    monkeypatch.setenv(name, junk)

    with pytest.raises(ImproperlyConfigured, match=rf"^{name} is not "):
        environment.redis_url()


@pytest.mark.parametrize(
    ("value", "expected"),
    [("on", True), ("TRUE", True), ("1", True), ("yes", True), ("off", False), ("0", False), ("", True), (" ", True)],
)
def test_a_flag_that_is_set_to_nothing_is_not_set(monkeypatch: pytest.MonkeyPatch, value: str, expected: bool) -> None:
    monkeypatch.setenv("HTTPS", value)

    assert environment.flag("HTTPS", default=True) is expected


@pytest.mark.parametrize("junk", ["maybe", "2", "onn", "-1"])
def test_a_junk_flag_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, junk: str) -> None:
    monkeypatch.setenv("DEBUG", junk)

    with pytest.raises(ImproperlyConfigured, match=r"^DEBUG is not a flag \(on or off\)"):
        environment.flag("DEBUG", default=False)


def test_host_names_are_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", " example.org, .example.net ,127.0.0.1,[::1],*,")

    assert environment.hosts("ALLOWED_HOSTS") == ["example.org", ".example.net", "127.0.0.1", "[::1]", "*"]


@pytest.mark.parametrize("junk", ["https://example.org", "example.org:8000", "example.org/shop", "a b", "..", "::1"])
def test_a_junk_host_name_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, junk: str) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", f"example.org,{junk}")

    with pytest.raises(ImproperlyConfigured, match=r"^ALLOWED_HOSTS is not a comma-separated list of host names"):
        environment.hosts("ALLOWED_HOSTS")


@pytest.mark.parametrize("junk", ["example.org", "https://example.org/shop", "ftp://example.org"])
def test_a_junk_origin_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, junk: str) -> None:
    monkeypatch.setenv("CSRF_TRUSTED_ORIGINS", f"https://*.example.org:8443, {junk}")

    with pytest.raises(ImproperlyConfigured, match=r"^CSRF_TRUSTED_ORIGINS is not a comma-separated list of origins"):
        environment.origins("CSRF_TRUSTED_ORIGINS")


def test_web_addresses_are_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAND_URLS", "https://api.drand.sh/, http://127.0.0.1:8080/drand,")

    assert environment.web_addresses("DRAND_URLS", ()) == ["https://api.drand.sh", "http://127.0.0.1:8080/drand"]


@pytest.mark.parametrize(
    "junk", ["api.drand.sh", "ftp://api.drand.sh", "https://u:s3cr3t@api.drand.sh", "https://a/?b"]
)
def test_a_junk_web_address_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, junk: str) -> None:
    monkeypatch.setenv("DRAND_URLS", f"https://api.drand.sh, {junk}")

    with pytest.raises(ImproperlyConfigured, match=r"^DRAND_URLS is not a comma-separated list of addresses"):
        environment.web_addresses("DRAND_URLS", ())


@pytest.mark.parametrize(("value", "ids"), [("", set()), ("42", {42}), ("42, 9000000000,", {42, 9_000_000_000})])
def test_telegram_ids_are_a_list(monkeypatch: pytest.MonkeyPatch, value: str, ids: set[int]) -> None:
    monkeypatch.setenv("ADMIN_IDS", value)

    assert environment.telegram_ids("ADMIN_IDS") == ids


@pytest.mark.parametrize("junk", ["@admin", "0", "-5", str(2**63), "4_2", "42;43", "9" * 5000])
def test_a_junk_telegram_id_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, junk: str) -> None:
    monkeypatch.setenv("ADMIN_IDS", junk)

    with pytest.raises(ImproperlyConfigured, match=r"^ADMIN_IDS is not a comma-separated list of Telegram ids"):
        environment.telegram_ids("ADMIN_IDS")


@pytest.mark.parametrize("junk", ["s3cr3t", ":s3cr3t", "bot12:s3cr3t", "12:s3cr3t!"])
def test_a_junk_bot_token_is_refused_by_name_and_not_repeated(monkeypatch: pytest.MonkeyPatch, junk: str) -> None:
    monkeypatch.setenv("BOT_TOKEN", junk)

    with pytest.raises(ImproperlyConfigured, match=r"^BOT_TOKEN is not a Telegram bot token") as refusal:
        environment.telegram_token("BOT_TOKEN")

    assert "s3cr3t" not in str(refusal.value)


def test_a_choice_is_taken_in_any_case_and_junk_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_LEVEL", "debug")
    assert environment.choice("LOG_LEVEL", ("DEBUG", "INFO"), "INFO") == "DEBUG"

    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    with pytest.raises(ImproperlyConfigured, match=r"^LOG_LEVEL is not one of DEBUG, INFO"):
        environment.choice("LOG_LEVEL", ("DEBUG", "INFO"), "INFO")


@pytest.fixture
def dotenv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.delenv("IGNORE_DOTENV", raising=False)
    for name in ("SLIPWAY_ONE", "SLIPWAY_TWO"):
        monkeypatch.setenv(name, "")  # restored afterwards, whatever the file sets
        monkeypatch.delenv(name)
    return tmp_path / ".env"


def test_dotenv_adds_what_is_not_set(monkeypatch: pytest.MonkeyPatch, dotenv: Path) -> None:
    monkeypatch.setenv("SLIPWAY_ONE", "from the environment")
    dotenv.write_text("# a comment\n\nSLIPWAY_ONE=from the file\nexport SLIPWAY_TWO='$a #b'\n")

    environment.read_dotenv(dotenv)

    assert (environment.text("SLIPWAY_ONE"), environment.text("SLIPWAY_TWO")) == ("from the environment", "$a #b")


def test_dotenv_can_be_left_alone(monkeypatch: pytest.MonkeyPatch, dotenv: Path) -> None:
    monkeypatch.setenv("IGNORE_DOTENV", "1")
    dotenv.write_text("SLIPWAY_ONE=from the file\n")

    environment.read_dotenv(dotenv)

    assert environment.text("SLIPWAY_ONE") == ""


def test_a_junk_line_in_dotenv_is_refused_by_number_and_not_repeated(dotenv: Path) -> None:
    dotenv.write_text("SLIPWAY_ONE=1\nSLIPWAY_TWO = s3cr3t\n")

    with pytest.raises(ImproperlyConfigured, match=r"^Line 2 of \.env is not NAME=value") as refusal:
        environment.read_dotenv(dotenv)

    assert "s3cr3t" not in str(refusal.value)
    assert environment.text("SLIPWAY_ONE") == ""


def test_a_dotenv_that_is_no_text_is_refused_and_not_repeated(dotenv: Path) -> None:
    dotenv.write_bytes(b"SLIPWAY_ONE=s3cr3t\xff")

    with pytest.raises(ImproperlyConfigured, match=r"^\.env cannot be read as UTF-8\.") as refusal:
        environment.read_dotenv(dotenv)

    assert "s3cr3t" not in "".join(traceback.format_exception(refusal.value))


def test_a_preferred_value_gives_way_to_one_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATEMENT_TIMEOUT_MS", "1")
    monkeypatch.setenv("LOCK_TIMEOUT_MS", "")

    environment.prefer("STATEMENT_TIMEOUT_MS", "2")
    environment.prefer("LOCK_TIMEOUT_MS", "2")

    assert [environment.number(f"{name}_TIMEOUT_MS", 0) for name in ("STATEMENT", "LOCK")] == [1, 2]
