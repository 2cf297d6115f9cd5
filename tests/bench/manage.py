"""Commands as an operator runs them, with what they took: seconds, and memory at its most."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass

KIB_PER_MIB = 1024


@dataclass(frozen=True)
class Taken:
    seconds: float
    mebibytes: float


def manage(url: str, *arguments: str) -> Taken:
    """Run a command on the database at `url`; raises CalledProcessError if it fails."""
    environment = {name: value for name, value in os.environ.items() if name != "READ_DATABASE_URL"}
    started = time.perf_counter()
    command = [sys.executable, "manage.py", *arguments]
    process = subprocess.Popen(command, env=environment | {"DATABASE_URL": url}, stdout=sys.stderr)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Taken(time.perf_counter() - started, usage.ru_maxrss / KIB_PER_MIB)


def migrated(url: str) -> str:
    manage(url, "migrate", "--verbosity", "0")
    return url
