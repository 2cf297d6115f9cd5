"""Opens a SQLite file and changes nothing: neither the file, nor its journals, nor its folder."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from urllib.parse import quote

from operations.importing.errors import SourceUnreadable

HEADER = b"SQLite format 3\x00"
HEADER_SIZE = 100
# The header has two bytes for the size of a page, so the largest is written as 1.
PAGE_SIZES = {1: 65_536, **{2**power: 2**power for power in range(9, 16)}}
WAL_VERSION = b"\x02"
RECOVER = (
    "Restore it from a backup, or recover what is left with "
    "`sqlite3 damaged.db .recover | sqlite3 recovered.db` and import that."
)


def check(path: Path) -> None:
    """Refuse, with the remedy, what SQLite would not refuse or would explain worse."""
    if not path.exists():
        left = [suffix for suffix in ("-journal", "-wal") if path.with_name(path.name + suffix).exists()]
        hint = f" Only its {left[0]} file is there, which holds no records by itself." if left else ""
        raise SourceUnreadable(f"There is no file {path}.{hint} Check the path after sqlite:///.")
    if not path.is_file():
        raise SourceUnreadable(f"{path} is not a file. Give the path of the SQLite file itself.")
    try:
        with path.open("rb") as file:
            header = file.read(HEADER_SIZE)
    except OSError as error:
        raise SourceUnreadable(f"{path} cannot be read: {error.strerror}. Check its permissions.") from error
    if not header:
        raise SourceUnreadable(f"{path} is empty. Was the copy interrupted?")
    if not header.startswith(HEADER):
        raise SourceUnreadable(
            f"{path} is not a SQLite database, or it is encrypted. If it is encrypted, make a plain copy first "
            "(with SQLCipher: ATTACH … KEY ''; SELECT sqlcipher_export(…))."
        )
    # SQLite itself takes half a page for a whole one and fills it up with zeros.
    page_size = int.from_bytes(header[16:18], "big")
    if page_size in PAGE_SIZES and path.stat().st_size % PAGE_SIZES[page_size]:
        raise SourceUnreadable(f"{path} is cut off in the middle of a page. Was the copy interrupted?")


def opened(path: Path, stack: ExitStack, busy_seconds: float) -> sqlite3.Connection:
    """A connection to the file, or to a private copy of it; `stack` closes it and takes the copy away."""
    connect = partial(_connect, stack=stack, busy_seconds=busy_seconds)
    journal, wal, shared = (path.with_name(path.name + suffix) for suffix in ("-journal", "-wal", "-shm"))
    unfinished = [file for file in (journal, wal) if file.is_file() and file.stat().st_size > 0]
    in_use = wal.is_file() and shared.is_file()
    if (wal in unfinished and (journal in unfinished or not in_use)) or (
        unfinished == [journal] and _is_hot(connect, path)
    ):
        # What the journal holds must be rolled back or brought in, which writes: it is done to a private copy.
        return connect(_private_copy(path, unfinished, stack))
    if in_use:
        return connect(path, "mode=ro&readonly_shm=1")
    with path.open("rb") as file:
        file.seek(18)
        wal_mode = file.read(1) == WAL_VERSION
    # A file in WAL mode without a WAL: opening it would make one beside it, unless it is taken as it is.
    return connect(path, "mode=ro&immutable=1" if wal_mode else "mode=ro")


def _connect(path: Path, mode: str = "mode=rw", *, stack: ExitStack, busy_seconds: float) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(os.fsencode(path))}?{mode}",
        uri=True,
        isolation_level=None,
        timeout=busy_seconds,
        check_same_thread=False,
    )
    stack.callback(connection.close)
    return connection


def _is_hot(connect: Callable[[Path, str], sqlite3.Connection], path: Path) -> bool:
    """True if a journal was left by a program that died; false if its program is still at work, or done with it."""
    try:
        connect(path, "mode=ro").execute("SELECT 1 FROM sqlite_schema").fetchone()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname != "SQLITE_READONLY_ROLLBACK":
            raise
        return True
    return False


def _private_copy(path: Path, journals: list[Path], stack: ExitStack) -> Path:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="slipway-source-")))
    for file in (path, *journals):
        shutil.copy2(file, folder / file.name)
    return folder / path.name


def explained(path: Path, error: Exception) -> SourceUnreadable:
    """What SQLite says, with the remedy."""
    text = str(error)
    if "locked" in text or "busy" in text:
        return SourceUnreadable(f"{path} is locked by another program. Stop that program, or import a copy.")
    if isinstance(error, UnicodeDecodeError) or any(
        word in text for word in ("malformed", "corrupt", "not a database")
    ):
        return SourceUnreadable(f"{path} is damaged or encrypted ({text}). {RECOVER}")
    if isinstance(error, OSError):
        return SourceUnreadable(f"{path} could not be copied with its journal: {error}. Make room, or try again.")
    return SourceUnreadable(f"{path} cannot be read: {text}.")
