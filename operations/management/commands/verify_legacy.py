"""Proves an import again."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from operations.importing.errors import ImportStopped, LegacyError
from operations.importing.planning import legacy_source
from operations.importing.progress import StopSignals, stream_of, watching
from operations.importing.summary import print_proofs
from operations.importing.verifying import verify_source


class Command(BaseCommand):
    help = "Compare what was imported with its source, row by row and column by column, by two independent ways."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", help="A name of settings.LEGACY_SOURCES, such as normaldance.")
        parser.add_argument("--from", dest="location", required=True, help="Where it is: sqlite:///path/to/file.db")
        parser.add_argument("--only", action="append", default=[], metavar="ENTITY", help="This entity; repeatable.")
        parser.add_argument("--zone", help="Of moments that name none, such as Europe/Kyiv; UTC unless it was another.")
        parser.add_argument(
            "--restart", action="store_true", help="Begin anew, and not where a verification was stopped."
        )
        parser.add_argument("--json", action="store_true", help="Print the proofs as one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        signals = StopSignals()
        try:
            with signals.listening(), watching(stream_of(self.stderr), signals) as watcher:
                source = legacy_source(options["source"])
                proofs = verify_source(
                    source,
                    options["location"],
                    options["only"],
                    watcher,
                    options["zone"],
                    restart=options["restart"],
                    note=watcher.note,
                )
        except LegacyError as error:
            raise CommandError(str(error)) from error
        except (ImportStopped, KeyboardInterrupt) as error:
            raise CommandError(
                "Stopped. Run the same command again to go on, or with --restart to begin anew.", returncode=130
            ) from error
        if options["json"]:
            self.stdout.write(json.dumps(proofs.as_json(), ensure_ascii=False))
        else:
            print_proofs(proofs, stream_of(self.stdout))
        if not proofs.ok:
            raise CommandError("The target is not what the source says; the report names each place.", returncode=2)
