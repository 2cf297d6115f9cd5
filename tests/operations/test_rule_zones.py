"""Moments that name no zone, days, and what is computed: SQL and the proof's Python say the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from operations.importing import sql
from operations.importing.declaration import Computed, Date, Time
from operations.importing.errors import LegacyError
from operations.importing.expectation import expectation
from operations.importing.inspection.values import reading_of
from operations.importing.zones import chosen_zone
from operations.models import ImportRun
from tests.factories.operations import LandedRecordFactory, LegacyEntityFactory
from tests.operations.legacy_files import NORMALDANCE

pytestmark = pytest.mark.django_db

ZONES = ("Europe/Kyiv", "America/New_York", "Asia/Almaty", "Australia/Lord_Howe", "Africa/Casablanca")
# Days on which clocks leave an hour out or have it twice, and one on which none does.
DAYS = ("2025-03-30", "2025-10-26", "2025-03-09", "2025-11-02", "2024-03-01", "2025-04-06", "2025-10-05")
FORMS = ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ")
naive = st.builds(
    lambda day, minutes, micro: datetime.fromisoformat(day) + timedelta(minutes=minutes, microseconds=micro),
    st.sampled_from(DAYS),
    st.integers(-300, 600),
    st.sampled_from([0, 1, 999_999]),
)


def asked(expression: str, value: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {expression} FROM (SELECT %s::text AS v) s", [value])
        return cursor.fetchone()[0]


@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(moment=datetime.fromisoformat("2025-03-30T03:30"), form=FORMS[0])
@example(moment=datetime.fromisoformat("2025-10-26T03:30"), form=FORMS[1])
@given(moment=naive, form=st.sampled_from(FORMS))
def test_a_moment_without_a_zone_is_of_the_operators(zone: str, moment: datetime, form: str) -> None:
    rule = Time(field="created_at", names=("v",), zoned=True, zone=zone)
    text = moment.strftime(form)

    found = asked(f"(extract(epoch FROM {sql.typed(rule, 'v')}) * 1000000)::bigint", text)

    assert found == expectation(rule)(text)


def test_a_zone_that_is_written_counts() -> None:
    rule = Time(field="created_at", names=("v",), zoned=True, zone="Asia/Almaty")

    written = expectation(rule)("2025-01-01T00:00:00Z")
    assert expectation(rule)("2025-01-01 03:00:00+03") == written
    assert expectation(rule)("2025-01-01 05:00:00") == written


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("2025-06-02", None),
        ("2025-06-02T23:59:00Z", None),
        ("2025-06-02 00:00:00", None),
        ("2025-02-30", "not_a_time"),
        ("2025-6-2", "not_a_time"),
        ("yesterday", "not_a_time"),
        ("0999-01-01", "out_of_range"),
    ],
)
def test_a_day_is_what_is_written(value: str, problem: str | None) -> None:
    rule = Date(field="date", names=("v",))

    assert asked(sql.problem(rule, "v"), value) == problem
    if problem is None:
        assert str(asked(sql.typed(rule, "v"), value)) == expectation(rule)(value)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("1970-01-01 06:00:00", None),
        ("1970-01-01 05:59:59.999999", "out_of_range"),
        ("1970-01-01T00:00:00Z", None),
        ("-1", "out_of_range"),
        ("0999-01-01", "out_of_range"),
        ("yesterday", "not_a_time"),
    ],
)
def test_a_moment_before_the_first_that_can_be_meant_is_out_of_range(value: str, problem: str | None) -> None:
    rule = Time(
        field="created_at", names=("v",), zoned=True, zone="Asia/Almaty", since=datetime.fromisoformat("1970-01-01T00Z")
    )

    assert asked(sql.problem(rule, "v"), value) == problem
    assert reading_of(rule)(value).problem == (problem or "")


def test_a_computed_rule_knows_what_it_takes() -> None:
    rule = Computed(field="x", sql="f({value}, {created_at}, {key}, '{{a}}', {status})", expect=lambda *_: None)

    assert rule.fields == ("created_at", "status")


def test_what_was_imported_by_one_zone_is_not_gone_on_with_by_another() -> None:
    assert chosen_zone(NORMALDANCE, None) == "UTC"
    assert chosen_zone(NORMALDANCE, "Europe/Kyiv") == "Europe/Kyiv"
    ImportRun.objects.create(source="normaldance", location="x", zone="Europe/Kyiv")
    assert chosen_zone(NORMALDANCE, None) == "Europe/Kyiv"
    assert chosen_zone(NORMALDANCE, "UTC") == "UTC"
    LandedRecordFactory(entity=LegacyEntityFactory(source="normaldance"))

    with pytest.raises(LegacyError, match="imported with the zone Europe/Kyiv"):
        chosen_zone(NORMALDANCE, "UTC")
    with pytest.raises(LegacyError, match="no time zone 'Mars/Olympus'"):
        chosen_zone(NORMALDANCE, "Mars/Olympus")
