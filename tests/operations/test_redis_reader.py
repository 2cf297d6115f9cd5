from __future__ import annotations

import json
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from operations.importing import redis_scan
from operations.importing.errors import SourceUnreadable
from operations.importing.reader import Reader, open_reader
from operations.importing.redis_connection import Server, locate_redis
from operations.importing.redis_reader import Family, RedisReader
from operations.importing.spool import Key, Shape, Spool, name_of
from operations.importing.sqlite import SQLiteReader, locate
from operations.importing.tables import Table
from operations.sandbox import Sandbox, SandboxError

PROJECT = Path(__file__).resolve().parents[2]
FAMILIES = (
    Family("users", re.compile(r"user:(?P<user_id>[0-9]+)"), "string"),
    Family("user_channels", re.compile(r"user:(?P<user_id>[0-9]+):channels"), "set"),
    Family("tickets", re.compile(r"giveaway:(?P<giveaway_id>[0-9a-f-]+):tickets"), "hash"),
    Family("ranks", re.compile(r"rank:(?P<name>\w+)(?::(?P<year>[0-9]+))?"), "zset"),
    Family("queues", re.compile(r"queue:\w+"), "list"),
    Family("logs", re.compile(r"log:\w+"), "stream"),
    Family("locks", re.compile(r"lock:.*"), "string"),
)
Records = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def own() -> Iterator[Sandbox]:
    with Sandbox(("cache",)) as sandbox:
        yield sandbox


@pytest.fixture
def server(own: Sandbox) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(own.cache.url, protocol=2) as client:
        client.flushall()
        client.config_resetstat()
        yield client


def records_of(reader: Reader) -> dict[str, Records]:
    """{table: {record key: the other columns that are not NULL}}"""
    found: dict[str, Records] = {}
    for table in reader.tables():
        rows = [row[1:] for batch in reader.batches(table, size=1000) for row in batch.rows]
        assert len(rows) == table.rows
        records = [dict(zip(table.columns, row, strict=True)) for row in rows]
        assert [record["key"] for record in records] == sorted({record["key"] for record in records}, key=str.encode)
        found[table.name] = {
            record.pop("key"): {name: value for name, value in record.items() if value is not None}
            for record in records
        }
    return found


def read(url: str, families: tuple[Family, ...] = FAMILIES) -> dict[str, Records]:
    with open_reader(url, families) as reader:
        return {name: records for name, records in records_of(reader).items() if records}


def table_of(reader: Reader, name: str) -> Table:
    return next(table for table in reader.tables() if table.name == name)


def fill(server: redis.Redis) -> None:
    """A few keys of each type, some of them long."""
    server.set("user:7", '{"id":7,"first_name":"Вася"}')
    server.set("user:8", "")
    server.set("lock:long", "x" * 100_000)
    server.sadd("user:7:channels", *range(-1001000, -1000000))
    server.hset("giveaway:6f-1:tickets", mapping={str(user): str(user % 9) for user in range(3000)})
    server.zadd("rank:all:2025", {"ann": 1.5, "bob": float("inf"), "cid": -(2**53)})
    server.zadd("rank:new", {f"m{number}": number for number in range(900)})
    server.rpush("queue:mail", *(f"item {number % 4}" for number in range(700)))
    for number in range(300):
        server.xadd("log:a", {"n": str(number), "Ключ": "Ω"}, id=f"5-{number}")


# What becomes a record


def test_every_type_becomes_records(own: Sandbox, server: redis.Redis) -> None:
    server.set("user:7", '{"id":7,"first_name":"Вася"}')
    server.sadd("user:7:channels", "-1001", "-1002")
    server.hset("giveaway:6f-1:tickets", mapping={"7": "3", "8": "1"})
    server.zadd("rank:all:2025", {"ann": 1.5, "bob": float("inf")})
    server.zadd("rank:new", {"cid": -(2**53)})
    server.rpush("queue:mail", "a", "b", "a")
    server.execute_command("XADD", "log:a", "5-1", "n", "1", "n", "2")

    tickets = {"redis_key": "giveaway:6f-1:tickets", "giveaway_id": "6f-1", "type": "hash"}
    channels = {"redis_key": "user:7:channels", "user_id": "7", "type": "set"}
    ranks = {"redis_key": "rank:all:2025", "name": "all", "year": "2025", "type": "zset"}
    mail = {"redis_key": "queue:mail", "type": "list"}
    assert read(own.cache.url) == {
        "users": {
            "user:7": {
                "redis_key": "user:7",
                "user_id": "7",
                "value": '{"id":7,"first_name":"Вася"}',
                "type": "string",
            }
        },
        "user_channels": {
            "user:7:channels/-1001": channels | {"element": "-1001"},
            "user:7:channels/-1002": channels | {"element": "-1002"},
        },
        "tickets": {
            "giveaway:6f-1:tickets/7": tickets | {"element": "7", "value": "3"},
            "giveaway:6f-1:tickets/8": tickets | {"element": "8", "value": "1"},
        },
        "ranks": {
            "rank:all:2025/ann": ranks | {"element": "ann", "value": "1.5"},
            "rank:all:2025/bob": ranks | {"element": "bob", "value": "inf"},
            "rank:new/cid": {
                "redis_key": "rank:new",
                "name": "new",
                "element": "cid",
                "value": "-9007199254740992",
                "type": "zset",
            },
        },
        "queues": {
            "queue:mail/0": mail | {"element": "0", "value": "a"},
            "queue:mail/1": mail | {"element": "1", "value": "b"},
            "queue:mail/2": mail | {"element": "2", "value": "a"},
        },
        "logs": {
            "log:a/5-1": {
                "redis_key": "log:a",
                "element": "5-1",
                "value": '[["n","1"],["n","2"]]',
                "type": "stream",
            }
        },
    }


