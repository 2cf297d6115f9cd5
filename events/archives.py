"""Months on their way out: written to a file, checked there, and only then dropped."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import IntegrityError, connection
from django.utils import timezone
from psycopg.errors import ForeignKeyViolation

from events.models import Event, EventArchive
from events.months import TABLE, Month
from events.partitions import Layout, PartitionsError, layout, patience


@dataclass(frozen=True)
class Content:
    """What a month comes to as CSV: two months with the same content are the same."""

    rows: int
    sha256: bytes


def content_of(month: Month, out: Any = None) -> Content:
    """Reads the month as CSV in the order of its keys, one snapshot of it, and writes that to `out` if there is one."""
    columns = ", ".join(f'"{field.column}"' for field in Event._meta.concrete_fields)
    digest = sha256()
    with connection.cursor() as cursor:
        query = f"COPY (SELECT {columns} FROM {month.table} ORDER BY id) TO STDOUT (FORMAT csv, HEADER)"
        with cursor.copy(query) as copy:
            for chunk in copy:
                digest.update(chunk)
                if out:
                    out.write(chunk)
        return Content(cursor.rowcount, digest.digest())


def content_in(path: Path) -> Content:
    """Reads an archive as it stands on the disk."""
    digest, lines, quotes = sha256(), 0, 0
    with gzip.open(path, "rb") as file:
        for line in file:
            digest.update(line)
            quotes += line.count(b'"')
            lines += quotes % 2 == 0  # else the line ends inside a quoted value
    return Content(lines - 1, digest.digest())


def archive_month(month: Month, folder: Path) -> EventArchive:
    """Writes the month to a file in `folder`, reads that again, and records it.

    A month that is archived already and has not changed since is left alone, if its file is still there.
    """
    if layout().named(month.table) is None:
        raise PartitionsError(f"There is no partition of {month}. See what there is with --list.")
    path = folder.absolute() / f"{month.table}.csv.gz"
    recorded = EventArchive.objects.filter(month=month.first_day, path=str(path)).first()
    if recorded and _holds(path, _recorded(recorded)) and content_of(month) == _recorded(recorded):
        return recorded
    try:
        folder.mkdir(parents=True, exist_ok=True)
        content = _write(month, path)
    except OSError as error:
        raise PartitionsError(
            f"{path} cannot be written: {error.strerror}. Name a folder that may be written to, with room for it."
        ) from error
    archive, _ = EventArchive.objects.update_or_create(
        month=month.first_day,
        defaults={
            "path": str(path),
            "rows": content.rows,
            "sha256": content.sha256,
            "archived_at": timezone.now(),
        },
    )
    return archive


def _write(month: Month, path: Path) -> Content:
    """Nobody sees the file under its name before it was found to be whole."""
    part = path.with_suffix(".part")
    try:
        with part.open("wb") as file:
            with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=6) as packed:
                written = content_of(month, packed)
            file.flush()
            os.fsync(file.fileno())
        read = content_in(part)
        if read != written:
            raise PartitionsError(f"{part} holds {read.rows:,} rows of {written.rows:,}, or others. Check the disk.")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return written


def _holds(path: Path, content: Content) -> bool:
    """False also for a file that is gone or damaged."""
    try:
        return content_in(path) == content
    except (OSError, EOFError, zlib.error):
        return False


def _recorded(archive: EventArchive) -> Content:
    return Content(archive.rows, bytes(archive.sha256))


def droppable(before: Month) -> list[Month]:
    """The months that are over before the given one begins, the oldest first; what an earlier drop left included."""
    return sorted(month for partition in layout().partitions if (month := partition.month) and month < before)


def refuse_unarchived(months: list[Month]) -> None:
    """Raises PartitionsError, with the remedy, unless each month is archived as it stands now."""
    archives = {Month.of(archive.month): archive for archive in EventArchive.objects.using("default").all()}
    for month in months:
        archive = archives.get(month)
        if archive is None:
            raise PartitionsError(
                f"{month} has not been archived. Nothing was dropped. Archive it first: --archive {month} --to FOLDER"
            )
        if content_of(month) != _recorded(archive):
            raise PartitionsError(
                f"{month} has changed since it was archived on {archive.archived_at:%Y-%m-%d %H:%M}. Nothing was "
                f"dropped. Archive it again: --archive {month} --to {Path(archive.path).parent}"
            )


def drop_months(months: list[Month], *, seconds: float = 2) -> Iterator[Month]:
    """Drops months that are archived as they stand: all are checked before the first goes; yields each that is gone.

    A month is detached while others read and write, checked once more now that nobody can change it, and dropped.
    """
    if connection.in_atomic_block:
        raise PartitionsError("Months are detached outside of transactions. Call this outside of atomic().")
    refuse_unarchived(months)
    for month in months:
        _detach(month, layout(), seconds)
        try:
            refuse_unarchived([month])
        except PartitionsError:
            _attach(month, seconds)
            raise
        with patience(seconds) as cursor:
            cursor.execute(f"DROP TABLE {month.table}")
        yield month


def _detach(month: Month, found: Layout, seconds: float) -> None:
    partition = found.named(month.table)
    if partition is None or not partition.attached:
        return
    how = "FINALIZE" if partition.detaching else "CONCURRENTLY"
    try:
        with patience(seconds) as cursor:
            cursor.execute(f"ALTER TABLE {TABLE} DETACH PARTITION {month.table} {how}")
    except IntegrityError as error:
        if not isinstance(error.__cause__, ForeignKeyViolation):
            raise
        referring = error.__cause__.diag.table_name
        raise PartitionsError(f"{month} stays: rows of {referring} refer to its events.") from error


def _attach(month: Month, seconds: float) -> None:
    with patience(seconds) as cursor:
        cursor.execute(
            f"ALTER TABLE {TABLE} ATTACH PARTITION {month.table} "
            f"FOR VALUES FROM ('{month.floor}') TO ('{month.plus(1).floor}')"
        )
