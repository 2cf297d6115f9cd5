"""A folder in memory for the servers of a test run, where there is room: they make and remove files all the time."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = Path("/dev/shm")  # noqa: S108 - sandboxes make their folders themselves
ROOM = 12 * 2**30  # bytes; three processes with their servers take a third of it


@contextmanager
def preferred() -> Iterator[None]:
    """What is started in the block finds that folder as TMPDIR, if it is a good one."""
    before = os.environ.get("TMPDIR")
    if before is None and _room() >= ROOM and not os.statvfs(FOLDER).f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = str(FOLDER)
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("TMPDIR", None)


def _room() -> int:
    """Bytes that can be had: of the folder, of the machine, of the container that this may be."""
    try:
        found = os.statvfs(FOLDER)
        available = re.search(r"^MemAvailable:\s+([0-9]+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
    except OSError:  # no Linux
        return 0
    rooms = [found.f_bavail * found.f_frsize, int(available[1]) * 1024 if available else 0]
    group = Path("/sys/fs/cgroup")
    limit = (group / "memory.max").read_text().strip() if (group / "memory.max").is_file() else "max"
    if limit != "max":
        rooms.append(int(limit) - int((group / "memory.current").read_text()))
    return min(rooms)
