"""Who the servers run as. PostgreSQL refuses to run as root, so root lends them an unprivileged uid that exists."""

from __future__ import annotations

import os
import pwd
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TypedDict

from operations.sandbox.errors import SandboxError


class PopenIdentity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Identity:
    """A uid and gid; `borrowed` says that they are not our own and have to be taken on."""

    uid: int
    gid: int
    borrowed: bool

    def take_on(self) -> None:
        if self.borrowed:
            os.setgroups([])
            os.setgid(self.gid)
            os.setuid(self.uid)

    def for_popen(self) -> PopenIdentity:
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.borrowed else {}


def server_identity() -> Identity:
    """Our own identity, or for root `nobody`, else the first other user that passwd knows.

    No user is ever added: what runs for a minute must not change the machine.
    """
    if os.geteuid() != 0:
        return Identity(os.geteuid(), os.getegid(), borrowed=False)
    for entry in _known_users():
        identity = Identity(entry.pw_uid, entry.pw_gid, borrowed=True)
        if entry.pw_uid != 0 and run_as(identity, _nothing):
            return identity
    raise SandboxError(
        "PostgreSQL does not run as root, and no other user can be taken on here. "
        "Start the sandbox as an ordinary user, or name running servers with DATABASE_URL and REDIS_URL."
    )


def _known_users() -> Iterator[pwd.struct_passwd]:
    with suppress(KeyError):
        yield pwd.getpwnam("nobody")
    yield from pwd.getpwall()


def run_as(identity: Identity, work: Callable[[], bool]) -> bool:
    """What `work` answers in a forked child under `identity`; False also when it fails. One thread only, please.

    A child gives the kernel's own answer: permission bits, ACLs, mounts and supplementary groups are all in it.
    """
    child = os.fork()
    if child == 0:
        status = 1
        try:
            identity.take_on()
            status = 0 if work() else 1
        except PermissionError:
            pass
        except BaseException:  # noqa: BLE001 - nothing may return into the parent's code in the child
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1] == 0


def _nothing() -> bool:
    return True
