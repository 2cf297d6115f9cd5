"""Imports a legacy system and proves it."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from operations.importing.control import controlled
from operations.importing.errors import ImportStopped, LegacyError
from operations.importing.importer import BATCH_SIZE, Options, import_source
from operations.importing.planning import legacy_source
from operations.importing.progress import StopSignals, stream_of, watching
from operations.importing.summary import print_report


class Command(BaseCommand):
    help = (
        "Import a legacy system: land every record raw, load it, and prove every row and column. The source is only "
        "read. What was stopped or killed goes on where it was; a second import writes what has changed since."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", help="A name of settings.LEGACY_SOURCES, such as normaldance.")
        parser.add_argument("--from", dest="location", required=True, help="Where it is: sqlite:///path/to/file.db")
        parser.add_argument("--only", action="append", default=[], metavar="ENTITY", help="This entity; repeatable.")
        parser.add_argument("--dry-run", action="store_true", help="Really import and prove, then roll back.")
        parser.add_argument("--batch-size", type=int, default=BATCH_SIZE, help="Records of one transaction.")
        parser.add_argument(
            "--delete-vanished",
            action="store_true",
            help="Take out what the source does not have any more, unless somebody has changed or uses it.",
        )
        parser.add_argument("--zone", help="Of moments that name none, such as Europe/Kyiv; UTC unless it was another.")
        parser.add_argument("--json", action="store_true", help="Print the report as one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["batch_size"] < 1:
            raise CommandError("--batch-size must be 1 or more.")
        chosen = Options(
            only=options["only"],
            dry_run=options["dry_run"],
            batch_size=options["batch_size"],
            delete_vanished=options["delete_vanished"],
            zone=options["zone"],
        )
        signals = StopSignals()
        try:
            source = legacy_source(options["source"])
            with (
                signals.listening(),
                watching(stream_of(self.stderr), signals) as audience,
                controlled(audience, pausable=not chosen.dry_run) as watcher,
            ):
                report = import_source(source, options["location"], chosen, watcher)
        except LegacyError as error:
            raise CommandError(str(error)) from error
        except (ImportStopped, KeyboardInterrupt) as error:
            by = f" by {error} in the admin" if str(error) else ""
            kept = "Nothing was written" if chosen.dry_run else "Every finished batch is kept"
            raise CommandError(f"Stopped{by}. {kept}; run the same command again to go on.", returncode=130) from error
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        else:
            print_report(report, stream_of(self.stdout))
        if not report.ok:
            raise CommandError("The import is not in order; the report names what differs.", returncode=2)
