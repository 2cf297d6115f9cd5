"""The guard: a process of its own that is the parent of all servers of a sandbox and takes them down with its owner.

The owner starts it (`python -m operations.sandbox.guard OWNER_PID`) and holds the other ends of its standard input and
output. It orders in lines of JSON, first `{"open": …}`, then `{"start": "primary"}` and so on, and gets a line back for
each, with "error" in it when that did not work. The end of the input is the order to close; so is the owner's end,
because a child of the owner may have inherited the pipe.

The guard has a session of its own, so that Ctrl-C reaches neither it nor the servers, and one thread, as it forks.
When it is killed itself the kernel tells the servers (PR_SET_PDEATHSIG), and whoever comes next removes the folder.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from operations.sandbox import directory, family, postgres, valkey
from operations.sandbox.binaries import Binaries, reachable, stage
from operations.sandbox.errors import SandboxError
from operations.sandbox.identity import run_as, server_identity

LOG = "server.log"
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}  # PGDATA and its like stay outside
_INITDB_SECONDS = 60
_DYING_SECONDS = 0.3  # somebody may have killed it just now
_GONE_SECONDS = 10
_STOP_SECONDS = 8  # an immediate shutdown of PostgreSQL kills its laggards after 5
# SIGQUIT is PostgreSQL's immediate shutdown: the postmaster takes its children and its shared memory along.
_LAST_SIGNAL = {
    "primary": signal.SIGQUIT,
    "replica": signal.SIGQUIT,
    "replica_2": signal.SIGQUIT,
    "cache": signal.SIGKILL,
}


Processes = dict[str, subprocess.Popen[bytes]]


class Guard:
    """The servers of one sandbox, as their parent sees them."""

    def __init__(
        self, processes: Processes, names: list[str], binaries: Binaries, *, durable: bool, rdb: str | None
    ) -> None:
        self._processes = processes
        self._names = names
        self._durable = durable
        self._rdb = rdb
        self._identity = server_identity()
        self._places = directory.parents()
        self._directory, self._lock = directory.claim(self._places, self._identity)
        self._binaries = binaries

    def open(self) -> dict[str, Any]:
        """Prepares the folder with everything that the servers need to be started."""
        if not reachable(self._binaries, self._identity):
            self._binaries = stage(self._binaries, self._directory / "programs")
        for name in self._names:
            self._make_home(name)
        if self._rdb:
            valkey.give(self._home("cache"), Path(self._rdb), self._identity)
        initdb = self._start_initdb() if "primary" in self._names else None
        directory.sweep(self._places, self._identity)  # initdb is busy for a while yet
        if initdb:
            self._finish_data(initdb)
        return {"directory": str(self._directory)}

    def start(self, name: str) -> dict[str, Any]:
        """Starts a server that does not run, once nothing of its former life holds its data any more."""
        home = self._home(name)
        former = self._processes.get(name)
        if former is not None:
            with suppress(subprocess.TimeoutExpired):
                former.wait(_DYING_SECONDS)
            if former.returncode is None:
                raise SandboxError(f"The {name} runs already, with pid {former.pid}. Kill it first.")
        if not family.wait_gone(home, _GONE_SECONDS):
            raise SandboxError(f"Processes of the former {name} still run: {family.members(home)}. Kill it first.")
        command = valkey.server_command if name == "cache" else postgres.server_command
        self._processes[name] = self._spawn(command(self._binaries, home), home, _LAST_SIGNAL[name])
        return {"pid": self._processes[name].pid}

    def close(self) -> None:
        for name, process in self._processes.items():
            family.signal_all(self._home(name), signal.SIGCONT)  # a frozen server would not hear the other one
            process.send_signal(_LAST_SIGNAL[name])
        for process in self._processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_SECONDS)
        directory.demolish(self._directory)

    def _home(self, name: str) -> Path:
        return self._directory / name

    def _make_home(self, name: str) -> None:
        self._home(name).mkdir(mode=0o700)
        directory.spread(self._home(name))
        if self._identity.borrowed:
            os.chown(self._home(name), self._identity.uid, self._identity.gid)

    def _start_initdb(self) -> subprocess.Popen[bytes]:
        home = self._home("primary")
        command = postgres.initdb_command(self._binaries, home, durable=self._durable)
        return self._spawn(command, home, signal.SIGKILL)

    def _finish_data(self, initdb: subprocess.Popen[bytes]) -> None:
        home = self._home("primary")
        if initdb.wait(_INITDB_SECONDS) != 0:
            said = (home / LOG).read_text(errors="replace").strip()
            raise SandboxError(f"initdb failed. Put right what it says, or set DATABASE_URL to a server:\n{said}")
        for name in [name for name in self._names if name.startswith("replica")]:
            replica = self._home(name)
            if not run_as(self._identity, partial(postgres.copy_as_replica, home, replica)):
                raise SandboxError(f"The replica's data could not be copied to {replica}. Is the disk full?")

    def _spawn(self, command: list[str], home: Path, last_signal: signal.Signals) -> subprocess.Popen[bytes]:
        with (home / LOG).open("ab") as log:
            try:
                return subprocess.Popen(
                    command,
                    cwd=home,
                    env=_ENVIRONMENT,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    umask=0o077,
                    preexec_fn=family.die_with_parent(last_signal),
                    **self._identity.for_popen(),
                )
            except PermissionError as error:
                raise SandboxError(
                    f"{command[0]} may not be run. If {home} is on a file system mounted noexec, set TMPDIR to another."
                ) from error


def orders(owner: int, reap: Callable[[], None]) -> Iterator[dict[str, Any]]:
    """The owner's orders until there is none to come; dead children are reaped in between."""
    wakeup, wakeup_end = os.pipe()
    os.set_blocking(wakeup_end, False)
    signal.set_wakeup_fd(wakeup_end, warn_on_full_buffer=False)
    for signum in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(signum, lambda *_: None)  # only so that it arrives in the pipe
    standard_input = sys.stdin.fileno()
    pending = b""
    with selectors.DefaultSelector() as selector:
        endings = _watch_owner(selector, owner)
        selector.register(wakeup, selectors.EVENT_READ)
        selector.register(standard_input, selectors.EVENT_READ)
        while os.getppid() == owner:
            ready = {key.fd for key, _ in selector.select()}
            if ready & endings or (wakeup in ready and set(os.read(wakeup, 4096)) != {signal.SIGCHLD}):
                return
            if wakeup in ready:
                reap()
            if standard_input in ready:
                received = os.read(standard_input, 65536)
                if not received:
                    return
                *lines, pending = (pending + received).split(b"\n")
                yield from map(json.loads, lines)


