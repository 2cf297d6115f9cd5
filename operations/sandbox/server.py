"""What the owner of a sandbox holds of each server: where it is, and how to hurt it."""

from __future__ import annotations

import os
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from pathlib import Path
from signal import SIGCONT, SIGINT, SIGKILL, SIGSTOP, SIGTERM, Signals
from typing import TYPE_CHECKING, Any

from operations.sandbox import family, postgres, valkey
from operations.sandbox.errors import SandboxError

if TYPE_CHECKING:
    import psycopg

_LOG_LINES = 15
_STOP_SECONDS = 10
START_SECONDS = 60.0  # a killed one has WAL to replay first


class Server(ABC):
    """A server of a sandbox with all its processes: the main one, which has the `pid`, and a postmaster's children."""

    stop_signal: Signals

    def __init__(self, home: Path, start: Callable[[str], int]) -> None:
        """`start` has the guard start the server of that name; it returns the pid."""
        self.name = home.name
        self.home = home
        self.pid = 0  # not started yet
        self._start = start

    @property
    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    def answers(self) -> bool:
        """Whether it takes connections and answers on them, within 2 seconds."""

    @property
    def running(self) -> bool:
        return family.alive(self.pid, self.home)

    def signal(self, signum: Signals) -> None:
        """To the main process alone: after a SIGKILL the children of a postmaster find out by themselves."""
        if not self.running:
            raise SandboxError(f"The {self.name} does not run. Start it with .start() first.")
        os.kill(self.pid, signum)

    def freeze(self) -> None:
        """Stops all its processes: connections stay open and nobody answers, as in a machine that hangs."""
        self.signal(SIGSTOP)  # the main process first, then there are no new children
        family.signal_all(self.home, SIGSTOP)
        family.wait_until(lambda: family.all_stopped(self.home), _STOP_SECONDS)

    def thaw(self) -> None:
        family.signal_all(self.home, SIGCONT)

    def kill(self) -> None:
        """SIGKILL for all its processes, and waits until they are gone: what a machine that loses power would do."""
        if self.running:
            self.signal(SIGKILL)
        if not family.kill(self.home):
            raise SandboxError(f"Processes of the {self.name} outlive SIGKILL: {family.members(self.home)}.")

    def stop(self) -> None:
        """An orderly shutdown; kills what does not comply within 10 seconds."""
        self.thaw()
        self.signal(self.stop_signal)
        if not family.wait_gone(self.home, _STOP_SECONDS):
            self.kill()

    def start(self, timeout: float = START_SECONDS) -> None:
        """Starts it again after it ended and waits until it is ready; with a timeout of 0 it does not wait."""
        self.pid = self._start(self.name)
        if timeout:
            self.wait_ready(timeout)

    def restart(self, timeout: float = START_SECONDS) -> None:
        self.stop()
        self.start(timeout)

    def wait_ready(self, timeout: float = START_SECONDS) -> None:
        self._wait_until(self.answers, timeout)

    def _wait_until(self, answers: Callable[[], bool], timeout: float) -> None:
        if not family.wait_until(lambda: answers() or not self.running, timeout):
            raise SandboxError(f"The {self.name} does not answer after {timeout:g} s. Its log ends:\n{self._log()}")
        if not self.running:
            raise SandboxError(f"The {self.name} has ended. Its log ends:\n{self._log()}")

    def _log(self) -> str:
        lines = (self.home / "server.log").read_text(errors="replace").splitlines()
        return "\n".join(lines[-_LOG_LINES:])


class PostgresServer(Server):
    stop_signal = SIGINT  # a fast shutdown: open transactions are rolled back

    @property
    def url(self) -> str:
        return postgres.url(self.home)

    def connect(self, database: str = postgres.DATABASE, **options: Any) -> psycopg.Connection[Any]:
        """A connection that commits by itself, unless told otherwise."""
        import psycopg  # not above: the guard imports this package without site-packages

        url = postgres.url(self.home, database)
        return psycopg.connect(url, **{"autocommit": True, "connect_timeout": 2, **options})

    def answers(self, database: str = postgres.DATABASE) -> bool:
        import psycopg

        try:
            with self.connect(database) as connection:
                return connection.execute("SELECT 1").fetchone() == (1,)
        except psycopg.OperationalError:
            return False

    def start_new(self, replicas: Iterable[PostgresServer]) -> None:
        """The first start: makes the database, and the slots that keep WAL for replicas, however late those are.

        A replica is started between the two: it asks for its slot at once, and again only after a while.
        """
        self.start(timeout=0)
        self._wait_until(lambda: self.answers("postgres"), timeout=START_SECONDS)
        with self.connect("postgres") as connection:
            for replica in replicas:
                connection.execute("SELECT pg_create_physical_replication_slot(%s, true)", [replica.name])
                replica.start(timeout=0)
            connection.execute(f"CREATE DATABASE {postgres.DATABASE}")


class CacheServer(Server):
    stop_signal = SIGTERM

    @property
    def url(self) -> str:
        return valkey.url(self.home)

    def answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(2)
                connection.connect(str(self.home / valkey.SOCKET))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False
