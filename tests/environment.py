"""The settings of tests and checks: nothing of a developer's own environment decides how they end.

A pytest plugin (`-p tests.environment`), and a command: `python -m tests.environment COMMAND ARGS` runs COMMAND so.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Generator

import pytest


def variables() -> dict[str, str]:
    """DEBUG is on for what development has (plain static files, the migration linter); Django's test runner switches
    the setting itself off. Empty is not set."""
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "IGNORE_DOTENV": "on",
        "DEBUG": "on",
        "DEBUG_TOOLBAR": "off",
        "HTTPS": "off",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "",
        "CSRF_TRUSTED_ORIGINS": "",
        "STAFF_OTP": "",
        "LOGIN_FAILURES": "",
        "LOGIN_LOCK_MINUTES": "",
        "API_LIMIT": "off",
        "JOIN_LIMIT": "off",
        "JOIN_ADDRESS_LIMIT": "off",
        "CREATE_LIMIT": "off",
        "CREATE_ADDRESS_LIMIT": "off",
        "TRUSTED_PROXIES": "",
        "IDEMPOTENCY_HOURS": "",
        "BOT_TOKEN": "7000000001:test-bot-token_of_nobody-but_tests",
        "TELEGRAM_BOT_ID": "",
        "TELEGRAM_TEST_KEYS": "",
        "INIT_DATA_TTL": "",
        "TELEGRAM_TOKEN_TTL": "",
        "ADMIN_IDS": "",
        "TELEGRAM_API_URL": "http://127.0.0.1:1",  # nobody is there: no test asks Telegram itself
        "LOG_LEVEL": "WARNING",
    }


def leading_to(url: str) -> dict[str, str]:
    """The environment of a process that works in the database at `url` alone, without a replica."""
    kept = {name: value for name, value in os.environ.items() if name != "READ_DATABASE_URL"}
    return kept | {"DATABASE_URL": url}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None]:
    """Before Django reads its settings: pytest-django does it in this hook too, and wrappers come first."""
    os.environ.update(variables())
    yield


if __name__ == "__main__":
    os.environ.update(variables())
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - the caller's own command
