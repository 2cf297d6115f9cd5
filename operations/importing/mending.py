"""Mends rejected records: somebody says what a record should have been, and it is tried again.

What was landed stays as it came; the mended record stands beside it and counts instead, until the source has another.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from operations.importing.errors import LegacyError
from operations.importing.replaying import ReplayReport, replay
from operations.models import LandedRecord, Mend, Rejection

LONGEST = 1_000_000  # characters of a mended record


@dataclass(frozen=True)
class Verdict:
    """What would become of a record as it is mended: an outcome of landed records, and why it is rejected."""

    outcome: str
    sentences: tuple[str, ...] = ()


class _Foreseen(Exception):
    """Carries a verdict out of its transaction, which is rolled back on the way."""


def checked(text: str, record: LandedRecord) -> str:
    """The mended record as it will be kept: a JSON object with the columns of the one that was landed.

    Raises LegacyError with what is wrong with it.
    """
    if len(text) > LONGEST:
        raise LegacyError(f"The mended record has more than {LONGEST:,} characters.")
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LegacyError(f"The mended record is not JSON: {error}.") from error
    if not isinstance(values, dict):
        raise LegacyError('The mended record must be an object with the columns of the record: {"column": value, …}.')
    unknown = values.keys() - json.loads(record.raw).keys()
    if unknown:
        raise LegacyError(f"The record has no column {', '.join(sorted(unknown))}.")
    for column, value in values.items():
        if isinstance(value, (dict, list)):
            raise LegacyError(f"{column} must be a text, a number, true, false or null: write an object as a text.")
        if isinstance(value, str) and ("\x00" in value or not _is_text(value)):
            raise LegacyError(f"{column} holds a character that PostgreSQL cannot store.")
    return json.dumps(values, ensure_ascii=False)


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def mend(record: LandedRecord, text: str, *, by: Any = None, note: str = "") -> Mend:
    """Keep a mended record and who made it. It counts from the next replay or import on."""
    after = checked(text, record)
    with transaction.atomic():
        locked = LandedRecord.objects.select_for_update().get(entity=record.entity_id, key=record.key)
        if locked.outcome != "rejected":
            raise LegacyError("The record is not rejected (any more): there is nothing to mend.")
        before = locked.mended or locked.raw
        LandedRecord.objects.filter(entity=record.entity_id, key=record.key).update(mended=after)
        return Mend.objects.create(
            entity_id=record.entity_id, key=record.key, before=before, after=after, made_by=by, note=note
        )


def foresee(record: LandedRecord, text: str) -> Verdict:
    """What would become of the record, mended so. Nothing is changed."""
    found: list[Verdict] = []
    try:
        with transaction.atomic():
            mend(record, text)
            replay(record.entity.source, only=[record.entity.name], keys=[record.key])
            record.refresh_from_db()
            rejection = Rejection.objects.filter(entity=record.entity_id, key=record.key).first()
            problems = rejection.problems if rejection else []
            found.append(Verdict(record.outcome, tuple(problem["sentence"] for problem in problems)))
            raise _Foreseen
    except _Foreseen:
        record.refresh_from_db()
        return found[0]


def mend_and_replay(record: LandedRecord, text: str, *, by: Any = None, note: str = "") -> ReplayReport:
    """Mend a record and load it. If it is still rejected, the mend is kept all the same, with the new reason."""
    mend(record, text, by=by, note=note)
    return replay(record.entity.source, only=[record.entity.name], keys=[record.key])
