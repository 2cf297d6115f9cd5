"""What tests of giveaways share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from giveaways.telegram.client import disconnect
from tests.giveaways.bot_api import TOKEN, BotApiServer, served
from tests.giveaways.drand import Relay, relaying


@pytest.fixture
def bot_api(settings: Any) -> Iterator[BotApiServer]:
    """A Bot API of the test's own, and settings that lead there and lose patience quickly."""
    with served() as api:
        settings.BOT_TOKEN = TOKEN
        settings.TELEGRAM_API_URL = api.url
        settings.TELEGRAM_CONNECT_TIMEOUT = settings.TELEGRAM_TIMEOUT = 0.3
        settings.TELEGRAM_BUDGET = 1.0
        settings.TELEGRAM_ATTEMPTS = 3
        yield api
        disconnect()


@pytest.fixture
def drand(settings: Any) -> Iterator[Relay]:
    """A relay of the test's own, and settings that lead there."""
    with relaying() as relay:
        settings.DRAND_URLS = [relay.url]
        settings.DRAND_TIMEOUT = 2.0
        yield relay
