"""Takes out what an import loaded and nobody has changed since."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from operations.importing.errors import ImportStopped, LegacyError
from operations.importing.progress import StopSignals, stream_of
from operations.importing.summary import WIDTH
from operations.importing.undo import BATCH_SIZE, NAMED, EntityUndo, UndoReport, find_run, undo_run

COLUMNS = ("loaded", "merged", "kept", "rejected", "changed", "in_use", "earlier", "handed_over")
CAPTION = "changed, in use, earlier: these stay; handed over: their rows do"
VERDICTS = {
    "changed": "changed since, in",
    "in_use": "in use by",
    "handed_over": "which goes over to",
    "earlier": "loaded by an earlier run; this run rejected its change",
}


class Command(BaseCommand):
    help = (
        "Take out what a run loaded and nobody has changed since; the rest stays and is listed. Shows a plan first. "
        "What was stopped or killed goes on where it was. Earlier versions of records that the run changed are not "
        "restored: such records are taken out like new ones."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", help="The uuid of a run, or `latest`.")
        parser.add_argument("--only", action="append", default=[], metavar="ENTITY", help="This entity; repeatable.")
        parser.add_argument("--dry-run", action="store_true", help="Show the plan and change nothing.")
        parser.add_argument("--yes", action="store_true", help="Do not ask.")
        parser.add_argument("--batch-size", type=int, default=BATCH_SIZE, help="Records of one transaction.")
        parser.add_argument("--json", action="store_true", help="Print the outcome as one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["batch_size"] < 1:
            raise CommandError("--batch-size must be 1 or more.")
        signals = StopSignals()
        try:
            with signals.listening():
                report = self._undo(signals, options)
        except LegacyError as error:
            raise CommandError(str(error)) from error
        except (ImportStopped, KeyboardInterrupt) as error:
            text = "Stopped. What finished batches took out is gone; run the same command again to go on."
            raise CommandError(text, returncode=130) from error
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))

    def _undo(self, signals: StopSignals, options: dict[str, Any]) -> UndoReport:
        run = find_run(options["run"])
        chosen = {
            "only": options["only"],
            "batch_size": options["batch_size"],
            "stop_requested": lambda: signals.requested,
        }
        report = undo_run(run, planned=True, **chosen)
        shown = self.stderr if options["json"] else self.stdout
        if not options["json"] or not (options["dry_run"] or options["yes"]):
            print_undo(report, Console(file=stream_of(shown), width=WIDTH, highlight=False))
        if options["dry_run"] or not report.going:
            return report
        if not options["yes"]:
            self._ask(report)
        report = undo_run(run, planned=False, **chosen)
        if not options["json"]:
            print_undo(report, Console(file=stream_of(shown), width=WIDTH, highlight=False))
        return report

    def _ask(self, report: UndoReport) -> None:
        if not sys.stdin.isatty():
            raise CommandError(
                "Nothing was changed: there is no terminal to ask on. Say --yes to do it without asking."
            )
        self.stderr.write(f"Take {report.going:,} records out of the database? Type yes to do it: ", ending="")
        if sys.stdin.readline().strip().lower() != "yes":
            raise CommandError("Nothing was changed.")


def print_undo(report: UndoReport, console: Console) -> None:
    """The plan or the outcome, as people read it."""
    if not report.going and not report.staying:
        console.print(f"Nothing of run {report.run} is left to take out.")
        return
    console.print(_counts(report))
    for entity in report.entities:
        _print_stays(entity, console)
    if report.planned and report.earlier_runs:
        console.print(
            f"{report.earlier_runs} earlier run(s) of {report.source} are not undone. What they loaded and this run "
            "wrote again cannot be told from what is new: it is counted above, goes as well, and its earlier version "
            "is not restored. Import the earlier source again to have it back."
        )
    done = "would go" if report.planned else "are gone"
    console.print(f"{report.going:,} records {done}, {report.staying:,} stay.")


def _counts(report: UndoReport) -> Table:
    title = f"{'Plan to undo' if report.planned else 'Undone:'} {report.source}, run {report.run}"
    table = Table(title=title, title_justify="left", caption=CAPTION)
    table.add_column("entity")
    for column in COLUMNS:
        table.add_column(column.replace("_", " "), justify="right")
    for entity in report.entities:
        table.add_row(entity.entity, *(f"{getattr(entity, column):,}" for column in COLUMNS))
    return table


def _print_stays(entity: EntityUndo, console: Console) -> None:
    for stay in entity.stays:
        text = f"  stays: {stay.table} {stay.key}, {VERDICTS[stay.verdict]} {', '.join(stay.about)}".rstrip()
        console.print(text, markup=False, soft_wrap=True)
    if (unnamed := entity.staying + entity.handed_over - NAMED) > 0:
        console.print(f"  and {unnamed:,} more of {entity.entity}")
