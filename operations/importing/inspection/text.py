"""An inspection as people read it in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from rich import box
from rich.console import Console
from rich.table import Table

from operations.importing.inspection.report import (
    ASSUMED,
    NOT_PREDICTED,
    ColumnFound,
    EntityFound,
    Inspection,
)

WIDTH = 100
REFUSED = "✗ "
TITLE, FAINT, BAD = "bold", "dim", "yellow"


def print_inspection(inspection: Inspection, stream: TextIO) -> None:
    # What stands in a legacy file is text: neither markup nor emoji codes.
    console = Console(file=stream, width=None if stream.isatty() else WIDTH, highlight=False, markup=False, emoji=False)
    size = f"{inspection.size / 1_000_000:,.1f} MB"
    console.print(f"{inspection.title}, generation {inspection.generation}", style=TITLE)
    console.print(f"{inspection.location}, {size}, {inspection.rows:,} records. It was only read.", soft_wrap=True)
    console.print(_tables(inspection))
    for line in _absences(inspection):
        console.print(line)
    for entity in inspection.entities:
        _print_entity(entity, console)
    _print_prediction(inspection, console)


def _table(title: str, *columns: str) -> Table:
    """Columns whose name ends in # hold numbers; examples get the room that is left, and are cut to it."""
    table = Table(
        title=f"\n{title}",
        title_justify="left",
        title_style=TITLE,
        box=box.SIMPLE_HEAD,
        show_edge=False,
        padding=(0, 1, 0, 0),
        expand="example" in columns,
    )
    for column in columns:
        if column == "example":
            table.add_column(column, no_wrap=True, overflow="ellipsis", ratio=1, style=FAINT)
        else:
            table.add_column(column.rstrip("#"), justify="right" if column.endswith("#") else "left", overflow="fold")
    return table


def _tables(inspection: Inspection) -> Table:
    table = _table("Tables", "table", "rows#", "goes to", "")
    for one in inspection.tables:
        goes_to = f"{one.entity} → {one.model}" if one.entity else "kept raw"
        table.add_row(one.name, f"{one.rows:,}", goes_to, "" if one.known else "unknown to the importer")
    return table


def _absences(inspection: Inspection) -> Iterator[str]:
    if inspection.absent:
        yield f"No table for: {', '.join(inspection.absent)}."


def _print_entity(entity: EntityFound, console: Console) -> None:
    table = _table(
        f"{entity.table} → {entity.model}: {entity.rows:,} records",
        *("column", "goes to", "form of the values", "records#", "share#", "example"),
    )
    for column in entity.columns:
        _add_column(table, column, entity.rows)
    console.print(table)
    if any(form.problem for column in entity.columns for form in column.forms):
        console.print(f"{REFUSED.strip()} is rejected; the reasons are below.", style=FAINT)
    if entity.lacking:
        console.print(f"No column for {', '.join(map(str, entity.lacking))}.")
    if entity.unknown:
        console.print(f"Columns unknown to the importer, kept raw: {', '.join(entity.unknown)}.", style=BAD)


def _add_column(table: Table, column: ColumnFound, rows: int) -> None:
    name, fills = column.name, ", ".join(column.fills) or column.use
    for form in column.forms:
        mark, style = (REFUSED, BAD) if form.problem else ("", None)
        share = _share(form.count, rows)
        table.add_row(name, fills, f"{mark}{form.form}", f"{form.count:,}", share, form.example, style=style)
        name = fills = ""
    if not column.forms:
        table.add_row(name, fills, "no records", "0", "", "")


def _share(count: int, rows: int) -> str:
    share = 100 * count / rows
    return f"{share:.1f} %" if share >= 0.05 else "< 0.1 %"


def _print_prediction(inspection: Inspection, console: Console) -> None:
    table = _table("What an import would do", "entity", "records#", "loaded#", "merged#", "kept#", "rejected#")
    for entity in inspection.entities:
        counts = (entity.prediction.loaded, entity.prediction.merged, 0, entity.prediction.rejected)
        table.add_row(entity.entity, f"{entity.rows:,}", *(f"{count:,}" for count in counts))
    kept = sum(one.rows for one in inspection.tables if one.entity is None)
    table.add_row("all other tables", f"{kept:,}", "0", "0", f"{kept:,}", "0")
    console.print(table)
    if any(entity.objections for entity in inspection.entities):
        console.print(_objections(inspection))
    if any(entity.sharings for entity in inspection.entities):
        console.print(_sharings(inspection))
    duration = _duration(inspection.estimated_seconds)
    rate = inspection.rate
    console.print(f"\nThe import would take about {duration}, at {rate.records_per_second:,} records/s: {rate.basis}.")
    console.print(f"The counts are for {ASSUMED}", style=FAINT)
    for sentence in NOT_PREDICTED.values():
        console.print(f"Not predicted: {sentence}", style=FAINT)


def _objections(inspection: Inspection) -> Table:
    columns = ("entity", "column", "reason", "records#", "example")
    table = _table("Reasons to reject (a record may have several)", *columns)
    for entity in inspection.entities:
        for one in entity.objections:
            table.add_row(entity.entity, one.column, one.reason, f"{one.records:,}", one.example)
    return table


def _sharings(inspection: Inspection) -> Table:
    columns = ("entity", "value", "what", "values#", "records#", "example")
    table = _table("Values that several records share", *columns)
    for entity in inspection.entities:
        for one in entity.sharings:
            table.add_row(entity.entity, one.name, one.what, f"{one.values:,}", f"{one.records:,}", one.example)
    return table


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5_400 else f"{seconds / 3600:.1f} h"
