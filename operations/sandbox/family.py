"""The processes of a server, found by the folder they work in.

Parentage is no help: the children of a killed postmaster belong to somebody else, each in a session of its own. But
all of them stand in the data folder, and nobody else's server does. Linux only; elsewhere a family looks empty.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL, Signals

_PROC = Path("/proc")
_PROGRAMS = {"postgres", "initdb", "valkey-server"}  # a shell that looks around in the folder is none of ours
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_IPC_RMID = 0
_libc = ctypes.CDLL(None, use_errno=True)


def members(folder: Path) -> list[int]:
    """The ids of the server processes that work in or below `folder`, the oldest first; zombies are not among them.

    One that is about to end has no program any more, but still a folder, until the memory that it shares with others is
    let go. It counts: a server that starts too early would find that memory in use.
    """
    found = []
    for entry in os.scandir(_PROC) if _PROC.is_dir() else ():
        if not entry.name.isdigit():
            continue
        with suppress(OSError):  # it ended meanwhile, or belongs to somebody else
            inside = Path(entry.path, "cwd").readlink().is_relative_to(folder)
            if inside and _program(entry.path) in _PROGRAMS | {None}:
                found.append(int(entry.name))
    return sorted(found)


def _program(process: str) -> str | None:
    """None: it has none any more."""
    try:
        return Path(process, "exe").readlink().name.removesuffix(" (deleted)")
    except FileNotFoundError:
        return None


def alive(pid: int, folder: Path) -> bool:
    """Whether `pid` is a server of `folder` (a number alone may have gone to another process meanwhile)."""
    if _PROC.is_dir():
        return pid in members(folder)
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def signal_all(folder: Path, signum: Signals) -> None:
    for pid in members(folder):
        with suppress(ProcessLookupError):
            os.kill(pid, signum)


def wait_until(condition: Callable[[], bool], timeout: float) -> bool:
    """Whether `condition` came true within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def wait_gone(folder: Path, timeout: float) -> bool:
    return wait_until(lambda: not members(folder), timeout)


def kill(folder: Path, timeout: float = 5) -> bool:
    """SIGKILL for every member, again for those that were being forked meanwhile; whether all are gone."""

    def gone() -> bool:
        signal_all(folder, SIGKILL)
        return not members(folder)

    return wait_until(gone, timeout)


def all_stopped(folder: Path) -> bool:
    """Whether every member is stopped (SIGSTOP arrives a moment after it was sent)."""
    for pid in members(folder):
        with suppress(OSError):
            state = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
            if state not in "tTZX":
                return False
    return True


def die_with_parent(signum: Signals) -> Callable[[], None]:
    """For `preexec_fn`: the process gets `signum` as soon as the caller has died, however it died.

    The kernel forgets the wish when the uid changes; Popen calls this after it has taken on the user.
    """
    parent = os.getpid()

    def request() -> None:
        if hasattr(_libc, "prctl"):
            _libc.prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signum), 0, 0, 0)
            if os.getppid() != parent:  # it died before the wish was heard
                os._exit(1)

    return request


def adopt_orphans() -> None:
    """Makes the caller the parent of what its children leave behind: as PID 1 of a container nobody may reap that."""
    if hasattr(_libc, "prctl"):
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(1), 0, 0, 0)


def remove_shared_memory(segment: int) -> None:
    _libc.shmctl(segment, _IPC_RMID, None)
