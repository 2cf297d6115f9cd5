"""Keys made by the database: UUIDv7, ordered by time (RFC 9562, `uuidv7()` of PostgreSQL 18)."""

from __future__ import annotations

from uuid import UUID

from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper


class UUID7(models.Func):
    """A new UUIDv7. For `db_default`: rows written by COPY and raw SQL get their key too."""

    template = "uuidv7()"
    output_field = models.UUIDField()
    arity = 0


def new_keys(count: int) -> list[UUID]:
    """So many new UUIDv7, in their order: for rows that others refer to, where many of both are made at once.

    (Django's bulk_create does not bring back a key that the database has made by `db_default`.)
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT uuidv7() FROM generate_series(1, %s)", [count])
        return sorted(key for (key,) in cursor.fetchall())


class UUID7Text(models.Func):
    """A new UUIDv7 as text, for keys that keep the legacy system's text where there is one."""

    template = "(uuidv7()::text)"
    output_field = models.TextField()
    arity = 0


class KeyField(models.TextField):
    """A text key without the second index that Django makes for prefix searches in text and varchar columns.

    With the collation `C`, the key's own index serves them.
    """

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "character varying"  # PostgreSQL's own name of varchar without a limit, which Django does not look for
