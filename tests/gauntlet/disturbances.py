"""What happens to a replica while it is read from."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from threading import Event, Thread

import psycopg

from operations.sandbox import Sandbox
from operations.sandbox.family import wait_until

Disturbance = Callable[[Sandbox], AbstractContextManager[None]]
BAD, GOOD = 0.5, 0.7  # seconds that a disturbance lasts, and until the next one
REPLAYED = "SELECT pg_wal_lsn_diff(pg_last_wal_replay_lsn(), %s)::bigint >= 0"


def delayed(seconds: int) -> Disturbance:
    @contextmanager
    def disturbance(sandbox: Sandbox) -> Iterator[None]:
        _configure(sandbox, f"ALTER SYSTEM SET recovery_min_apply_delay = '{seconds}s'")
        try:
            yield
        finally:
            _configure(sandbox, "ALTER SYSTEM RESET recovery_min_apply_delay")

    return disturbance


def _configure(sandbox: Sandbox, statement: str) -> None:
    with sandbox.replica.connect() as replica:
        replica.execute(statement.encode())
        replica.execute("SELECT pg_reload_conf()")


def again_and_again(begin: Callable[[Sandbox], None], end: Callable[[Sandbox], None]) -> Disturbance:
    """The disturbance begins and ends by turns while the block runs, and has ended after it."""

    @contextmanager
    def disturbance(sandbox: Sandbox) -> Iterator[None]:
        over = Event()

        def run() -> None:
            while not over.is_set():
                begin(sandbox)
                over.wait(BAD)
                end(sandbox)
                over.wait(GOOD)

        thread = Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    return disturbance


def _pause(sandbox: Sandbox) -> None:
    with sandbox.replica.connect() as replica:
        replica.execute("SELECT pg_wal_replay_pause()")


def _resume(sandbox: Sandbox) -> None:
    with sandbox.replica.connect() as replica:
        replica.execute("SELECT pg_wal_replay_resume()")


def freeze(sandbox: Sandbox) -> None:
    sandbox.replica.freeze()


def thaw(sandbox: Sandbox) -> None:
    sandbox.replica.thaw()


def kill(sandbox: Sandbox) -> None:
    soon_back(sandbox)
    kill_now(sandbox)


def kill_now(sandbox: Sandbox) -> None:
    sandbox.replica.kill()


def stop(sandbox: Sandbox) -> None:
    sandbox.replica.stop()


def start(sandbox: Sandbox) -> None:
    sandbox.replica.start(timeout=120)


def soon_back(sandbox: Sandbox) -> None:
    """A replica that is killed replays again from its last checkpoint: let that be a moment ago."""
    with suppress(psycopg.OperationalError):
        for server in (sandbox.primary, sandbox.replica):
            with server.connect() as connection:
                connection.execute("CHECKPOINT")


def caught_up(sandbox: Sandbox, seconds: float = 60) -> bool:
    """Waits until the replica has all that there is now."""
    with sandbox.primary.connect() as primary:
        row = primary.execute("SELECT pg_current_wal_flush_lsn()").fetchone()
        assert row is not None
    return wait_until(lambda: _has_replayed(sandbox, row[0]), seconds)


def _has_replayed(sandbox: Sandbox, position: str) -> bool:
    try:
        with sandbox.replica.connect() as replica:
            return replica.execute(REPLAYED.encode(), [position]).fetchone() == (True,)
    except psycopg.OperationalError:
        time.sleep(0.05)
        return False


DISTURBANCES: dict[str, Disturbance] = {
    "at once": delayed(0),
    "1 s late": delayed(1),
    "10 s late": delayed(10),
    "paused": again_and_again(_pause, _resume),
    "frozen": again_and_again(freeze, thaw),
    "killed": again_and_again(kill, start),
}
CYCLE = ((kill_now, start), (freeze, thaw), (stop, start))
