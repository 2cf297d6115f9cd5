"""What the database's own `check_data_integrity()` finds, grouped."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from django.db import connection

ERROR = "error"

# The first `limit` findings of every check, and how many there are of it in all; what must not be comes first.
_QUERY = """
    WITH numbered AS (
        SELECT *, count(*) OVER one AS total, row_number() OVER one AS number
        FROM check_data_integrity() WITH ORDINALITY AS found ("check", severity, table_name, key, detail, place)
        WINDOW one AS (PARTITION BY severity, "check" ORDER BY place
                       ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    )
    SELECT severity, "check", total, table_name, key, detail FROM numbered
    WHERE number <= %s
    ORDER BY array_position('{error,warning,info}', severity), "check", number
"""


@dataclass(frozen=True)
class Finding:
    table: str
    key: str
    detail: str


@dataclass(frozen=True)
class CheckResult:
    """All that one check found: `count` findings, the first of which are named."""

    check: str
    severity: str
    count: int
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def check_data_integrity(limit: int) -> list[CheckResult]:
    """The checks that found something, errors first, each with up to `limit` findings."""
    with connection.cursor() as cursor:
        cursor.execute(_QUERY, [max(limit, 1)])
        rows = cursor.fetchall()
    results = []
    for (severity, check, count), found in groupby(rows, key=lambda row: row[:3]):
        findings = tuple(Finding(table, key, detail) for *_, table, key, detail in found)
        results.append(CheckResult(check, severity, count, findings[:limit]))
    return results


def is_sound(results: list[CheckResult]) -> bool:
    return not any(result.severity == ERROR for result in results)
