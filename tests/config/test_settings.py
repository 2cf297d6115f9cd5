"""The settings as a whole, each time in a process of its own with nothing but the variables that are named."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "SECRET_KEY": "q8Zr-0pXw_2mVt5Yk7Lb9Nd1Fg3Hj4Ks6Qa8We0Rt2Yu5Io7Pl",
    "ALLOWED_HOSTS": "example.org",
    "DATABASE_URL": "postgresql://slipway:s3cr3t@127.0.0.1:1/slipway",
}
PACKAGES = sorted(file.parent.name for file in ROOT.glob("*/__init__.py") if file.parent.name != "tests")


def run(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "IGNORE_DOTENV": "1", "PYTHONWARNINGS": "error", **variables}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def manage(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return run("manage.py", *command, **variables)


def settings(*names: str, **variables: str) -> dict[str, Any]:
    code = f"import json; from config import settings; print(json.dumps({{n: getattr(settings, n) for n in {names}}}))"
    done = run("-c", code, **variables)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def refusal(**variables: str) -> str:
    done = run("-c", "from config import settings", **variables)
    assert done.returncode == 1
    return done.stderr.strip().splitlines()[-1].removeprefix("django.core.exceptions.ImproperlyConfigured: ")


def test_production_is_the_default_and_strict() -> None:
    found = settings(
        "DEBUG",
        "HTTPS",
        "SECURE_SSL_REDIRECT",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SECURE_HSTS_SECONDS",
        "ALLOWED_HOSTS",
        "BOT_TOKEN",
        **PRODUCTION,
    )

    assert found == {
        "DEBUG": False,
        "HTTPS": True,
        "SECURE_SSL_REDIRECT": True,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SECURE_HSTS_SECONDS": 31_536_000,
        "ALLOWED_HOSTS": ["example.org"],
        "BOT_TOKEN": "",
    }


def test_development_needs_no_variable_but_debug() -> None:
    found = settings("HTTPS", "ALLOWED_HOSTS", "DATABASES", "REDIS_URL", DEBUG="on")

    assert found == {
        "HTTPS": False,
        "ALLOWED_HOSTS": ["localhost", "127.0.0.1", "[::1]"],
        "DATABASES": {},
        "REDIS_URL": "",
    }


@pytest.mark.parametrize("key", ["", "   "])
def test_production_has_no_secret_key_of_its_own(key: str) -> None:
    assert refusal(**PRODUCTION | {"SECRET_KEY": key}).startswith("SECRET_KEY is not set. Make one with: python -c")


def test_a_secret_key_may_begin_with_a_dollar_sign() -> None:
    assert settings("SECRET_KEY", **PRODUCTION | {"SECRET_KEY": "$ecret"}) == {"SECRET_KEY": "$ecret"}


@pytest.mark.parametrize(
    ("name", "junk"),
    [
        ("DEBUG", "maybe"),
        ("HTTPS", "maybe"),
        ("BEHIND_PROXY", "maybe"),
        ("DEBUG_TOOLBAR", "maybe"),
        ("IGNORE_DOTENV", "maybe"),
        ("ALLOWED_HOSTS", "https://example.org"),
        ("CSRF_TRUSTED_ORIGINS", "example.org"),
        ("BOT_TOKEN", "token"),
        ("ADMIN_IDS", "@admin"),
        ("TELEGRAM_BOT_ID", "bot"),
        ("TELEGRAM_TEST_KEYS", "maybe"),
        ("INIT_DATA_TTL", "0"),
        ("TELEGRAM_TOKEN_TTL", "1h"),
        ("API_LIMIT", "600"),
        ("STAFF_OTP", "maybe"),
        ("LOGIN_FAILURES", "0"),
        ("LOGIN_LOCK_MINUTES", "soon"),
        ("TRUSTED_PROXIES", "-1"),
        ("IDEMPOTENCY_HOURS", "0"),
        ("LOG_LEVEL", "LOUD"),
        ("DATABASE_URL", "mysql://db/shop"),
        ("READ_DATABASE_URL", "replica"),
        ("POSTGRES_POOL_MAX", "many"),
        ("REDIS_URL", "cache:6379"),
    ],
)
def test_junk_ends_the_start_with_the_name_of_the_variable(name: str, junk: str) -> None:
    assert refusal(**PRODUCTION | {name: junk}).startswith(f"{name} is not ")


def test_the_pool_of_redis_connections_is_limited() -> None:
    with_redis = {**PRODUCTION, "REDIS_URL": "redis://cache"}

    found = settings("CACHES", **with_redis, REDIS_POOL_SIZE="7")
    refused = refusal(**with_redis, REDIS_POOL_SIZE="0")

    assert found["CACHES"]["default"]["OPTIONS"]["CONNECTION_POOL_KWARGS"]["max_connections"] == 7
    assert refused.startswith("REDIS_POOL_SIZE is not a whole number from 1")


def test_a_proxy_is_believed_only_when_there_is_one() -> None:
    code = "from config import settings; print(getattr(settings, 'SECURE_PROXY_SSL_HEADER', None))"

    assert run("-c", code, **PRODUCTION).stdout == "None\n"
    assert run("-c", code, **PRODUCTION, BEHIND_PROXY="on").stdout == "('HTTP_X_FORWARDED_PROTO', 'https')\n"


def test_the_debug_toolbar_is_refused_outside_development() -> None:
    assert refusal(**PRODUCTION, DEBUG_TOOLBAR="on").startswith("DEBUG_TOOLBAR shows settings and queries")


def test_the_debug_toolbar_has_its_addresses_in_development() -> None:
    code = (
        "import django; django.setup(); from django.urls import reverse; from django.conf import settings;"
        "print(reverse('djdt:render_panel'), 'debug_toolbar' in settings.INSTALLED_APPS)"
    )
    toolbar = {**PRODUCTION, "DEBUG": "on", "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONWARNINGS": "default"}

    assert run("-c", code, **toolbar, DEBUG_TOOLBAR="on").stdout == "/__debug__/render_panel/ True\n"
    assert "NoReverseMatch" in run("-c", code, **toolbar).stderr


def test_the_deployment_check_is_clean_in_production() -> None:
    done = manage("check", "--deploy", "--fail-level", "INFO", **PRODUCTION)

    assert (done.returncode, done.stdout) == (0, "System check identified no issues (0 silenced).\n"), done.stderr


def test_the_check_without_a_database_says_what_to_set() -> None:
    done = manage("check", DEBUG="on")

    assert done.returncode == 1
    assert "(operations.E001) No database is configured." in done.stderr
    assert "HINT: Set DATABASE_URL, or POSTGRES_HOST" in done.stderr


def test_static_files_are_collected_without_a_database(tmp_path: Path) -> None:
    done = manage("collectstatic", "--no-input", SECRET_KEY="build", STATIC_ROOT=str(tmp_path / "static"))

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "static" / "staticfiles.json").is_file()


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"SECRET_KEY": "x"}, "Slipway cannot start: No database is configured. Set DATABASE_URL"),
        ({"DATABASE_URL": "postgresql:///slipway"}, "Slipway cannot start: SECRET_KEY is not set."),
        (
            {**PRODUCTION, "DATABASE_URL": "postgresql://u:s3cr3t/@db/x"},
            "Slipway cannot start: DATABASE_URL is not a PostgreSQL URL",
        ),
    ],
)
def test_a_server_that_cannot_serve_ends_with_one_sentence(variables: dict[str, str], sentence: str) -> None:
    done = run("-c", "import config.wsgi", **variables)

    assert done.returncode == 1
    assert done.stderr.startswith(sentence)
    assert done.stderr.count("\n") == 1
    assert "s3cr3t" not in done.stderr


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "-c statement_timeout=15000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=60000"),
        ({"STATEMENT_TIMEOUT_MS": "0", "LOCK_TIMEOUT_MS": "1"}, "-c lock_timeout=1"),
    ],
)
def test_requests_have_limits_that_commands_do_not_have(given: dict[str, str], expected: str) -> None:
    code = "import {}; from django.conf import settings; print(settings.DATABASES['default']['OPTIONS'].get('options'))"
    variables = {**PRODUCTION, "DJANGO_SETTINGS_MODULE": "config.settings", "PYTHONWARNINGS": "default"}

    assert run("-c", code.format("django"), **variables).stdout.strip() == "None"
    assert run("-c", code.format("config.wsgi"), **variables, **given).stdout.strip().startswith(expected)


def variables_in_code() -> Iterator[str]:
    """What config reads by its own functions, and everybody by os.environ."""
    readers = (
        r"text|required_text|flag|number|choice|items|limit|hosts|origins|web_address|web_addresses|telegram_ids"
        r"|telegram_token|_database_from_url"
    )
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            code = file.read_text()
            yield from re.findall(r'(?:environ(?:\.get|\.setdefault)?[(\[]|getenv\()\s*"([A-Z][A-Z_]*)"', code)
            if package == "config":
                yield from re.findall(rf"\b(?:{readers})\(\s*[\"']([A-Z][A-Z_]*)[\"']", code)


def variables_of_containers() -> Iterator[str]:
    yield from re.findall(r"\$\{([A-Z][A-Z_]*)", (ROOT / "docker-compose.yml").read_text())
    yield from re.findall(r"\b(GRANIAN_[A-Z_]+)=", (ROOT / "Dockerfile").read_text())


def test_every_variable_is_documented_and_every_documented_one_is_read() -> None:
    example = (ROOT / ".env.example").read_text()
    documented = set(re.findall(r"^#?([A-Z][A-Z_]*)=", example, flags=re.MULTILINE))

    read = {*variables_in_code(), *variables_of_containers()} - {"DJANGO_SETTINGS_MODULE"}

    assert {"SECRET_KEY", "POSTGRES_POOL_MAX", "REDIS_POOL_SIZE", "GRANIAN_PORT", "REPLICATION_PASSWORD"} <= read
    assert documented == read


def test_the_documented_examples_are_taken(tmp_path: Path) -> None:
    example = (ROOT / ".env.example").read_text()
    examples = dict(re.findall(r"^#([A-Z][A-Z_]*)=(.+)$", example, flags=re.MULTILINE))

    found = settings("DEBUG", "HTTPS", "LOG_LEVEL", "REDIS_URL", **examples | PRODUCTION)

    assert found == {"DEBUG": False, "HTTPS": True, "LOG_LEVEL": "INFO", "REDIS_URL": examples["REDIS_URL"]}
