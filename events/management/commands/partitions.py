"""Looks after the months of the events."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from events.archives import archive_month, content_of, drop_months, droppable, refuse_unarchived
from events.models import EventArchive
from events.months import Month
from events.partitions import Layout, PartitionsError, events_outside, layout, make_months
from operations.importing.progress import stream_of

MONTHS_AHEAD, MOST_MONTHS_AHEAD = 3, 120
LOCK_SECONDS, LONGEST_LOCK_SECONDS = 2.0, 3600
WIDTH = 120
EARLIEST = Month(1970, 1)


def month(text: str) -> Month:
    try:
        found = Month.parsed(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no month; write it as 2025-03.") from error
    if found < EARLIEST:
        raise ArgumentTypeError(f"{text!r} is before {EARLIEST}: no key of an event holds such a time.")
    return found


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no date; write it as 2025-03-01.") from error


class Command(BaseCommand):
    help = (
        "Look after the monthly partitions of the events: without other options, make those that are missing up to "
        "some months ahead. Run it every day; where nothing is missing it does nothing and takes no lock."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--months", type=int, default=MONTHS_AHEAD, help="How many months ahead to make.")
        parser.add_argument("--from", dest="since", type=month, metavar="YYYY-MM", help="Make earlier months too.")
        parser.add_argument("--list", action="store_true", help="Show the partitions and change nothing.")
        parser.add_argument("--archive", type=month, metavar="YYYY-MM", help="Write this month to a file; see --to.")
        parser.add_argument("--to", type=Path, metavar="FOLDER", help="Where archives are written.")
        parser.add_argument("--drop-before", type=day, metavar="YYYY-MM-DD", help="Drop archived months before it.")
        parser.add_argument("--yes", action="store_true", help="Do not ask before months are dropped.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would be done and do not do it.")
        parser.add_argument(
            "--lock-timeout", type=float, default=LOCK_SECONDS, metavar="SECONDS", help="How long to wait for others."
        )
        parser.add_argument("--json", action="store_true", help="Print the outcome as one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 <= options["months"] <= MOST_MONTHS_AHEAD:
            raise CommandError(f"--months must be 0 or more, and at most {MOST_MONTHS_AHEAD}.")
        if not 0 < options["lock_timeout"] <= LONGEST_LOCK_SECONDS:
            raise CommandError(f"--lock-timeout must be more than 0 and at most {LONGEST_LOCK_SECONDS}.")
        if options["to"] and not options["archive"]:
            raise CommandError("--to goes with --archive: say which month to write there.")
        if sum(bool(options[name]) for name in ("list", "archive", "drop_before")) > 1:
            raise CommandError("Say one of --list, --archive and --drop-before.")
        try:
            if options["list"]:
                self._list(options)
            elif options["archive"]:
                self._archive(options)
            elif options["drop_before"]:
                self._drop(options)
            else:
                self._make(options)
        except PartitionsError as error:
            raise CommandError(str(error)) from error

    def _say(self, options: dict[str, Any], outcome: dict[str, Any], *lines: str) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(outcome))
        for line in () if options["json"] else lines:
            self.stdout.write(line)

    def _make(self, options: dict[str, Any]) -> None:
        made = make_months(
            options["months"], options["since"], seconds=options["lock_timeout"], dry_run=options["dry_run"]
        )
        names = [str(each) for each in made]
        done = "would be made" if options["dry_run"] else "made"
        line = f"{len(made)} months {done}: {', '.join(names)}." if made else "No month is missing."
        self._say(options, {"made": names, "dry_run": options["dry_run"]}, line)

    def _list(self, options: dict[str, Any]) -> None:
        found = layout()
        outside = events_outside()
        if options["json"]:
            self.stdout.write(json.dumps({"partitions": _as_json(found), "outside": [each.edge for each in outside]}))
            return
        Console(file=stream_of(self.stdout), width=WIDTH, highlight=False).print(_as_table(found))
        for each in outside:
            self.stdout.write(
                f"Events in {each.edge}, from {each.first:%Y-%m-%d} to {each.last:%Y-%m-%d}, have no month of their "
                f"own. Give them theirs: partitions --from {each.first:%Y-%m}"
            )

    def _archive(self, options: dict[str, Any]) -> None:
        chosen: Month = options["archive"]
        if options["to"] is None:
            raise CommandError("Say where the archive goes: --to FOLDER.")
        if options["dry_run"]:
            rows = content_of(chosen).rows if layout().named(chosen.table) else 0
            outcome = {"month": str(chosen), "rows": rows, "dry_run": True}
            self._say(options, outcome, f"{rows:,} rows would be written.")
            return
        archive = archive_month(chosen, options["to"])
        outcome = {"month": str(chosen), "rows": archive.rows, "path": archive.path, "sha256": archive.hexadecimal}
        line = f"{archive.rows:,} rows of {chosen} are in {archive.path}; SHA-256 of the CSV: {archive.hexadecimal}"
        self._say(options, outcome, line)

    def _drop(self, options: dict[str, Any]) -> None:
        limit = Month.of(options["drop_before"])
        if limit > Month.current():
            raise CommandError("--drop-before must not be later than today: events still come in after that.")
        months = droppable(limit)
        refuse_unarchived(months)
        names = [str(each) for each in months]
        if options["dry_run"] or not months:
            line = f"{len(months)} months would be dropped: {', '.join(names)}." if months else "No month to drop."
            self._say(options, {"dropped": [], "would_drop": names}, line)
            return
        if not options["yes"]:
            self._ask(names)
        seconds = options["lock_timeout"]
        dropped = []
        try:
            for gone in drop_months(months, seconds=seconds):
                dropped.append(str(gone))
                if not options["json"]:
                    self.stdout.write(f"{gone} is dropped.")
        finally:
            make_months(0, seconds=seconds)  # what still comes from the dropped months has a place again
        self._say(options, {"dropped": dropped})

    def _ask(self, names: list[str]) -> None:
        if not sys.stdin.isatty():
            raise CommandError("Nothing was dropped: there is no terminal to ask on. Say --yes to do it unasked.")
        self.stderr.write(f"Drop the events of {', '.join(names)}? Type yes to do it: ", ending="")
        if sys.stdin.readline().strip().lower() != "yes":
            raise CommandError("Nothing was dropped.")


def _as_json(found: Layout) -> list[dict[str, Any]]:
    return [
        {
            "name": partition.name,
            "month": str(partition.month) if partition.month else None,
            "state": partition.state,
            "rows_estimated": partition.rows,
            "bytes": partition.size,
            "archived_at": partition.archived_at.isoformat() if partition.archived_at else None,
        }
        for partition in found.partitions
    ]


def _as_table(found: Layout) -> Table:
    archives = {archive.month: archive for archive in EventArchive.objects.using("default").all()}
    table = Table(title="Partitions of the events", title_justify="left")
    for column in ("partition", "state", "rows, about", "MB", "archived"):
        table.add_column(column, justify="right" if column in ("rows, about", "MB") else "left")
    for partition in found.partitions:
        archive = archives.get(partition.month.first_day) if partition.month else None
        archived = f"{archive.archived_at:%Y-%m-%d}, {archive.rows:,} rows" if archive else ""
        table.add_row(
            partition.name, partition.state, f"{partition.rows:,}", f"{partition.size / 2**20:,.1f}", archived
        )
    return table