def _watch_owner(selector: selectors.BaseSelector, owner: int) -> set[int]:
    try:
        descriptor = os.pidfd_open(owner)
    except (AttributeError, OSError):  # not Linux, a kernel before 5.3, or it is gone: the end of the input will do
        return set()
    selector.register(descriptor, selectors.EVENT_READ)
    return {descriptor}


def reap(processes: Processes) -> None:
    """Buries dead servers, so that their ids are gone too, and the orphans that they left to us."""
    ours = {process.pid: process for process in processes.values()}
    with suppress(ChildProcessError):
        while dead := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if dead.si_pid in ours:
                ours[dead.si_pid].wait()
            else:
                os.waitpid(dead.si_pid, 0)


def serve(guard: Guard, received: Iterator[dict[str, Any]]) -> None:
    answer(guard.open())
    for order in received:
        if "close" in order:
            return
        with failures_answered():
            answer(guard.start(order["start"]))


@contextmanager
def failures_answered() -> Iterator[None]:
    try:
        yield
    except (SandboxError, OSError, subprocess.SubprocessError) as error:
        answer({"error": str(error)})


def answer(content: dict[str, Any]) -> None:
    with suppress(BrokenPipeError):  # the owner is gone, as the next look at the orders will tell
        print(json.dumps(content), flush=True)  # noqa: T201


def main() -> None:
    os.umask(0o022)  # what is staged for the servers' user has to be readable
    family.adopt_orphans()
    processes: Processes = {}
    received = orders(int(sys.argv[1]), lambda: reap(processes))
    with failures_answered():
        wish = next(received, {}).get("open")
        if wish is None:
            return
        binaries = Binaries(Path(wish["packages"]), Path(wish["valkey"]))
        guard = Guard(processes, wish["names"], binaries, durable=wish["durable"], rdb=wish["rdb"])
        try:
            serve(guard, received)
        finally:
            guard.close()


if __name__ == "__main__":
    main()
