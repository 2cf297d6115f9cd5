"""A migrated database as SQL: made once for all processes of a test run, while they collect their tests.

`migrate` takes a dozen seconds of a processor, for each database; to read what it made takes one. The process that
hands out the tests has another one make the file, and says by the environment where it will be. A run of one process
has no such file, and migrates.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from operations.sandbox import Sandbox
from operations.sandbox.binaries import find_binaries
from operations.sandbox.family import wait_until
from operations.sandbox.postgres import url as url_of
from operations.sandbox.server import PostgresServer
from tests.environment import leading_to

PROJECT = Path(__file__).resolve().parents[1]
PLACE = "TESTS_MIGRATED"  # the variable with the path of the file
PATIENCE = 240  # seconds; then the process migrates itself
TEMPLATE = "migrated"


@dataclass
class Maker:
    """Another process that makes the file."""

    folder: tempfile.TemporaryDirectory[str]
    process: subprocess.Popen[bytes]

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()
        self.folder.cleanup()


def begin() -> Maker:
    folder = tempfile.TemporaryDirectory(prefix="slipway-migrated-")
    os.environ[PLACE] = str(Path(folder.name) / "migrated.sql")
    command = [sys.executable, "-m", "tests.environment", sys.executable, "-m", "tests.migrated"]
    return Maker(folder, subprocess.Popen(command, cwd=PROJECT))


def migrate(url: str) -> None:
    """Make the tables in the empty database at `url`."""
    place = Path(os.environ[PLACE]) if PLACE in os.environ else None
    if place and wait_until(place.exists, PATIENCE) and place.stat().st_size:
        psql = str(find_binaries().postgres_program("psql"))
        command = [
            psql,
            "--no-psqlrc",
            "--quiet",
            "--set=ON_ERROR_STOP=1",
            "--output=/dev/null",
            f"--file={place}",
            url,
        ]
    else:
        command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=PROJECT, env=leading_to(url), check=True)


def template(primary: PostgresServer) -> str:
    """The name of a migrated database on that server, to make others from."""
    with primary.connect("postgres") as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE}".encode())
    migrate(url_of(primary.home, TEMPLATE))
    return TEMPLATE


def main() -> None:
    place = Path(os.environ.pop(PLACE))
    part = place.with_suffix(".part")
    part.touch()  # empty is what stays if anything goes wrong
    try:
        with Sandbox(("primary",)) as sandbox:
            migrate(sandbox.primary.url)
            dump = str(find_binaries().postgres_program("pg_dump"))
            subprocess.run([dump, "--no-owner", f"--file={part}.whole", sandbox.primary.url], check=True)
        Path(f"{part}.whole").rename(part)
    finally:
        part.rename(place)


if __name__ == "__main__":
    main()
