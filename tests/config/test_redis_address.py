"""The addresses that REDIS_URL takes, each used by the cache backend on a real server."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings

from config import environment
from config.caching.backend import Cache
from operations.sandbox import Sandbox

PASSWORD = "p@ss/w:rd %25"
QUOTED = "p%40ss%2Fw%3Ard%20%2525"


@pytest.fixture(scope="module")
def addresses() -> Iterator[dict[str, str]]:
    """A server that wants a password, reached by socket and by port."""
    with Sandbox(["cache"]) as sandbox, redis.Redis.from_url(sandbox.cache.url) as client:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        client.config_set("port", port)
        client.config_set("requirepass", PASSWORD)
        yield {"path": sandbox.cache.url.removeprefix("unix://").split("?")[0], "port": str(port)}
        client.config_set("requirepass", "")


@pytest.mark.parametrize(
    ("variables", "number"),
    [
        ({"REDIS_URL": f"unix://:{QUOTED}@{{path}}?db=3"}, 3),
        ({"REDIS_URL": f"unix://{{path}}?db=0&password={QUOTED}"}, 0),
        ({"REDIS_URL": f"redis://:{QUOTED}@127.0.0.1:{{port}}/2"}, 2),
        ({"REDIS_URL": f"valkey://default:{QUOTED}@localhost:{{port}}"}, 0),
        ({"REDIS_HOST": "127.0.0.1", "REDIS_PORT": "{port}", "REDIS_PASSWORD": PASSWORD, "REDIS_DB": "4"}, 4),
    ],
)
def test_the_cache_reaches_the_database_that_is_named(
    addresses: dict[str, str], monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], number: int
) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(**addresses))
    cache = Cache(environment.redis_url(), settings.CACHES["default"])
    key = f"test-{number}"

    cache.set(key, ["ä", None], 30)

    assert cache.get(key) == ["ä", None]
    with redis.Redis(unix_socket_path=addresses["path"], password=PASSWORD, db=number) as client:
        assert client.exists(f"slipway:1:{key}") == 1
