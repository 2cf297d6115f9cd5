"""The report of an inspection, in the shape that its page shows; what it is made of is what `--json` prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from operations.charts import Part, StackedBar, stacked_bar

Found = Mapping[str, Any]


def share(count: int, whole: int) -> str:
    percent = 100 * count / whole if whole else 0.0
    return f"{percent:.1f} %" if percent >= 0.05 or not count else "< 0.1 %"


@dataclass(frozen=True)
class FormShown:
    form: str
    count: str
    share: str
    example: str
    is_bad: bool


@dataclass(frozen=True)
class ColumnShown:
    found: Found
    rows: int

    @property
    def goes_to(self) -> str:
        return ", ".join(self.found["fills"]) or self.found["use"]

    @property
    def is_unknown(self) -> bool:
        return bool(self.found["use"] == "unknown")

    @property
    def forms(self) -> list[FormShown]:
        return [
            FormShown(
                form["form"],
                f"{form['count']:,}",
                share(form["count"], self.rows),
                form["example"],
                bool(form["problem"]),
            )
            for form in self.found["forms"]
        ]

    @property
    def bar(self) -> StackedBar:
        """How much of the column says something, and how much of that can be loaded."""
        counts = {"loaded": 0, "kept": 0, "rejected": 0, "unchanged": 0}
        for form in self.found["forms"]:
            kind = {"NULL": "unchanged", "empty": "kept"}.get(form["form"], "loaded")
            counts["rejected" if form["problem"] else kind] += form["count"]
        names = {"loaded": "with a value", "kept": "empty", "unchanged": "NULL", "rejected": "cannot be loaded"}
        parts = [Part(kind, names[kind], count) for kind, count in counts.items()]
        return stacked_bar(f"{self.found['name']}: {self.rows:,} records", parts, self.rows)


@dataclass(frozen=True)
class EntityShown:
    found: Found
    largest: int

    @property
    def rows_text(self) -> str:
        return f"{self.found['rows']:,}"

    @property
    def columns(self) -> list[ColumnShown]:
        return [ColumnShown(column, self.found["rows"]) for column in self.found["columns"]]

    @property
    def predicted(self) -> list[tuple[str, str]]:
        return [(outcome, f"{self.found['prediction'][outcome]:,}") for outcome in ("loaded", "merged", "rejected")]

    @property
    def bar(self) -> StackedBar:
        parts = [Part(one, one, self.found["prediction"][one]) for one in ("loaded", "merged", "rejected")]
        return stacked_bar(f"{self.found['entity']}: {self.rows_text} records", parts, self.largest)

    @property
    def differences(self) -> list[str]:
        """Where the source is not what the importer expects."""
        said = [
            f"Column {name} is unknown to the importer: it stays in the raw record." for name in self.found["unknown"]
        ]
        for lacking in self.found["lacking"]:
            becomes = "unknown" if lacking["default"] is None else str(lacking["default"]).lower()
            said.append(f"No column for {lacking['field']} ({' or '.join(lacking['names'])}): it becomes {becomes}.")
        return said

    @property
    def objections(self) -> list[tuple[str, str, str, str, str]]:
        return [
            (
                one["column"],
                one["reason"],
                f"{one['records']:,}",
                share(one["records"], self.found["rows"]),
                one["sentence"],
            )
            for one in self.found["objections"]
        ]

    @property
    def sharings(self) -> list[tuple[str, str, str, str, str]]:
        return [
            (one["name"], one["what"], f"{one['values']:,}", f"{one['records']:,}", one["example"])
            for one in self.found["sharings"]
        ]


@dataclass(frozen=True)
class InspectionReport:
    found: Found

    @property
    def entities(self) -> list[EntityShown]:
        largest = max((entity["rows"] for entity in self.found["entities"]), default=0)
        return [EntityShown(entity, largest) for entity in self.found["entities"]]

    @property
    def tables(self) -> list[tuple[str, str, str, bool]]:
        return [
            (
                table["name"],
                f"{table['rows']:,}",
                f"{table['entity']} → {table['model']}" if table["entity"] else "kept raw",
                table["known"],
            )
            for table in self.found["tables"]
        ]

    @property
    def figures(self) -> list[tuple[str, str]]:
        estimate = self.found["estimate"]
        rejected = sum(entity["prediction"]["rejected"] for entity in self.found["entities"])
        return [
            ("Generation", self.found["generation"]),
            ("Size", f"{self.found['size'] / 1_000_000:,.1f} MB"),
            ("Records", f"{self.found['rows']:,}"),
            ("Would be rejected", f"{rejected:,}"),
            ("An import takes about", str(timedelta(seconds=round(estimate["seconds"]) or 1))),
        ]

    @property
    def basis(self) -> str:
        estimate = self.found["estimate"]
        return f"{estimate['records_per_second']:,} records/s: {estimate['basis']}"

    @property
    def absent(self) -> str:
        return ", ".join(self.found["absent"])

    @property
    def not_predicted(self) -> list[str]:
        return list(self.found["not_predicted"].values())
