"""The folder that a sandbox lives in: where it may stand, how its life is known, how it goes without a trace."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import struct
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from operations.sandbox import family, postgres
from operations.sandbox.errors import SandboxError
from operations.sandbox.identity import Identity, run_as

PREFIX = "slipway-"
LOCK = "sandbox.lock"
# The address of a Unix socket has at most 107 bytes on Linux, 103 elsewhere.
_LONGEST_PARENT = (107 if sys.platform == "linux" else 103) - len(f"/{PREFIX}xxxxxxxx/primary/.s.PGSQL.5432")
# Such a path needs no quoting in a URL, a conninfo string or a configuration file.
_PLAIN = re.compile(r"[A-Za-z0-9_./-]+")
# Between the folder and its lock passes a moment; whoever sweeps leaves the young ones alone.
_GRACE_SECONDS = 60
_FS_IOC_GETFLAGS, _FS_IOC_SETFLAGS, _EXT4_TOPDIR = 0x80086601, 0x40086602, 0x00020000  # linux/fs.h, chattr +T


def parents() -> list[Path]:
    """Where a sandbox may stand, the best place first: TMPDIR, and for one that will not do the usual places."""
    places = (tempfile.gettempdir(), "/tmp", "/var/tmp")  # noqa: S108 - mkdtemp makes the folder itself
    return [Path(place) for place in dict.fromkeys(os.path.realpath(place) for place in places)]


def claim(places: Iterable[Path], identity: Identity) -> tuple[Path, int]:
    """A new folder, 0700 for `identity`, and the descriptor whose lock says that it is in use.

    The caller keeps the descriptor open for as long as it lives: the kernel frees the lock, whatever happens.
    """
    place = next((place for place in places if _suits(place, identity)), None)
    if place is None:
        raise SandboxError(
            f"No folder for a sandbox: neither TMPDIR nor /tmp is at most {_LONGEST_PARENT} bytes long, plain in its "
            "characters, writable, and open to the servers' user. Set TMPDIR to such a folder."
        )
    directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    lock = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    if identity.borrowed:
        os.chown(directory, identity.uid, identity.gid)
    return directory, lock


def _suits(place: Path, identity: Identity) -> bool:
    return (
        len(os.fsencode(place)) <= _LONGEST_PARENT
        and _PLAIN.fullmatch(str(place)) is not None
        and os.access(place, os.W_OK | os.X_OK)
        and run_as(identity, lambda: os.access(place, os.X_OK))
    )


def spread(folder: Path) -> None:
    """Asks ext4 to put what is made in `folder` into a block group chosen by its name, instead of the folder's own.

    An inode that was freed in the last minutes is not used again, but looked at whenever one is needed. A cluster has
    a thousand files: all in the group of /tmp, the tenth sandbox in a row takes four times as long as the first.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    with suppress(OSError):  # another file system has no such flag
        (flags,) = struct.unpack("l", fcntl.ioctl(descriptor, _FS_IOC_GETFLAGS, bytes(struct.calcsize("l"))))
        fcntl.ioctl(descriptor, _FS_IOC_SETFLAGS, struct.pack("l", flags | _EXT4_TOPDIR))
    os.close(descriptor)


def sweep(places: Iterable[Path], identity: Identity) -> None:
    """Removes what guards that were killed with their owner could not: their folders, with a frozen server maybe."""
    for place in places:
        for directory in place.glob(f"{PREFIX}*"):
            with suppress(OSError), _stale(directory, {identity.uid, os.geteuid()}) as stale:
                if stale:
                    demolish(directory)


@contextmanager
def _stale(directory: Path, owners: set[int]) -> Iterator[bool]:
    """Whether nobody holds the lock of this folder of ours; while the block runs, nobody else sweeps it either."""
    if directory.lstat().st_uid not in owners:
        yield False
        return
    lock = os.open(directory / LOCK, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield time.time() - os.fstat(lock).st_mtime > _GRACE_SECONDS
    finally:
        os.close(lock)


def demolish(directory: Path) -> None:
    """Kills what still runs in the folder, then removes the folder and the shared memory of its servers."""
    family.kill(directory)
    for home in directory.glob("*/"):
        postgres.release_shared_memory(home)
    with suppress(FileNotFoundError):
        shutil.rmtree(directory)