def test_every_family_has_a_table_also_one_without_records(own: Sandbox, server: redis.Redis) -> None:
    server.set("user:7", "{}")

    with open_reader(own.cache.url, FAMILIES) as reader:
        tables = {table.name: table for table in reader.tables()}

        assert {name: table.rows for name, table in tables.items() if table.rows} == {"users": 1}
        assert set(tables) == {family.name for family in FAMILIES} | {"unknown"}
        assert tables["users"].columns == ("key", "redis_key", "user_id", "value", "type", "expires_at")
        assert tables["user_channels"].columns == ("key", "redis_key", "user_id", "element", "type", "expires_at")
        assert tables["unknown"].columns == ("key", "redis_key", "element", "value", "type", "expires_at")
        assert all(table.key == ("key",) and not table.has_rowid for table in tables.values())
        assert all(reader.repeated_keys(table, "key") == set() for table in tables.values())


def test_a_key_of_another_type_or_with_more_to_it_is_unknown(own: Sandbox, server: redis.Redis) -> None:
    server.sadd("user:7", "a")
    server.set("user:7:channels", "text")
    server.set("xuser:7", "x")
    server.set("user:7\n", "line end")
    server.set("user:٧", "digits of another script")

    found = read(own.cache.url, (Family("users", re.compile(r"user:(?P<user_id>[0-9]+)"), "string"),))

    assert set(found) == {"unknown"}
    assert {key: record["type"] for key, record in found["unknown"].items()} == {
        "user:7/a": "set",
        "user:7:channels": "string",
        "xuser:7": "string",
        "user:7\n": "string",
        "user:٧": "string",
    }


def test_the_first_family_that_fits_has_the_key(own: Sandbox, server: redis.Redis) -> None:
    server.set("a:1", "x")
    anything = Family("anything", re.compile(".*"), "string")
    letters = Family("letters", re.compile("a:.*"), "string")

    assert list(read(own.cache.url, (anything, letters))) == ["anything"]
    assert list(read(own.cache.url, (letters, anything))) == ["letters"]


