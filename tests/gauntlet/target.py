"""A target that was imported, as corruptions find it: its rows by their legacy keys, and what the proofs say of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

from operations.importing.compiler import EntityCompiler
from operations.importing.planning import ImportPlan, legacy_source, plan_import
from operations.importing.proofs import prove
from operations.importing.reader import Reader, open_source
from operations.importing.session import Session
from operations.importing.tables import Plan
from operations.importing.target import LANDED, AliasColumns
from operations.importing.watcher import Unwatched
from operations.models import LegacyEntity

Named = tuple[str, str, str]  # table, key, column, as a difference names them
Row = tuple[Any, ...]


def fetch(statement: str, *parameters: object) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


@dataclass(frozen=True)
class Filled:
    """An entity with the table that it fills."""

    plan: Plan
    compiler: EntityCompiler
    entity_id: int

    @property
    def table(self) -> str:
        return str(self.compiler.model._meta.db_table)

    @property
    def name(self) -> str:
        return self.plan.name

    def named(self, key: str, column: str) -> Named:
        return (self.table, key, column)

    def rows(self, selected: str = "NULL") -> list[Row]:
        """Legacy key and row key of every record that was loaded, and what is selected of the row `t`."""
        return fetch(
            f"SELECT l.key, t.{self.compiler.pk}::text, {selected} FROM {LANDED} l JOIN {self.compiler.table} t "
            f"ON t.{self.compiler.pk}::text = coalesce(l.target, l.key) "
            "WHERE l.entity_id = %s AND l.outcome = 'loaded' ORDER BY l.key",
            self.entity_id,
        )

    def merged_into(self, row: str) -> list[str]:
        found = fetch(
            f"SELECT key FROM {LANDED} WHERE entity_id = %s AND outcome = 'merged' AND target = %s", self.entity_id, row
        )
        return [key for (key,) in found]

    @property
    def aliases(self) -> AliasColumns | None:
        return AliasColumns.of(self.compiler.entity) if self.compiler.entity.aliases else None


class Target:
    """The target of one source, which stays open for as many proofs as are asked for."""

    def __init__(self, plan: ImportPlan, reader: Reader) -> None:
        self.plan = plan
        self.reader = reader
        self.session = Session("default")
        self.source = plan.source.name
        self.entity_ids = dict(LegacyEntity.objects.filter(source=self.source).values_list("name", "id"))
        self.filled = [
            Filled(
                one,
                EntityCompiler(one, entity_ids=self.entity_ids, alias="default"),
                self.entity_ids[one.name],
            )
            for one in plan.plans
            if one.entity
        ]

    def differences(self) -> tuple[set[Named], set[Named]]:
        """What the proof in SQL names, and what the proof from the source names."""
        proofs = prove(self.plan.source, self.plan.plans, self.reader, self.session, self.entity_ids, Unwatched())
        found = []
        for proof in (proofs.sql, proofs.source):
            assert len(proof.named) == proof.differences
            found.append({(one.table, one.key, one.column) for one in proof.named})
        return found[0], found[1]


@contextmanager
def opened_target(source: str, location: str) -> Iterator[Target]:
    declared = legacy_source(source)
    with open_source(declared, location) as reader:
        yield Target(plan_import(declared, reader.tables()), reader)
