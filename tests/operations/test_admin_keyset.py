from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet

from accounts.models import User
from catalog.models import Track
from operations.admin.keyset import BrokenCursor, Cursor, KeysetOrder, page_after, page_before
from tests.factories.accounts import UserFactory
from tests.factories.catalog import TrackFactory

pytestmark = pytest.mark.django_db
START = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def people() -> QuerySet[User]:
    """Nineteen people: four at every moment, seven of unknown age, ids in no order."""
    for number in range(19):
        moment = None if number >= 12 else START + timedelta(days=number // 4, microseconds=1)
        person = UserFactory(id=f"u{number * 7 % 19:02}")
        User.objects.filter(pk=person.pk).update(created_at=moment)
    return User.objects.all()


ORDERS = [
    KeysetOrder("created_at", descending=True, nullable=True),
    KeysetOrder("created_at", descending=False, nullable=True),
    KeysetOrder("pk", descending=True),
    KeysetOrder("pk", descending=False),
]


def follow(queryset: QuerySet[Any], order: KeysetOrder, size: int) -> list[list[Any]]:
    pages = []
    cursor: Cursor | None = None
    while True:
        page = page_after(queryset, order, cursor, size)
        pages.append(page.rows)
        if page.after is None:
            return pages
        cursor = order.cursor(page.after, queryset.model)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("size", [1, 3, 4, 7, 18, 19, 20])
def test_pages_forward_show_every_row_once_and_in_order(people: QuerySet[User], order: KeysetOrder, size: int) -> None:
    pages = follow(people, order, size)

    assert [row for page in pages for row in page] == list(people.order_by(*order.expressions()))
    assert [len(page) for page in pages[:-1]] == [size] * (len(pages) - 1)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("size", [1, 3, 4, 7])
def test_pages_backward_are_those_that_came_forward(people: QuerySet[User], order: KeysetOrder, size: int) -> None:
    forward = follow(people, order, size)

    cursor = order.cursor_of(forward[-1][0])
    backward = []
    while True:
        page = page_before(people, order, cursor, size)
        backward.append(page.rows)
        if page.is_first:
            break
        assert page.before is not None
        assert page.after is not None
        cursor = order.cursor(page.before, User)

    assert backward[::-1] == forward[:-1]


def test_a_page_before_the_first_rows_is_the_first_page(people: QuerySet[User]) -> None:
    order = KeysetOrder("pk", descending=False)

    page = page_before(people, order, Cursor("u02", "u02"), 5)

    assert [row.pk for row in page.rows] == ["u00", "u01", "u02", "u03", "u04"]
    assert page.is_first


def test_unknown_values_come_last_in_descending_order() -> None:
    UserFactory(id="old")
    User.objects.filter(pk="old").update(created_at=None)
    UserFactory(id="new")

    rows = page_after(User.objects.all(), KeysetOrder("created_at", nullable=True), None, 10).rows

    assert [row.pk for row in rows] == ["new", "old"]


@pytest.mark.parametrize("encoded", ["", "x", "W10", "WzEsMl0", "bnVsbA", "é", "eyJhIjoxfQ"])
def test_a_cursor_that_no_page_made_is_refused(encoded: str) -> None:
    with pytest.raises(BrokenCursor):
        KeysetOrder("created_at").cursor(encoded, Track)


def test_a_cursor_without_a_value_is_refused_where_every_row_has_one() -> None:
    encoded = Cursor(None, "t1").encoded()

    with pytest.raises(BrokenCursor):
        KeysetOrder("created_at").cursor(encoded, Track)


def test_a_cursor_survives_its_encoding() -> None:
    track = TrackFactory(id="a/b ü", release_date=datetime(2024, 5, 1, 12, 30, 1, 123456, tzinfo=UTC))
    order = KeysetOrder("release_date", nullable=True)

    cursor = order.cursor(order.cursor_of(track).encoded(), Track)

    assert cursor == Cursor(track.release_date, "a/b ü")


def test_a_deep_page_is_read_from_an_index() -> None:
    artist = UserFactory()
    Track.objects.bulk_create(
        Track(id=f"t{number:05}", title="x", artist=artist, created_at=START + timedelta(hours=number))
        for number in range(3_000)
    )
    order = KeysetOrder("created_at")
    deep = order.stretches_after(Cursor(START + timedelta(hours=2_000), "t02000"))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_track")

    page = Track.objects.order_by(*order.expressions()).filter(next(deep))[:50]

    plan = page.explain()
    assert "catalog_track_created" in plan
    assert "Index Cond: (created_at <= " in plan
    assert "Sort" not in plan
