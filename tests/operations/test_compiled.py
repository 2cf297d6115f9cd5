"""A query that is compiled once answers as the queryset itself, whatever its values are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import FloatField, QuerySet
from django.db.models.functions import Cast
from django.test.utils import CaptureQueriesContext

from catalog.models import Track
from operations.compiled import Compiled
from tests.factories.catalog import TrackFactory

pytestmark = pytest.mark.django_db
START = datetime(2026, 1, 1, tzinfo=UTC)


def tracks(limit: int, genre: str | None = None, before: datetime | None = None) -> QuerySet[Any, Any]:
    found = Track.objects.order_by("-created_at", "id")
    if genre is not None:
        found = found.filter(genre=genre)
    if before is not None:
        found = found.filter(created_at__lt=before).exclude(created_at=before)
    return found.values_list("id", "created_at", "price", Cast("duration", FloatField()))[:limit]


@pytest.fixture
def some() -> None:
    for number, genre in enumerate(["rock", "rock", "O'Hara %s", "", None]):
        price = Decimal(number) / 4
        TrackFactory(genre=genre, created_at=START + timedelta(days=number), price=price, duration=number)


@pytest.mark.parametrize("limit", [1, 3, 10])
@pytest.mark.parametrize("genre", [None, "rock", "O'Hara %s", "", "nobody's"])
@pytest.mark.parametrize("before", [None, START, START + timedelta(days=2)])
def test_it_answers_as_the_queryset_does(some: None, limit: int, genre: str | None, before: datetime | None) -> None:
    compiled = Compiled(tracks)

    for _ in range(2):
        rows = compiled.rows(limit, genre=genre, before=before)
        assert [tuple(row) for row in rows] == [*tracks(limit, genre, before)]


def test_the_statement_is_the_same_with_other_values(some: None) -> None:
    built: list[tuple[Any, ...]] = []

    def build(limit: int, **values: Any) -> QuerySet[Any, Any]:
        built.append((limit, *values))
        return tracks(limit, **values)

    compiled = Compiled(build)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert len(compiled.rows(5, genre="rock")) == 2
        assert len(compiled.rows(5, genre="")) == 1
        assert len(compiled.rows(5, genre=None)) == 5

    assert len(asked) == 3
    assert built == [(5, "genre"), (5, "genre")]


def test_a_value_that_cannot_be_bound_is_refused() -> None:
    with pytest.raises(TypeError, match="cannot be told from others: int"):
        Compiled(lambda number: Track.objects.filter(play_count=number).values_list("id")).rows(number=3)
    with pytest.raises(TypeError, match="Not bound as it is given: genre"):
        Compiled(lambda genre: Track.objects.filter(genre=genre.upper()).values_list("id")).rows(genre="rock")
