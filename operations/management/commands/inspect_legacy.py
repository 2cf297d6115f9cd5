"""Says what a legacy store holds, before anything is imported."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from operations.importing.errors import LegacyError
from operations.importing.inspection.inspector import inspect_source
from operations.importing.inspection.text import print_inspection
from operations.importing.planning import legacy_source
from operations.importing.progress import StopSignals, stream_of, watching
from operations.importing.zones import refuse_unknown


class Command(BaseCommand):
    help = (
        "Say what a legacy store holds and what an import would make of it: tables, columns and their destinations, "
        "forms of values, dirt. The store is only read, nothing is written anywhere, and no database is needed."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", help="A name of settings.LEGACY_SOURCES, such as normaldance.")
        parser.add_argument("--from", dest="location", required=True, help="Where it is: sqlite:///path/to/file.db")
        parser.add_argument(
            "--zone", default="UTC", help="Of moments that name none, such as Europe/Kyiv; UTC otherwise."
        )
        parser.add_argument("--json", action="store_true", help="Print what was found as one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with watching(stream_of(self.stderr), StopSignals()) as watcher:
                source = legacy_source(options["source"])
                refuse_unknown(options["zone"])
                inspection = inspect_source(source, options["location"], watcher, options["zone"])
        except LegacyError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as error:
            raise CommandError("Stopped. Nothing was written.", returncode=130) from error
        if options["json"]:
            self.stdout.write(json.dumps(inspection.as_json(), ensure_ascii=False))
        else:
            print_inspection(inspection, stream_of(self.stdout))
