"""A report as people read it in a terminal."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console
from rich.table import Table

from operations.importing.report import MERGES_NAMED, ImportReport, Proofs

WIDTH = 100
SHOWN = 20  # differences that are printed


def print_report(report: ImportReport, stream: TextIO) -> None:
    console = _console(stream)
    console.print(_counts(report))
    for entity in report.entities:
        if entity.reasons:
            ordered = sorted(entity.reasons.items(), key=lambda item: (-item[1], item[0]))
            console.print(f"Rejected {entity.entity}: " + ", ".join(f"{reason} {count:,}" for reason, count in ordered))
    for name, count in report.expired.items():
        console.print(f"{name}: {count:,} keys expired or were deleted before they could be read.")
    for gone in report.vanished:
        taken = gone.removed or gone.stay
        fate = f"{gone.removed:,} removed, {gone.stay:,} stay" if taken else "left here (--delete-vanished)"
        console.print(f"Vanished {gone.entity}: {gone.count:,} that the source does not have any more, {fate}.")
    for merge in report.merges[:SHOWN]:
        console.print(f"Merged {merge.entity} {merge.key} into {merge.row}.")
    if len(report.merges) > SHOWN:
        console.print(f"  and more: --json names up to {MERGES_NAMED} of each entity")
    print_proofs(report.proofs, stream)
    total = sum(entity.read for entity in report.entities)
    rate = total / report.seconds if report.seconds else 0
    console.print(f"{total:,} records in {report.seconds:.1f} s, proofs included ({rate:,.0f}/s).")
    console.print(_verdict(report))


def print_proofs(proofs: Proofs, stream: TextIO) -> None:
    console = _console(stream)
    for title, proof in (("in SQL", proofs.sql), ("from the source", proofs.source)):
        console.print(f"Proof {title}: {proof.rows:,} records compared, {proof.differences:,} differences.")
        for one in proof.named[:SHOWN]:
            place = f"  {one.table} {one.key}: {one.column}"
            console.print(f"{place} should be {one.expected!r}, is {one.found!r}")
        if proof.differences > SHOWN:
            console.print("  and more: --json names up to 100 of them")


def _console(stream: TextIO) -> Console:
    """Names and values of a legacy system are shown as they are, whatever they look like to a terminal."""
    width = None if stream.isatty() else WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def _counts(report: ImportReport) -> Table:
    table = Table(title=f"{report.source}, generation {report.generation}", title_justify="left")
    table.add_column("entity")
    for column in ("read", "loaded", "merged", "kept", "rejected", "unchanged"):
        table.add_column(column, justify="right")
    for entity in report.entities:
        counts = (entity.read, entity.loaded, entity.merged, entity.kept, entity.rejected, entity.unchanged)
        table.add_row(entity.entity, *(f"{count:,}" for count in counts))
    return table


def _verdict(report: ImportReport) -> str:
    if report.ok:
        done = "Nothing was written: this was a dry run. " if report.dry_run else ""
        return f"{done}Every record is accounted for, and nothing differs."
    return "NOT in order: see the differences above, or the counts that do not add up."
