"""A report as people read it in a terminal."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console
from rich.table import Table

from operations.importing.report import MERGES_NAMED, ImportReport, ProofResult, Proofs

WIDTH = 100
SHOWN = 20  # differences that are printed


def print_report(report: ImportReport, stream: TextIO) -> None:
    console = _console(stream)
    console.print(_counts(report))
    for entity in report.entities:
        if entity.reasons:
            ordered = sorted(entity.reasons.items(), key=lambda item: (-item[1], item[0]))
            console.print(f"Rejected {entity.entity}: " + ", ".join(f"{reason} {count:,}" for reason, count in ordered))
    for one in report.unmatched:
        if one.unknown:
            console.print(f"Columns of {one.table} that are unknown, kept raw: {', '.join(one.unknown)}.")
        if one.lacking:
            console.print(f"No column in {one.table} for {', '.join(map(str, one.lacking))}.")
    for name, count in report.expired.items():
        console.print(f"{name}: {count:,} keys expired or were deleted before they could be read.")
    for gone in report.vanished:
        taken = gone.removed or gone.stay
        fate = f"{gone.removed:,} removed, {gone.stay:,} stay" if taken else "left here (--delete-vanished)"
        console.print(f"Vanished {gone.entity}: {gone.count:,} that the source does not have any more, {fate}.")
    _print_people(report, console)
    print_proofs(report.proofs, stream)
    total = sum(entity.read for entity in report.entities)
    rate = total / report.seconds if report.seconds else 0
    proving = f"{report.proofs.seconds:.1f} s of them for the proofs"
    console.print(f"{total:,} records in {report.seconds:.1f} s, {proving} ({rate:,.0f}/s).")
    console.print(_verdict(report))


def _print_people(report: ImportReport, console: Console) -> None:
    """Who was found to be whom, and whose values somebody else holds."""
    merged = [f"Merged {one.entity} {one.key} into {one.row}." for one in report.merges]
    merged_with = [f"Merged {one.entity} {one.key} with {one.row}, and leads there now." for one in report.takeovers]
    contested = [
        f"Contested {one.entity} {one.row}: {one.field} {one.value} is that "
        f"{f'of {one.holder}' if one.holder else 'of nobody any more'}."
        for one in report.contests
    ]
    for lines in (merged, merged_with, contested):
        for line in lines[:SHOWN]:
            console.print(line)
        if len(lines) > SHOWN:
            console.print(f"  and more: --json names up to {MERGES_NAMED} of each entity")


def print_proofs(proofs: Proofs, stream: TextIO) -> None:
    console = _console(stream)
    for title, proof in (("in SQL", proofs.sql), ("from the source", proofs.source)):
        console.print(f"Proof {title}: {proof.rows:,} records compared, {_found(proof)}.")
        for one in proof.named[:SHOWN]:
            place = f"  {one.table} {one.key}: {one.column}"
            console.print(f"{place} should be {one.expected!r}, is {one.found!r}")
        for change in proof.changes[:SHOWN]:
            place = f"  {change.table} {change.key}: {change.column}"
            console.print(f"{place} was {change.expected!r}, is {change.found!r} by {change.by}, {change.at}")
        if max(proof.differences, proof.changed) > SHOWN:
            console.print("  and more: --json names up to 100 of each")
    for part in proofs.earlier:
        how = "in SQL" if part.proof == "sql" else "from the source"
        console.print(f"{part.rows:,} {part.entity} were proven {how} until {part.at}, and not looked at again.")
    if proofs.earlier:
        console.print("  --restart proves everything anew.")


def _found(proof: ProofResult) -> str:
    changed = f", {proof.changed:,} changed later" if proof.changed else ""
    return f"{proof.differences:,} differences{changed}"


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
