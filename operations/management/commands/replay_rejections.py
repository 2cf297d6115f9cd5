"""Tries rejected records again."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from operations.importing.errors import ImportStopped, LegacyError
from operations.importing.progress import StopSignals
from operations.importing.replaying import BATCH_SIZE, ReplayReport, replay


class Command(BaseCommand):
    help = (
        "Try rejected records again: those that were mended, and those that waited for others. The source is not "
        "needed. What is rejected as before is left as it is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", help="A name of settings.LEGACY_SOURCES, such as normaldance.")
        parser.add_argument("--only", action="append", default=[], metavar="ENTITY", help="This entity; repeatable.")
        parser.add_argument("--key", action="append", metavar="KEY", help="The record with this key; repeatable.")
        parser.add_argument("--mended", action="store_true", help="Only records that somebody has mended.")
        parser.add_argument("--batch-size", type=int, default=BATCH_SIZE, help="Records of one transaction.")
        parser.add_argument("--json", action="store_true", help="Print the counts as one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["batch_size"] < 1:
            raise CommandError("--batch-size must be 1 or more.")
        signals = StopSignals()
        try:
            with signals.listening():
                report = replay(
                    options["source"],
                    only=options["only"],
                    keys=options["key"],
                    mended=options["mended"],
                    batch_size=options["batch_size"],
                    stop_requested=lambda: signals.requested,
                )
        except LegacyError as error:
            raise CommandError(str(error)) from error
        except (ImportStopped, KeyboardInterrupt) as error:
            raise CommandError(
                "Stopped. Every finished batch is kept; run the same command again to go on.", returncode=130
            ) from error
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        else:
            self._print(report)

    def _print(self, report: ReplayReport) -> None:
        if report.run is None:
            self.stdout.write("There is no rejected record to try again.")
        for one in report.entities:
            still = one.rejected + one.unchanged
            counts = f"{one.read:,} tried, {one.loaded:,} loaded, {one.merged:,} merged, {still:,} still rejected"
            self.stdout.write(f"{one.entity}: {counts}")
