"""Import runs, landed records and rejections for tests."""

from __future__ import annotations

import hashlib

import factory
from django.db.models import Max
from factory.django import DjangoModelFactory

from operations.models import (
    EntityProgress,
    ImportJob,
    ImportRun,
    Inspection,
    LandedRecord,
    LegacyEntity,
    Outcome,
    Rejection,
)


class ImportRunFactory(DjangoModelFactory[ImportRun]):
    """A finished run; `proven=True` gives it a report whose two proofs found nothing."""

    class Meta:
        model = ImportRun

    source = "normaldance"
    location = "sqlite:////srv/normaldance.db"
    generation = "B"
    state = ImportRun.State.FINISHED

    class Params:
        proven = factory.Trait(
            report={"proof": {"sql": {"rows": 10, "differences": 0}, "source": {"rows": 10, "differences": 0}}}
        )


class LegacyEntityFactory(DjangoModelFactory[LegacyEntity]):
    """An entity of a source; asked for twice, the same one."""

    class Meta:
        model = LegacyEntity
        django_get_or_create = ("source", "name")

    # Keys are given by the importer, one after the last; there is no sequence.
    id = factory.LazyFunction(lambda: (LegacyEntity.objects.aggregate(last=Max("id"))["last"] or 0) + 1)
    source = "normaldance"
    name = "tracks"


class EntityProgressFactory(DjangoModelFactory[EntityProgress]):
    """Ten records read, all of them loaded."""

    class Meta:
        model = EntityProgress

    run = factory.SubFactory(ImportRunFactory)
    entity = factory.SubFactory(LegacyEntityFactory)
    done = True
    expected = 10
    read = 10
    loaded = 10


class LandedRecordFactory(DjangoModelFactory[LandedRecord]):
    """A record that became the row with its key."""

    class Meta:
        model = LandedRecord

    entity = factory.SubFactory(LegacyEntityFactory)
    key = factory.Sequence(lambda n: f"record-{n:06}")
    outcome = Outcome.LOADED
    run = factory.SubFactory(ImportRunFactory)
    raw = factory.LazyAttribute(lambda record: f'{{"id":"{record.key}"}}')
    sha256 = factory.LazyAttribute(lambda record: hashlib.sha256(record.raw.encode()).digest())


class RejectionFactory(DjangoModelFactory[Rejection]):
    """A record rejected for a duration below zero."""

    class Meta:
        model = Rejection

    run = factory.SubFactory(ImportRunFactory)
    entity = factory.SubFactory(LegacyEntityFactory)
    key = factory.Sequence(lambda n: f"rejected-{n:06}")
    reason = "negative"
    column = "duration"
    value = "-3"
    sentence = "duration '-3' is below zero."
    problems = factory.LazyAttribute(
        lambda rejection: [
            {
                "reason": rejection.reason,
                "column": rejection.column,
                "value": rejection.value,
                "sentence": rejection.sentence,
            }
        ]
    )


class ImportJobFactory(DjangoModelFactory[ImportJob]):
    """An import that staff asked for, of a file in the folder of legacy files."""

    class Meta:
        model = ImportJob

    source = "normaldance"
    address = "production.db"
    asked_by = "mira@example.org"
    batch_size = 20_000


class InspectionFactory(DjangoModelFactory[Inspection]):
    """An inspection that has not been made yet."""

    class Meta:
        model = Inspection

    source = "normaldance"
    address = "production.db"
    asked_by = "mira@example.org"
