"""What PostgreSQL would do for a query: the nodes of its plan, and by which index it reads which table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.db import connection


def explained(sql: str) -> dict[str, Any]:
    """The topmost node of the plan."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
        [[found]] = cursor.fetchall()
    plans = json.loads(found) if isinstance(found, str) else found
    return dict(plans[0]["Plan"])


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def plan_of(sql: str) -> list[dict[str, Any]]:
    return list(nodes(explained(sql)))


def scans(sql: str) -> dict[str, str]:
    """Which table is read by which index of its own; "" for one that is read without."""
    return {node["Relation Name"]: node.get("Index Name", "") for node in plan_of(sql) if "Relation Name" in node}


def index_of(partition: str, parent: str) -> str:
    """The part of a partitioned index that is this partition's."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_inherits h ON h.inhrelid = i.indexrelid "
            "WHERE i.indrelid = %s::regclass AND h.inhparent = %s::regclass",
            [partition, parent],
        )
        return str(cursor.fetchone()[0])
