"""Commands as an operator runs them, with what they took: seconds, and memory at its most."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import django

from tests.environment import leading_to

KIB_PER_MIB = 1024
TOLD = re.compile(r"records in ([0-9.]+) s, ([0-9.]+) s of them for the proofs")


@dataclass(frozen=True)
class Taken:
    seconds: float
    mebibytes: float


def manage(url: str, *arguments: str, output: Any = sys.stderr) -> Taken:
    """Run a command on the database at `url`; raises CalledProcessError if it fails."""
    return _run(url, [sys.executable, "manage.py", *arguments], output)


def apart(url: str, module: str, options: argparse.Namespace) -> None:
    """Run the rest of a benchmark, its module, in a process whose Django has the database at `url`."""
    arguments = [f"--{name}={value}" for name, value in vars(options).items() if name != "name"]
    _run(url, [sys.executable, "-m", module, *arguments], sys.stdout)


def options_apart(add_arguments: Callable[[argparse.ArgumentParser], None]) -> argparse.Namespace:
    """In that process: the options that it was given."""
    django.setup()
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args()


def _run(url: str, command: list[str], output: Any) -> Taken:
    started = time.perf_counter()
    process = subprocess.Popen(command, env=leading_to(url), stdout=output)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Taken(time.perf_counter() - started, usage.ru_maxrss / KIB_PER_MIB)


def migrated(url: str) -> str:
    manage(url, "migrate", "--verbosity", "0")
    return url


@dataclass(frozen=True)
class Import:
    """What an import took, in seconds: the whole command, its own work without the proofs, and its proofs."""

    command: float
    reading: float
    proofs: float


def imported(url: str, *arguments: str) -> Import:
    """Run import_legacy on the database at `url`; its progress goes to stderr."""
    with tempfile.TemporaryFile("w+") as output:
        taken = manage(url, "import_legacy", *arguments, output=output)
        output.seek(0)
        told = TOLD.search(output.read())
    assert told
    whole, proofs = map(float, told.groups())
    return Import(taken.seconds, whole - proofs, proofs)
