"""One import of a source at a time, and the failures of the database in words that name the remedy."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, InternalError, OperationalError, ProgrammingError

from operations.failures import explained
from operations.importing.declaration import LegacySource
from operations.importing.errors import DatabaseFailed, ImportBusy
from operations.importing.session import WATCHFUL, Session
from operations.models import ImportRun

LOCK_SECONDS = 3


@contextmanager
def database_failures(session: Session) -> Iterator[None]:
    """What PostgreSQL can do to an import, in words that name the remedy."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        session.connection.close_if_unusable_or_obsolete()
        text = str(error).strip().splitlines()[0]
        raise DatabaseFailed(
            f"The database failed: {text}. What was finished is kept; run the same command again to go on."
        ) from error
    except (ProgrammingError, InternalError) as error:
        if words := explained(error):
            raise DatabaseFailed(words) from error
        raise


@contextmanager
def one_import_at_a_time(source: LegacySource, session: Session) -> Iterator[None]:
    key = f"slipway import {source.name}"
    if not _waited_for(session, key):
        running = ImportRun.objects.filter(source=source.name, state__in=ImportRun.GOING_ON).order_by("-id").first()
        name = f"run {running.pk}, started {running.started_at:%Y-%m-%d %H:%M:%S} UTC" if running else "another import"
        raise ImportBusy(f"{name} of {source.name} is going on. Wait for it, or stop it with Ctrl-C where it runs.")
    try:
        with session.tuned(WATCHFUL):
            yield
    finally:
        if session.connection.is_usable():
            session.fetch("SELECT pg_advisory_unlock(hashtextextended(%(key)s, 0))", {"key": key})


@contextmanager
def first_to_verify(source: LegacySource, session: Session) -> Iterator[bool]:
    """Whether nobody else is verifying the source: two may, and one of them alone keeps its checkpoints."""
    key = f"slipway verify {source.name}"
    with session.tuned(WATCHFUL):
        is_first = _waited_for(session, key)
        try:
            yield is_first
        finally:
            if is_first and session.connection.is_usable():
                session.fetch("SELECT pg_advisory_unlock(hashtextextended(%(key)s, 0))", {"key": key})


def _waited_for(session: Session, key: str) -> bool:
    """The session of a process that was just killed may not have noticed it yet."""
    deadline = time.monotonic() + LOCK_SECONDS
    while not (locked := _locked(session, key)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return locked


def _locked(session: Session, key: str) -> bool:
    return bool(session.fetch("SELECT pg_try_advisory_lock(hashtextextended(%(key)s, 0))", {"key": key})[0][0])
