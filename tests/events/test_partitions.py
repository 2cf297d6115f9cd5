"""Months are made, archived and dropped on real partitions, which no test transaction could hold."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from events.archives import content_in, content_of, drop_months
from events.keys import uuid7_of
from events.models import Event, EventArchive
from events.months import Month
from events.partitions import AFTER, BEFORE, PartitionsError, events_outside, layout, make_months
from operations.sandbox import Sandbox
from tests.factories.events import EventFactory

pytestmark = pytest.mark.django_db(transaction=True)
FIRST, MARCH = Month(2024, 1), Month(2025, 3)


@pytest.fixture(autouse=True)
def months_as_migrated() -> Iterator[None]:
    """Other tests find the months from the first to three ahead, whatever one did to them here."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE events_event CASCADE")
        for partition in layout().partitions:
            if partition.month and (not partition.attached or partition.month < FIRST or partition.detaching):
                cursor.execute(f"DROP TABLE {partition.name}")
        for extra in [month for month in layout().months if month > Month.current().plus(3)]:
            cursor.execute(f"DROP TABLE {extra.table}")
    make_months(3, FIRST)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("partitions", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def said(*arguments: str) -> dict[str, Any]:
    return json.loads(run(*arguments, "--json"))  # type: ignore[no-any-return]


def partition_of(event: Event) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM events_event WHERE id = %s", [event.pk])
        return str(cursor.fetchone()[0])


def whole() -> bool:
    """The bounds follow each other without a gap, from edge to edge."""
    found = layout()
    months = found.months
    inner = [found.named(month.table) for month in months]
    bounds = [found.named(BEFORE).bounds[0], found.named(AFTER).bounds[0]]  # type: ignore[union-attr]
    wanted = [(month.floor, month.plus(1).floor) for month in months[0].through(months[-1])]
    return [each.bounds for each in inner if each] == wanted and bounds == [months[0].floor, months[-1].plus(1).floor]


def test_the_migration_makes_months_from_2024_to_three_ahead_and_an_edge_on_either_side() -> None:
    assert layout().months == list(FIRST.through(Month.current().plus(3)))
    assert whole()


def test_months_are_made_ahead_once() -> None:
    expected = [str(Month.current().plus(4)), str(Month.current().plus(5))]

    assert said("--months", "5") == {"made": expected, "dry_run": False}
    assert said("--months", "5") == {"made": [], "dry_run": False}
    assert said("--months", "2") == {"made": [], "dry_run": False}
    assert whole()


def test_a_dry_run_makes_nothing() -> None:
    before = layout()

    assert len(said("--months", "6", "--dry-run")["made"]) == 3
    assert layout() == before


def test_earlier_months_can_be_made_for_an_import() -> None:
    made = said("--from", "2023-11")["made"]

    assert made == ["2023-11", "2023-12"]
    assert whole()


def test_an_event_from_outside_the_months_is_taken_and_gets_its_month_when_that_is_made() -> None:
    old = EventFactory(created_at=datetime(2023, 12, 31, 23, 59, 59, 999999, tzinfo=UTC))
    late = EventFactory(created_at=Month.current().plus(4).start)
    assert [partition_of(event) for event in (old, late)] == [BEFORE, AFTER]
    assert [(each.edge, each.first) for each in events_outside()] == [
        (BEFORE, old.created_at),
        (AFTER, late.created_at),
    ]
    assert f"{BEFORE}, from 2023-12-31" in run("--list")

    run("--from", "2023-12", "--months", "4")

    assert [partition_of(event) for event in (old, late)] == [Month(2023, 12).table, Month.current().plus(4).table]
    assert events_outside() == []
    assert whole()


def test_an_event_of_an_edge_stays_there_while_its_month_is_missing() -> None:
    old = EventFactory(created_at=datetime(2019, 5, 1, tzinfo=UTC))

    run("--from", "2023-12")

    assert partition_of(old) == BEFORE


def test_months_are_made_while_others_write(sandbox: Sandbox) -> None:
    url = connection.get_connection_params()
    stop, written, errors = threading.Event(), [0], []

    def write() -> None:
        with psycopg.connect(**{k: v for k, v in url.items() if k in ("dbname", "host", "port", "user")}) as writer:
            writer.autocommit = True
            while not stop.is_set():
                try:
                    writer.execute("INSERT INTO events_event (data) VALUES ('{}')")
                    written[0] += 1
                except psycopg.Error as error:
                    errors.append(error)

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    try:
        for ahead in range(4, 9):
            make_months(ahead, seconds=30)
    finally:
        stop.set()
        for writer in writers:
            writer.join()

    assert errors == []
    assert Event.objects.count() == written[0] > 0
    assert whole()


@pytest.fixture
def busy(sandbox: Sandbox) -> Iterator[psycopg.Connection[Any]]:
    """Somebody who reads the events in a transaction that does not end."""
    with sandbox.primary.connect(connection.settings_dict["NAME"], autocommit=False) as reader:
        reader.execute("SELECT count(*) FROM events_event")
        yield reader


def test_who_waits_too_long_for_others_gives_up_and_says_so(busy: psycopg.Connection[Any]) -> None:
    before = layout()

    with pytest.raises(CommandError, match=r"for 0\.1 s.*--lock-timeout"):
        run("--months", "5", "--lock-timeout", "0.1")

    assert layout() == before
    busy.rollback()
    assert len(said("--months", "5")["made"]) == 2


def test_nothing_is_waited_for_where_no_month_is_missing(busy: psycopg.Connection[Any]) -> None:
    busy.execute("LOCK TABLE events_event IN SHARE UPDATE EXCLUSIVE MODE")

    assert said("--lock-timeout", "0.1")["made"] == []


def test_the_session_has_its_own_lock_timeout_back_afterwards(tmp_path: Path) -> None:
    drop_everything_before_april(tmp_path)

    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)


