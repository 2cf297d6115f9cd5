from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from operations.estimates import RowCount, bounded_count, estimated_rows, list_count
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


def analysed(rows: int) -> None:
    """As if the table had been analysed when it had so many rows."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_class SET reltuples = %s WHERE relname = 'accounts_user'", [rows])


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (RowCount(0), "0"),
        (RowCount(1_000), "1,000"),
        (RowCount(1_000, at_least=True), "more than 1,000"),
        (RowCount(999_997, estimated=True), "about 1,000,000"),
        (RowCount(49_973, estimated=True), "about 50,000"),
        (RowCount(12_345_678, estimated=True), "about 12,300,000"),
    ],
)
def test_a_count_says_how_sure_it_is(count: RowCount, text: str) -> None:
    assert str(count) == text


@pytest.mark.parametrize(("rows", "expected"), [(2, RowCount(2)), (3, RowCount(3)), (4, RowCount(3, at_least=True))])
def test_counting_stops_at_the_bound(rows: int, expected: RowCount) -> None:
    UserFactory.create_batch(rows)

    assert bounded_count(User.objects.all(), bound=3) == expected


def test_estimates_come_from_the_statistics() -> None:
    analysed(123_456)

    assert estimated_rows([User]) == {User: 123_456}


def test_a_table_that_was_never_analysed_has_no_estimate() -> None:
    analysed(-1)

    assert estimated_rows([User]) == {User: 0}


def test_the_estimate_of_a_partitioned_table_is_that_of_its_partitions() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE whole (id int) PARTITION BY RANGE (id)")
        for number in range(3):
            cursor.execute(
                f"CREATE TEMP TABLE part{number} PARTITION OF whole FOR VALUES FROM ({number}) TO ({number + 1})"
            )
        cursor.execute("UPDATE pg_class SET reltuples = 1000 WHERE relname ~ '^part[0-2]$'")

    class Whole(User):
        class Meta:
            app_label = "accounts"
            proxy = True
            db_table = "whole"

    Whole._meta.db_table = "whole"

    assert estimated_rows([Whole]) == {Whole: 3_000}


def test_a_long_list_is_estimated_where_nothing_narrows_it_down() -> None:
    UserFactory.create_batch(4)
    analysed(1_000_000)

    assert list_count(User.objects.order_by("pk"), bound=3) == RowCount(1_000_000, estimated=True)


def test_a_long_list_that_is_narrowed_down_is_not_estimated() -> None:
    UserFactory.create_batch(4)
    analysed(1_000_000)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        count = list_count(User.objects.filter(is_active=True), bound=3)

    assert count == RowCount(3, at_least=True)
    assert len(queries) == 1
    assert "LIMIT 4" in queries[0]["sql"]


def test_statistics_that_lag_behind_are_not_believed() -> None:
    UserFactory.create_batch(4)
    analysed(2)

    assert list_count(User.objects.all(), bound=3) == RowCount(3, at_least=True)
