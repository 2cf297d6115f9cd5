"""What PostgreSQL refuses to a command, in words that name the remedy."""

from __future__ import annotations

import psycopg
from django.db import InterfaceError, OperationalError

NOT_MIGRATED = "Run `manage.py migrate` first."
REMEDIES = {
    "08": "Check that the server runs, and DATABASE_URL or the POSTGRES_* variables.",
    "28": "Check user and password in DATABASE_URL or the POSTGRES_* variables.",
    "3D": "Check the name of the database in DATABASE_URL or POSTGRES_DB.",
    "42501": "Grant it to the user of DATABASE_URL, or name the user there that owns the tables.",
    "25006": "Let DATABASE_URL lead to the primary, and to a user that may write.",
    "42P01": NOT_MIGRATED,
    "42703": NOT_MIGRATED,
    "42883": NOT_MIGRATED,
    "53": "The server lacks room, memory or connections. Make some, and run the same command again.",
    "55P03": "Another session keeps what this needs. Let it finish, or end it, and run the same command again.",
    "57014": "It was cut off: by STATEMENT_TIMEOUT_MS, or by somebody who cancelled it.",
    "57P": "The server ended the session. Run the same command again when it is up.",
}
# libpq and the pool have no code for a server that is not there.
NO_CONNECTION = "08"
LOST = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)


def explained(error: BaseException) -> str | None:
    """A sentence on what an operator can mend; None for what is a fault of the program.

    `error` is psycopg's, or another around it.
    """
    state, cause = _state_of(error)
    remedy = next((REMEDIES[state[:length]] for length in (5, 3, 2) if state[:length] in REMEDIES), None)
    text = str(cause).strip().partition("\n")[0].rstrip(".")
    return remedy and f"The database failed: {text}. {remedy}"


def _state_of(error: BaseException) -> tuple[str, BaseException]:
    """PostgreSQL's code, and the error that bears it."""
    one: BaseException | None = error
    state, bearer = "", error
    while one:
        if found := getattr(one, "sqlstate", None):
            return str(found), one
        if isinstance(one, LOST):
            state, bearer = NO_CONNECTION, one
        one = one.__cause__ or one.__context__
    return state, bearer