def fill_march() -> list[Event]:
    events = EventFactory.create_batch(3, created_at=MARCH.start)
    odd = {"ticket_id": "t", "text": 'a "quote",\na line, \\ and ә', "big": 12345678901234567890123}
    return [*events, EventFactory(done=True, created_at=MARCH.end - timedelta(microseconds=1), data=odd)]


def archive_before_april(folder: Path) -> None:
    for month in FIRST.through(MARCH):
        run("--archive", str(month), "--to", str(folder))


def drop_everything_before_april(folder: Path) -> None:
    archive_before_april(folder)
    run("--drop-before", "2025-04-01", "--yes")


def test_an_archive_holds_what_the_month_holds_and_can_be_read_back(tmp_path: Path) -> None:
    events = fill_march()
    EventFactory(created_at=MARCH.end)

    outcome = said("--archive", "2025-03", "--to", str(tmp_path / "new"))

    path = tmp_path / "new" / "events_event_2025_03.csv.gz"
    assert outcome == {"month": "2025-03", "rows": 4, "path": str(path), "sha256": content_of(MARCH).sha256.hex()}
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert content_in(path) == content_of(MARCH)
    kept = {event.pk: (event.data, event.task_context, event.created_at, event.status) for event in events}
    Event.objects.received_between(MARCH.start, MARCH.end).delete()
    with connection.cursor() as cursor, cursor.copy("COPY events_event FROM STDIN (FORMAT csv, HEADER MATCH)") as copy:
        copy.write(gzip.decompress(path.read_bytes()))
    restored = Event.objects.received_between(MARCH.start, MARCH.end)
    assert {event.pk: (event.data, event.task_context, event.created_at, event.status) for event in restored} == kept


def test_a_month_is_archived_once_and_again_when_it_has_changed(tmp_path: Path) -> None:
    event = fill_march()[0]
    first = said("--archive", "2025-03", "--to", str(tmp_path))
    archived_at = EventArchive.objects.get().archived_at

    assert said("--archive", "2025-03", "--to", str(tmp_path)) == first
    assert EventArchive.objects.get().archived_at == archived_at
    Event.objects.filter(pk=event.pk).update(attempts=9)
    assert said("--archive", "2025-03", "--to", str(tmp_path)) != first
    assert EventArchive.objects.get().archived_at > archived_at


