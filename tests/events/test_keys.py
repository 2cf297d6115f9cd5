from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from events.keys import EPOCH, time_of, uuid7_floor, uuid7_of

MICROSECOND = timedelta(microseconds=1)
TIMES = st.integers(0, (datetime.max.replace(tzinfo=UTC) - EPOCH) // MICROSECOND).map(lambda n: EPOCH + n * MICROSECOND)
SEEDS = st.one_of(st.uuids().map(str), st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))


def in_sql(function: str, *values: object) -> UUID | None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}({', '.join(['%s'] * len(values))})", values)
        return cursor.fetchone()[0]  # type: ignore[no-any-return]


@pytest.mark.django_db
@settings(max_examples=300, deadline=None)
@given(at=TIMES, seed=SEEDS)
def test_sql_and_python_make_the_same_keys(at: datetime, seed: str) -> None:
    assert in_sql("uuid7_of", at, seed) == uuid7_of(at, seed)
    assert in_sql("uuid7_floor", at) == uuid7_floor(at)


@given(at=TIMES, seed=SEEDS)
def test_a_key_is_a_uuid7_of_its_time_and_gives_it_back(at: datetime, seed: str) -> None:
    key = uuid7_of(at, seed)

    assert (key.version, key.variant) == (7, UUID(int=0x8 << 60).variant)
    assert key.int >> 80 == (at - EPOCH) // timedelta(milliseconds=1)
    assert time_of(key) == at


@given(times=st.tuples(TIMES, TIMES), seeds=st.tuples(SEEDS, SEEDS))
def test_keys_are_in_the_order_of_their_times_whatever_the_seeds(
    times: tuple[datetime, datetime], seeds: tuple[str, str]
) -> None:
    earlier, later = sorted(times)
    assume(earlier < later)

    assert uuid7_of(earlier, seeds[0]) < uuid7_floor(later) <= uuid7_of(later, seeds[1])


@given(at=TIMES.filter(lambda at: at < datetime.max.replace(tzinfo=UTC)), seeds=st.tuples(SEEDS, SEEDS))
def test_a_microsecond_is_enough_to_tell_them_apart(at: datetime, seeds: tuple[str, str]) -> None:
    assert uuid7_of(at, seeds[0]) < uuid7_floor(at + MICROSECOND)


@pytest.mark.django_db
def test_postgres_reads_the_time_that_a_key_holds() -> None:
    at = datetime(2025, 3, 13, 5, 20, 26, 561319, tzinfo=UTC)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT uuid_extract_timestamp(uuid7_of(%s, 'x')), uuid_extract_version(uuid7_of(%s, 'x'))", [at, at]
        )
        assert cursor.fetchone() == (at.replace(microsecond=561000), 7)


@pytest.mark.django_db
def test_keys_of_postgres_lie_between_the_floors_of_the_time_at_which_they_were_made() -> None:
    with connection.cursor() as cursor:
        moments = []
        for function in ("clock_timestamp", "uuidv7", "clock_timestamp"):
            cursor.execute(f"SELECT {function}()")
            moments.append(cursor.fetchone()[0])
    start, key, end = moments

    assert uuid7_floor(start) <= key < uuid7_floor(end + MICROSECOND)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "at", ["1969-12-31 23:59:59.999999+00", "0044-03-15 BC", "-infinity", "infinity", "10000-01-01+00"]
)
def test_a_time_that_no_uuid7_holds_has_no_key(at: str) -> None:
    assert in_sql("uuid7_of", at, "seed") is None
    assert in_sql("uuid7_floor", at) is None


def test_python_refuses_a_time_before_1970() -> None:
    with pytest.raises(ValueError, match="before 1970"):
        uuid7_of(EPOCH - MICROSECOND, "seed")


@pytest.mark.django_db
@pytest.mark.parametrize("setting", ["SET LOCAL TimeZone = 'Asia/Almaty'", "SET LOCAL DateStyle = 'SQL, DMY'"])
def test_a_key_does_not_depend_on_the_session(setting: str) -> None:
    at = datetime(2025, 3, 30, 1, 30, tzinfo=UTC)
    with connection.cursor() as cursor:
        cursor.execute(setting)

    assert in_sql("uuid7_of", at, "seed") == uuid7_of(at, "seed")
