"""Waiting for rows without standing in the way of those who have them.

Writers of one entity wait for each other in Python (see `crew`), with their transactions open: a writer that waits for
one of them, and has what the other needs, would wait for ever, and the database sees no deadlock in it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, transaction

from operations.importing.session import Session

LONGEST = 16  # seconds; the first wait is of one, and each is twice as long as the one before
TRIES = 5  # where an outer transaction, that of a dry run, keeps what was locked before
GAVE_WAY = ("40P01", "55P03")  # a deadlock, and a wait that was too long

Result = TypeVar("Result")


def giving_way(session: Session, work: Callable[[], Result]) -> Result:
    """Do the work in a transaction (a savepoint, in one), and anew whenever it has waited too long for a lock: what it
    had locked is free in between.
    """
    keeps_locks = bool(session.connection.savepoint_ids)
    tried = 0
    while True:
        tried += 1
        try:
            with transaction.atomic(using=session.alias):
                before = _wait_at_most(session, f"{min(2 ** (tried - 1), LONGEST)}s")
                result = work()
                _wait_at_most(session, before)
                return result
        except OperationalError as error:
            has_given_way = getattr(error.__cause__, "sqlstate", None) in GAVE_WAY
            if not has_given_way or (keeps_locks and tried == TRIES):
                raise


def _wait_at_most(session: Session, longest: str) -> str:
    """Sets it for the transaction, and gives what was set before."""
    before = str(session.fetch("SELECT current_setting('lock_timeout')")[0][0])
    session.fetch("SELECT set_config('lock_timeout', %(longest)s, true)", {"longest": longest})
    return before