@pytest.mark.parametrize(
    ("name", "pattern", "type_", "reason"),
    [
        ("unknown", "a", "string", "cannot be the name"),
        ("sqlite_a", "a", "string", "cannot be the name"),
        ('a"b', "a", "string", "cannot be the name"),
        ("a", "a", "text", "none of string, set, hash"),
        ("a", "(?P<Value>a)", "string", "name of another column"),
        ("a", "(?P<x>a)(?P<X>a)", "string", "name of another column"),
    ],
)
def test_a_family_that_cannot_be_a_table_is_refused(name: str, pattern: str, type_: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Family(name, re.compile(pattern), type_)


def test_two_families_of_one_name_are_refused(own: Sandbox) -> None:
    with pytest.raises(ValueError, match="the same name"):
        open_reader(own.cache.url, (FAMILIES[0], FAMILIES[0]))


def test_a_type_that_only_dump_can_read_is_one_record(
    own: Sandbox, server: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(redis_scan.WALKS, "stream")  # as if it was the type of a module
    server.xadd("log:a", {"n": "1"}, id="5-1")
    dump = server.dump("log:a")

    record = read(own.cache.url, ())["unknown"]["log:a"]

    assert record == {"redis_key": "log:a", "value": dump, "type": "stream"}


# Bytes


def test_what_is_not_text_stays_bytes_under_a_name_of_its_own(own: Sandbox, server: redis.Redis) -> None:
    server.set(b"user:\xff", b"\x00\x01")
    server.set(b"user:\\xff", "as it is written")
    server.set("user:nul\0", "text")
    server.sadd("user:7:channels", b"\xfe", "\\xfe", "a\0b", "a/b", "", "\\")
    server.hset("giveaway:6f:tickets", mapping={b"\xff\xfe": b"\xfd", "7": "1"})

    found = read(own.cache.url)

    assert {key: (record["redis_key"], record["value"]) for key, record in found["unknown"].items()} == {
        r"user:\xff": (b"user:\xff", b"\x00\x01"),
        r"user:\\xff": (r"user:\xff", "as it is written"),
        r"user:nul\x00": (b"user:nul\0", "text"),
    }
    assert {key: record["element"] for key, record in found["user_channels"].items()} == {
        r"user:7:channels/\xfe": b"\xfe",
        r"user:7:channels/\\xfe": r"\xfe",
        r"user:7:channels/a\x00b": b"a\0b",
        "user:7:channels/a/b": "a/b",
        "user:7:channels/": "",
        "user:7:channels/\\": "\\",
    }
    assert {key: (record["element"], record["value"]) for key, record in found["tickets"].items()} == {
        r"giveaway:6f:tickets/\xff\xfe": (b"\xff\xfe", b"\xfd"),
        "giveaway:6f:tickets/7": ("7", "1"),
    }


def test_keys_with_slashes_are_not_taken_for_elements(own: Sandbox, server: redis.Redis) -> None:
    server.set("a/b/c", "string")
    server.set("lock:a/b", "string of a family")
    server.sadd("a/b", "c")
    server.sadd("a", "b/c")

    found = read(own.cache.url)

    assert set(found["locks"]) == {"lock:a/b"}
    assert {key: record["redis_key"] for key, record in found["unknown"].items()} == {
        r"a\x2fb\x2fc": "a/b/c",
        r"a\x2fb/c": "a/b",
        "a/b/c": "a",
    }


@given(st.lists(st.binary(max_size=6) | st.sampled_from([b"\\x41", b"\\\\x41", b"/", b"\\x2f"]), unique=True))
def test_no_two_names_are_the_same(raws: list[bytes]) -> None:
    assert len({name_of(raw) for raw in raws}) == len(raws)
    assert len({name_of(raw, slashes=False) for raw in raws}) == len(raws)
    assert not any("/" in name_of(raw, slashes=False) or "\0" in name_of(raw) for raw in raws)


TEXTS = st.text('aЯ😀\x01\x7f\u2028\ufffe"\\/x41', max_size=5).map(str.encode)
ELEMENTS = st.dictionaries(TEXTS | st.binary(max_size=4), TEXTS | st.binary(max_size=4), max_size=40)


@given(st.dictionaries(st.binary(max_size=3), ELEMENTS, max_size=4))
def test_a_spool_gives_back_every_element_once(keys: dict[bytes, dict[bytes, bytes]]) -> None:
    shape = Shape("unknown")

    def back(value: str | bytes) -> bytes:
        return value.encode() if isinstance(value, str) else value

    with closing(Spool([shape])) as spool:
        for raw, elements in keys.items():
            for _ in range(2):
                spool.add_elements(Key(raw, shape, (), "hash", None), list(elements), list(elements.values()))
        spool.finish()
        rows = spool.connection.execute("SELECT redis_key, element, value FROM unknown").fetchall()

    assert sorted(tuple(map(back, row)) for row in rows) == sorted(
        (raw, element, value) for raw, elements in keys.items() for element, value in elements.items()
    )


def test_a_large_value_arrives_whole(own: Sandbox, server: redis.Redis) -> None:
    large = "Ω" * 10_000_000
    server.set("user:1", large)
    server.hset("giveaway:6f:tickets", "7", large)

    found = read(own.cache.url)

    assert found["users"]["user:1"]["value"] == large
    assert found["tickets"]["giveaway:6f:tickets/7"]["value"] == large


def test_reading_in_small_parts_finds_the_same(
    own: Sandbox, server: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(server)
    expected = read(own.cache.url)
    for name, small in {"KEYS_AT_ONCE": 2, "ELEMENTS_AT_ONCE": 7, "BYTES_AT_ONCE": 500, "SHORT": 3}.items():
        monkeypatch.setattr(redis_scan, name, small)

    assert read(own.cache.url) == expected
    assert {name: len(records) for name, records in expected.items()} == {
        "users": 2,
        "locks": 1,
        "user_channels": 1000,
        "tickets": 3000,
        "ranks": 903,
        "queues": 700,
        "logs": 300,
    }


# Expiry


def test_expiry_is_a_moment_and_the_same_whenever_it_is_read(own: Sandbox, server: redis.Redis) -> None:
    for number in range(200):
        server.set(f"lock:{number}", "locked", px=100_000 + 37 * number)
    server.sadd("user:7:channels", "1", "2")
    server.expireat("user:7:channels", 2_000_000_000)
    server.set("user:7", "{}")
    moments = {f"lock:{number}": server.pexpiretime(f"lock:{number}") for number in range(200)}

    first, second = read(own.cache.url), read(own.cache.url)

    assert first == second
    assert {key: record["expires_at"] for key, record in first["locks"].items()} == moments
    assert [record["expires_at"] for record in first["user_channels"].values()] == [2_000_000_000_000] * 2
    assert "expires_at" not in first["users"]["user:7"]
    assert server.pexpiretime("lock:7") == moments["lock:7"]


def test_a_server_that_tells_only_the_time_left_gives_the_same_moments(own: Sandbox, server: redis.Redis) -> None:
    for number in range(500):
        server.set(f"lock:{number}", "locked", px=100_000 + 37 * number)
    server.set("user:7", "{}")
    server.sadd("user:7:channels", "1")
    expected = read(own.cache.url)

    with limited_user(own, server, "-pexpiretime", "-memory", "-info", "-hpexpiretime") as url:
        assert read(url) == expected


def test_fields_of_a_hash_have_their_own_expiry(own: Sandbox, server: redis.Redis) -> None:
    server.hset("giveaway:6f:tickets", mapping={"7": "1", "8": "2", "9": "3"})
    server.execute_command("HPEXPIREAT", "giveaway:6f:tickets", 2_000_000_000_000, "FIELDS", 1, "7")
    server.execute_command("HPEXPIREAT", "giveaway:6f:tickets", 2_200_000_000_000, "FIELDS", 1, "8")
    server.hset("giveaway:70:tickets", mapping={"7": "1"})
    server.pexpireat("giveaway:6f:tickets", 2_100_000_000_000)

    tickets = read(own.cache.url)["tickets"]

    assert {key: record.get("expires_at") for key, record in tickets.items()} == {
        "giveaway:6f:tickets/7": 2_000_000_000_000,
        "giveaway:6f:tickets/8": 2_100_000_000_000,  # the key goes first
        "giveaway:6f:tickets/9": 2_100_000_000_000,
        "giveaway:70:tickets/7": None,
    }


def test_expiries_of_fields_are_not_left_out_where_they_are_denied(own: Sandbox, server: redis.Redis) -> None:
    server.hset("giveaway:6f:tickets", "7", "1")
    expected = read(own.cache.url)

    with limited_user(own, server, "-hpexpiretime") as url:
        assert read(url) == expected
        server.hexpire("giveaway:6f:tickets", 1000, "7")
        assert "denies this user a command" in refusal(url)


# A source that lives


def test_keys_come_and_go_while_it_reads(own: Sandbox, server: redis.Redis) -> None:
    server.mset({f"user:{number}": str(number) for number in range(20_000)})
    server.sadd("user:1:channels", *range(20_000))
    stop = threading.Event()

    def write() -> None:
        number = 1_000_000
        with redis.Redis.from_url(own.cache.url) as client:
            while not stop.is_set():
                client.mset({f"user:{number + one}": "new" for one in range(500)})
                client.sadd("user:1:channels", *range(number, number + 500))
                client.delete(*(f"user:{number + one - 1500}" for one in range(400)))
                number += 500

    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = read(own.cache.url)
    finally:
        stop.set()
        writer.join()

    assert all(found["users"][f"user:{number}"]["value"] == str(number) for number in range(20_000))
    assert all(f"user:1:channels/{number}" in found["user_channels"] for number in range(20_000))


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, int, Callable[[], object]], None]:
    """Has something happen right before the nth time that a command is sent, once."""

    def arrange(command: str, nth: int, happen: Callable[[], object]) -> None:
        send, seen = Server.ask_all, 0

        def sending(self: Server, commands: list[tuple[Any, ...]]) -> list[Any]:
            nonlocal seen
            if commands and commands[0][0] == command:
                seen += 1
                if seen == nth:
                    happen()
            return send(self, commands)

        monkeypatch.setattr(Server, "ask_all", sending)

    return arrange


def test_a_key_that_scan_gives_twice_is_one_record(
    own: Sandbox, server: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(server)
    expected = read(own.cache.url)
    monkeypatch.setattr(redis_scan, "KEYS_AT_ONCE", 2)
    ask = Server.ask

    def stutter(self: Server, *command: Any) -> Any:
        reply = ask(self, *command)
        if command[0] != "SCAN":
            return reply
        seen.extend(reply[1])
        return [reply[0], seen * 2]

    seen: list[bytes] = []
    monkeypatch.setattr(Server, "ask", stutter)

    assert read(own.cache.url) == expected
    assert len(seen) == 9


@pytest.mark.parametrize("command", ["TYPE", "GETRANGE", "GET", "SSCAN"])
def test_a_key_that_goes_before_its_turn_is_counted(
    own: Sandbox, server: redis.Redis, between: Callable[..., None], command: str
) -> None:
    server.set("user:1", "x")
    server.set("lock:1", "")
    server.sadd("user:1:channels", "1")
    server.set("other", "x" * 100_000)
    server.set("user:2", "stays")
    between(command, 1, lambda: server.delete("user:1", "lock:1", "user:1:channels", "other"))

    with RedisReader(locate_redis(own.cache.url), FAMILIES) as reader:
        found = records_of(reader)
        vanished = dict(reader.vanished)

    gone = {"users": 1, "locks": 1, "user_channels": 1, "unknown": 1}
    in_time = {"TYPE": (), "GETRANGE": (), "GET": ("users",), "SSCAN": ("users", "locks", "unknown")}[command]
    assert vanished == {name: 1 for name in gone if name not in in_time}
    assert {name: len(found[name]) for name in gone} == {name: (name in in_time) + (name == "users") for name in gone}


def test_a_key_of_a_new_type_is_read_again(own: Sandbox, server: redis.Redis, between: Callable[..., None]) -> None:
    server.set("user:1", "x")
    server.sadd("user:2", "a")

    def swap() -> None:
        server.delete("user:1", "user:2")
        server.sadd("user:1", "b")
        server.set("user:2", "y")

    between("GETRANGE", 1, swap)
    found = read(own.cache.url)

    assert {name: set(records) for name, records in found.items()} == {"users": {"user:2"}, "unknown": {"user:1/b"}}


def test_a_set_that_becomes_a_string_half_way_leaves_no_members(
    own: Sandbox, server: redis.Redis, between: Callable[..., None]
) -> None:
    server.sadd("user:1:channels", *range(10_000))
    between("SSCAN", 3, lambda: server.set("user:1:channels", "now text"))

    found = read(own.cache.url)

    assert {name: set(records) for name, records in found.items()} == {"unknown": {"user:1:channels"}}


def test_a_set_that_expires_half_way_has_vanished(
    own: Sandbox, server: redis.Redis, between: Callable[..., None]
) -> None:
    server.sadd("user:1:channels", *range(10_000))
    server.set("user:1", "x")
    between("SSCAN", 3, lambda: server.delete("user:1:channels"))

    with RedisReader(locate_redis(own.cache.url), FAMILIES) as reader:
        assert {name: len(records) for name, records in records_of(reader).items() if records} == {"users": 1}
        assert dict(reader.vanished) == {"user_channels": 1}


def test_a_list_that_moves_while_it_is_read_is_read_again(
    own: Sandbox, server: redis.Redis, between: Callable[..., None]
) -> None:
    server.rpush("queue:mail", *range(6_000))
    between("LRANGE", 2, lambda: server.lpop("queue:mail", 10))

    found = read(own.cache.url)["queues"]

    assert {int(record["element"]): int(record["value"]) for record in found.values()} == {
        index: index + 10 for index in range(5_990)
    }


def test_a_list_that_never_rests_is_refused(own: Sandbox, server: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    server.rpush("queue:mail", *range(6_000))
    send = Server.ask_all

    def sending(self: Server, commands: list[tuple[Any, ...]]) -> list[Any]:
        if commands and commands[0][0] == "LRANGE":
            server.lpush("queue:mail", "new")
        return send(self, commands)

    monkeypatch.setattr(Server, "ask_all", sending)

    with pytest.raises(SourceUnreadable, match=r"The key 'queue:mail' of .* changes faster than it can be read"):
        read(own.cache.url)


def test_a_connection_that_is_cut_is_made_again(
    own: Sandbox, server: redis.Redis, between: Callable[..., None]
) -> None:
    server.sadd("user:1:channels", *range(10_000))
    between("SSCAN", 3, lambda: server.client_kill_filter(_type="normal", skipme=True))

    assert len(read(own.cache.url)["user_channels"]) == 10_000
    assert server.info("stats")["total_connections_received"] == 2


def test_a_server_started_anew_is_not_read_on() -> None:
    with Sandbox(("cache",)) as other:
        with redis.Redis.from_url(other.cache.url) as client:
            client.mset({f"user:{number}": "x" for number in range(3000)})
            client.save()

        def restart(seen: int, total: int) -> None:
            if seen < 2000:
                other.cache.kill()
                other.cache.start()

        with pytest.raises(SourceUnreadable, match="was started anew while it was read"):
            open_reader(other.cache.url, FAMILIES, restart).__enter__()


# How it reads


def test_it_asks_for_nothing_but_reading(own: Sandbox, server: redis.Redis) -> None:
    fill(server)
    server.pexpire("user:7", 100_000)
    server.hexpire("giveaway:6f-1:tickets", 100, "7")
    moments = server.pexpiretime("user:7"), server.hpexpiretime("giveaway:6f-1:tickets", "7")
    dumps = {key: server.dump(key) for key in server.scan_iter()}
    server.config_resetstat()

    read(own.cache.url)

    sent = {name.removeprefix("cmdstat_").replace("|", " ") for name in server.info("commandstats")}
    flags = {
        name: server.execute_command("COMMAND", "INFO", name.replace(" ", "|"))[name.replace(" ", "|")]["flags"]
        for name in sent
    }
    assert {name for name, flag in flags.items() if "write" in flag or "admin" in flag} == {"config resetstat"}
    assert {"scan", "type", "pexpiretime", "getrange", "get", "sscan", "hscan", "zscan", "lrange", "xrange"} <= sent
    assert (server.pexpiretime("user:7"), server.hpexpiretime("giveaway:6f-1:tickets", "7")) == moments
    assert {key: server.dump(key) for key in server.scan_iter()} == dumps


def test_it_tells_how_far_it_is_and_can_be_stopped(own: Sandbox, server: redis.Redis) -> None:
    server.mset({f"user:{number}": "x" for number in range(5000)})
    calls: list[tuple[int, int]] = []

    with open_reader(own.cache.url, FAMILIES, lambda seen, total: calls.append((seen, total))):
        pass

    def stop(seen: int, total: int) -> None:
        raise KeyboardInterrupt

    assert calls[-1] == (5000, 5000)
    assert [seen for seen, _ in calls] == sorted(seen for seen, _ in calls)
    assert len(calls) >= 5
    with pytest.raises(KeyboardInterrupt):
        open_reader(own.cache.url, FAMILIES, stop).__enter__()


def test_reading_goes_on_after_a_position(own: Sandbox, server: redis.Redis) -> None:
    fill(server)
    server.sadd("user:7:channels", b"\xff", "a\0b", "Ω")
    with open_reader(own.cache.url, FAMILIES) as reader:
        table = table_of(reader, "user_channels")
        batches = list(reader.batches(table, size=101))
    whole = [row for batch in batches for row in batch.rows]

    with open_reader(own.cache.url, FAMILIES) as again:
        for number in (0, 4, len(batches) - 1):
            position = json.loads(json.dumps(batches[number].position))
            rest = [row for batch in again.batches(table, after=position, size=77) for row in batch.rows]

            assert whole[: 101 * (number + 1)] + rest == whole
    assert len(whole) == 1003


def test_its_file_has_no_name_that_could_be_left(own: Sandbox, server: redis.Redis) -> None:
    server.mset({f"user:{number}": "x" * 5000 for number in range(10_000)})

    def own_files() -> set[str]:
        links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        return {str(link.readlink()) for link in links}

    before = own_files()
    with open_reader(own.cache.url, FAMILIES) as reader:
        [file] = own_files() - before
        assert table_of(reader, "users").rows == 10_000
        assert file.endswith("(deleted)")


def test_a_full_disk_says_what_to_do(own: Sandbox, server: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    server.set("user:7", "x")

    def full(self: Spool, views: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Spool, "finish", full)

    with pytest.raises(SourceUnreadable, match=r"disk is full.*set SQLITE_TMPDIR to a folder with room"):
        read(own.cache.url)


MEASURED = """
import re, sys
from pathlib import Path
from operations.importing.reader import open_reader
from operations.importing.redis_reader import Family
families = (Family("members", re.compile("m:.*"), "set"), Family("texts", re.compile("t:.*"), "string"))
with open_reader(sys.argv[1], families) as reader:
    rows = sum(len(batch.rows) for table in reader.tables() for batch in reader.batches(table, size=5000))
print(rows, re.search(r"VmHWM:\\s+([0-9]+) kB", Path("/proc/self/status").read_text())[1])
"""


def test_memory_does_not_grow_with_the_source(own: Sandbox, server: redis.Redis) -> None:
    def measured() -> tuple[int, int]:
        command = [sys.executable, "-c", MEASURED, own.cache.url]
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
        rows, kilobytes = map(int, done.stdout.split())
        return rows, kilobytes // 1024

    def add(first: int, count: int) -> None:
        for start in range(first, first + count, 5000):
            server.sadd("m:one", *(f"member of a set {number:020}" for number in range(start, start + 5000)))
            server.mset({f"t:{number}": f"{number:01000}" for number in range(start, start + 5000)})

    add(0, 20_000)
    few, little = measured()
    add(20_000, 60_000)
    many, much = measured()

    assert (few, many) == (40_000, 160_000)
    assert much < min(little + 10, 100)


# RDB files

AT = 1_700_000_000_000  # past


def rdb_of_redis(*, tail: bytes = b"", version: bytes = b"0009", database: int = 0) -> bytes:
    """A file as Redis 5 and 6 wrote it: an expired string, a string and a set."""

    def text(value: bytes) -> bytes:
        return bytes([len(value)]) + value

    return b"".join(
        (
            b"REDIS" + version,
            b"\xfa" + text(b"redis-ver") + text(b"6.2.14"),
            b"\xfe" + bytes([database]),
            b"\xfc" + AT.to_bytes(8, "little") + b"\x00" + text(b"lock:1") + text(b"locked"),
            b"\x00" + text(b"user:7") + text(b"{}"),
            b"\x02" + text(b"user:7:channels") + b"\x02" + text(b"1") + text(b"2"),
            b"\xff" + bytes(8),  # no checksum
            tail,
        )
    )


EXPECTED = {
    "locks": {"lock:1": {"redis_key": "lock:1", "value": "locked", "type": "string", "expires_at": AT}},
    "users": {"user:7": {"redis_key": "user:7", "user_id": "7", "value": "{}", "type": "string"}},
    "user_channels": {
        f"user:7:channels/{one}": {"redis_key": "user:7:channels", "user_id": "7", "element": one, "type": "set"}
        for one in "12"
    },
}


def test_an_rdb_file_is_read_with_what_has_expired_in_it(tmp_path: Path) -> None:
    path = tmp_path / "dump.rdb"
    path.write_bytes(rdb_of_redis())
    before = path.stat()

    assert read(str(path)) == EXPECTED
    assert read(f"rdb://{path}") == read(f"rdb:///{path}") == EXPECTED
    assert (path.stat().st_mtime_ns, path.read_bytes()) == (before.st_mtime_ns, rdb_of_redis())
    assert list(tmp_path.iterdir()) == [path]


def test_an_rdb_file_of_valkey_reads_like_its_server(own: Sandbox, server: redis.Redis, tmp_path: Path) -> None:
    fill(server)
    server.expire("user:7", 1000)
    expected = read(own.cache.url)
    server.save()
    path = tmp_path / "backup of today.rdb"
    shutil.copyfile(own.cache.home / "dump.rdb", path)

    with open_reader(str(path), FAMILIES) as reader:
        assert {name: records for name, records in records_of(reader).items() if records} == expected
        assert reader.location.path == path
        assert reader.location.shown == f"rdb:///{path}?db=0"


def test_an_rdb_file_of_a_newer_redis_is_tried(tmp_path: Path) -> None:
    path = tmp_path / "dump.rdb"
    path.write_bytes(rdb_of_redis(version=b"0012"))

    assert read(str(path)) == EXPECTED


def test_commands_after_the_snapshot_are_not_left_out(tmp_path: Path) -> None:
    path = tmp_path / "appendonly.aof"
    path.write_bytes(
        rdb_of_redis(tail=b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$6\r\nuser:9\r\n$1\r\n9\r\n")
    )

    assert set(read(str(path))["users"]) == {"user:7", "user:9"}


def test_another_database_of_an_rdb_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "dump.rdb"
    path.write_bytes(rdb_of_redis(database=40))

    assert read(f"rdb://{path}?db=40") == EXPECTED
    with pytest.raises(SourceUnreadable, match=r"dump\.rdb\?db=0 is empty, but there are keys in database 40"):
        read(str(path))


def test_an_rdb_file_that_cannot_be_loaded_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "dump.rdb"

    path.write_bytes(rdb_of_redis()[:60])
    with pytest.raises(SourceUnreadable, match=r"dump\.rdb could not be loaded(.|\n)*Short read"):
        read(str(path))
    path.write_bytes(rdb_of_redis().replace(b"\x02\x0fuser:7", b"\x63\x0fuser:7"))
    with pytest.raises(SourceUnreadable, match=r"dump\.rdb could not be loaded"):
        read(str(path))
    path.write_bytes(b"")
    with pytest.raises(SourceUnreadable, match="is not an RDB file, or is empty"):
        read(f"rdb://{path}")
    with pytest.raises(SourceUnreadable, match="There is no file"):
        read(f"rdb://{tmp_path}/other.rdb")
    with pytest.raises(SourceUnreadable, match="There is no file"):
        read(f"rdb://{tmp_path}")


def test_the_base_of_an_append_only_file_is_not_taken_for_all(tmp_path: Path) -> None:
    path = tmp_path / "appendonly.aof.1.base.rdb"
    path.write_bytes(rdb_of_redis())
    (tmp_path / "appendonly.aof.manifest").touch()

    with pytest.raises(SourceUnreadable, match="lacks what has changed since it was written"):
        read(str(path))


def test_a_sandbox_keeps_what_its_file_held_through_a_crash(tmp_path: Path) -> None:
    path = tmp_path / "dump.rdb"
    path.write_bytes(rdb_of_redis())

    with Sandbox(("cache",), rdb=path) as sandbox:
        with redis.Redis.from_url(sandbox.cache.url) as client:
            client.set("user:8", "more")
        sandbox.cache.kill()
        sandbox.cache.start()
        with redis.Redis.from_url(sandbox.cache.url) as client:
            assert (client.dbsize(), client.get("user:7"), client.get("user:8")) == (4, b"{}", b"more")
    assert path.read_bytes() == rdb_of_redis()
    with pytest.raises(SandboxError, match="is for the cache"):
        Sandbox(("primary",), rdb=path)
    with pytest.raises(SandboxError, match="There is no file"):
        Sandbox(("cache",), rdb=tmp_path)


# Addresses and failures


@contextmanager
def limited_user(own: Sandbox, server: redis.Redis, *rules: str) -> Iterator[str]:
    """The address for a user who may read, but for `rules`."""
    server.acl_setuser("limited", enabled=True, passwords=["+secret"], commands=["+@all"], keys=["*"], reset=True)
    server.execute_command("ACL", "SETUSER", "limited", *rules)
    try:
        yield own.cache.url.replace("unix://", "unix://limited:secret@")
    finally:
        server.acl_deluser("limited")


@contextmanager
def answering(reply: bytes) -> Iterator[int]:
    """The port of something that gives one answer to all."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, suppress(OSError):
                    while connection.recv(4096):
                        connection.sendall(reply)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def refusal(url: str) -> str:
    with pytest.raises(SourceUnreadable) as refused:
        read(url)
    return str(refused.value)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def test_nobody_there_is_said_so() -> None:
    port = free_port()

    for scheme in ("redis", "valkey"):
        assert f"{scheme}://localhost:{port}/0 cannot be reached" in refusal(f"{scheme}://:secret@localhost:{port}")
    assert "unix:///nowhere.sock?db=0 cannot be reached" in refusal("unix:///nowhere.sock")


def test_a_stranger_is_said_so() -> None:
    with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        assert "answers, but not as Redis does" in refusal(f"redis://127.0.0.1:{port}")
        assert "cannot be spoken to with TLS" in refusal(f"rediss://127.0.0.1:{port}")


def test_a_server_that_is_loading_is_said_so() -> None:
    with answering(b"-LOADING Redis is loading the dataset in memory\r\n") as port:
        assert "is loading its data. Try again" in refusal(f"redis://127.0.0.1:{port}")


def test_a_frozen_server_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.importing.redis_connection.ANSWER_SECONDS", 0.2)
    with Sandbox(("cache",)) as other:
        other.cache.freeze()
        started = time.monotonic()

        assert "does not answer" in refusal(other.cache.url)
        assert time.monotonic() - started < 5


def test_who_reads_must_be_known_and_may_read(own: Sandbox, server: redis.Redis) -> None:
    server.set("user:7", "{}")

    with limited_user(own, server) as url:
        assert "does not take what it was told" in refusal(url.replace("secret", "wrong"))
        assert "secret" not in refusal(url.replace("secret", "secret1"))
    with limited_user(own, server, "-scan") as url:
        assert "denies this user a command" in refusal(url)
    with limited_user(own, server, "resetkeys", "~giveaway:*") as url:
        assert "denies this user a command" in refusal(url)


def test_an_address_that_says_nothing_is_refused(own: Sandbox) -> None:
    assert "DB index is out of range" in refusal(own.cache.url.replace("db=0", "db=99"))
    assert "does not name a database" in refusal("redis://localhost/slipway")
    assert "no address of a Redis" in refusal("redis://localhost:port/0")
    assert "no address of a Redis" in refusal("redis://localhost?db=first")
    assert "an option that is not understood" in refusal("redis://localhost?colour=red")
    assert "mysql:// is not an address that can be read. Understood are sqlite:///" in refusal("mysql://localhost/db")


def test_an_address_is_shown_without_its_password() -> None:
    def shown(url: str) -> str:
        return open_reader(url).location.shown

    assert shown("redis://user:secret@example.org") == "redis://example.org:6379/0"
    assert shown("rediss://:secret@[::1]:7000/3") == "rediss://[::1]:7000/3"
    assert shown("valkey://example.org?db=2") == "valkey://example.org:6379/2"
    assert shown("unix://:secret@/run/a%20b.sock?db=1") == "unix:///run/a b.sock?db=1"
    assert "secret" not in repr(open_reader("redis://user:secret@example.org").location)


def test_an_empty_server_has_no_records_but_a_wrong_database_is_said_so(own: Sandbox, server: redis.Redis) -> None:
    assert read(own.cache.url) == {}

    server.select(3)
    server.set("user:7", "{}")
    server.select(0)
    assert "is empty, but there are keys in database 3" in refusal(own.cache.url)
    assert set(read(own.cache.url.replace("db=0", "db=3"))) == {"users"}


def test_a_part_of_a_cluster_is_refused(own: Sandbox, server: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Server, "_ask_info", lambda self: {"cluster_enabled": "1"})

    assert "is a node of a cluster" in refusal(own.cache.url)


def test_replies_stay_bytes_whatever_the_address_wishes(own: Sandbox, server: redis.Redis) -> None:
    server.set(b"user:\xff", "x")

    assert list(read(own.cache.url + "&decode_responses=true&protocol=3")["unknown"]) == [r"user:\xff"]


# SQLite


def test_a_sqlite_file_is_read_by_its_path_or_address(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE user (id TEXT)")
        connection.commit()

    for url in (str(path), f"sqlite:///{path}"):
        with open_reader(url) as reader:
            assert isinstance(reader, SQLiteReader)
            assert [table.name for table in reader.tables()] == ["user"]
    assert "There is no file" in refusal(str(tmp_path / "b.db"))


def test_a_text_key_is_a_position_whatever_it_holds(tmp_path: Path) -> None:
    keys: list[Any] = ["", "a", "a\0b", "a\\", "b'c", "Ω", "😀", b"\x00\xff", b"a"]
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        connection.execute("CREATE TABLE t (other, k TEXT PRIMARY KEY) WITHOUT ROWID")
        connection.executemany("INSERT INTO t VALUES (1, ?)", [(key,) for key in keys])
        connection.execute("INSERT INTO t VALUES (1, CAST(x'61fffe' AS TEXT))")
        connection.commit()

    with SQLiteReader(locate(str(tmp_path / "a.db"))) as reader:
        [table] = reader.tables()
        batches = list(reader.batches(table, size=1))
        positions = [json.loads(json.dumps(batch.position)) for batch in batches]

        assert [row[2] for batch in batches for row in batch.rows] == [*keys[:4], b"a\xff\xfe", *keys[4:]]
        assert "\\u0000" not in json.dumps(positions)
        for number, position in enumerate(positions):
            rest = [row for batch in reader.batches(table, after=position, size=3) for row in batch.rows]
            assert len(rest) == len(batches) - number - 1