@pytest.mark.parametrize("broken", [gzip.compress(b"id\n"), gzip.compress(b"id\n")[:-9], b"no archive", b""])
def test_a_broken_archive_is_written_again(tmp_path: Path, broken: bytes) -> None:
    fill_march()
    path = Path(said("--archive", "2025-03", "--to", str(tmp_path))["path"])
    path.write_bytes(broken)

    said("--archive", "2025-03", "--to", str(tmp_path))

    assert content_in(path) == content_of(MARCH)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--archive", "1999-01", "--to", "."), "There is no partition of 1999-01"),
        (("--archive", "2025-03"), "--to FOLDER"),
        (("--archive", "2025-03", "--drop-before", "2025-03-01"), "Say one of"),
        (("--drop-before", "9999-01-01"), "not be later than today"),
        (
            ("--archive", "2025-03", "--to", "/dev/null"),
            "/dev/null/events_event_2025_03.csv.gz cannot be written: .+ Name",
        ),
        (("--to", "."), "--to goes with --archive"),
        (("--months", "-1"), "--months must be 0 or more"),
        (("--months", "1000000"), "--months must be 0 or more, and at most 120"),
        (("--lock-timeout", "nan"), "--lock-timeout must be more than 0 and at most 3600"),
        (("--lock-timeout", "1e9"), "--lock-timeout must be more than 0 and at most 3600"),
        (("--from", "March"), "'March' is no month"),
        (("--from", "1969-12"), "'1969-12' is before 1970-01"),
        (("--drop-before", "2025-03"), "is no date"),
    ],
)
def test_what_cannot_be_done_is_refused(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        run(*arguments)


def test_a_month_that_was_not_archived_is_not_dropped(tmp_path: Path) -> None:
    fill_march()
    for month in FIRST.through(MARCH.plus(-1)):
        run("--archive", str(month), "--to", str(tmp_path))
    before = layout()

    with pytest.raises(CommandError, match=r"2025-03 has not been archived\. Nothing was dropped"):
        run("--drop-before", "2025-04-01", "--yes")

    assert layout() == before
    assert Event.objects.count() == 4


def test_a_month_that_has_changed_since_it_was_archived_is_not_dropped(tmp_path: Path) -> None:
    event = fill_march()[0]
    archive_before_april(tmp_path)
    Event.objects.filter(pk=event.pk).update(failure="late")
    before = layout()

    with pytest.raises(CommandError, match="2025-03 has changed since it was archived"):
        run("--drop-before", "2025-04-01", "--yes")

    assert layout() == before
    assert Event.objects.count() == 4


def test_archived_months_are_dropped_and_the_others_stay(tmp_path: Path) -> None:
    fill_march()
    april = EventFactory(created_at=MARCH.end)

    drop_everything_before_april(tmp_path)

    assert layout().months[0] == Month(2025, 4)
    assert list(Event.objects.all()) == [april]
    assert whole()
    assert EventArchive.objects.count() == 15
    assert said("--drop-before", "2025-04-01", "--yes") == {"dropped": [], "would_drop": []}
    assert said() == {"made": [], "dry_run": False}


def test_what_comes_late_for_a_dropped_month_is_taken(tmp_path: Path) -> None:
    drop_everything_before_april(tmp_path)

    assert partition_of(EventFactory(created_at=MARCH.start)) == BEFORE


def test_a_date_within_a_month_keeps_that_month(tmp_path: Path) -> None:
    archive_before_april(tmp_path)

    outcome = said("--drop-before", "2025-03-31", "--dry-run")

    assert outcome["would_drop"][-1] == "2025-02"
    assert layout().months[0] == FIRST


def test_nobody_is_asked_where_there_is_no_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive_before_april(tmp_path)
    monkeypatch.setattr("sys.stdin", StringIO("yes\n"))

    with pytest.raises(CommandError, match="Say --yes"):
        run("--drop-before", "2025-04-01")

    assert layout().months[0] == FIRST


def test_a_drop_that_stopped_halfway_is_finished_by_the_next_one(tmp_path: Path, busy: psycopg.Connection[Any]) -> None:
    fill_march()
    archive_before_april(tmp_path)

    with pytest.raises(PartitionsError, match="--lock-timeout"):
        list(drop_months(list(FIRST.through(MARCH)), seconds=0.2))

    assert layout().named(FIRST.table).state == "detaching"  # type: ignore[union-attr]
    with pytest.raises(CommandError, match=r"2024-01 stopped there.*--drop-before 2024-02-01"):
        run("--from", "2024-01")
    busy.rollback()
    run("--drop-before", "2025-04-01", "--yes")
    assert layout().months[0] == Month(2025, 4)
    assert whole()


def test_a_month_is_dropped_while_others_write(tmp_path: Path, sandbox: Sandbox) -> None:
    """A writer in the middle of its transaction in another month is waited for, not refused."""
    archive_before_april(tmp_path)
    with sandbox.primary.connect(connection.settings_dict["NAME"], autocommit=False) as writer:
        writer.execute("SELECT 1")
        run("--drop-before", "2025-04-01", "--yes")
        writer.execute("INSERT INTO events_event (data) VALUES ('{}')")
        writer.commit()

    assert Event.objects.count() == 1


def test_a_month_that_is_referred_to_is_not_dropped(tmp_path: Path) -> None:
    event = fill_march()[0]
    archive_before_april(tmp_path)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE reply (event uuid REFERENCES events_event (id))")
        cursor.execute("INSERT INTO reply VALUES (%s)", [event.pk])
    try:
        with pytest.raises(CommandError, match="2025-03 stays: rows of reply refer to its events"):
            run("--drop-before", "2025-04-01", "--yes")

        assert layout().months[0] == MARCH
        assert Event.objects.filter(pk=event.pk).exists()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE reply")


def test_months_know_their_neighbours_and_their_names() -> None:
    december = Month.parsed("2024-12")

    assert (december.table, december.plus(1), december.plus(-12)) == (
        "events_event_2024_12",
        Month(2025, 1),
        Month(2023, 12),
    )
    assert Month.of_table(december.table) == december
    assert Month.of_table(BEFORE) is None
    assert (
        uuid7_of(december.end - timedelta(microseconds=1), "x") < december.plus(1).floor <= uuid7_of(december.end, "x")
    )
