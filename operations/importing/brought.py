"""Aliases that the records of a batch brought, and that go with them unless another record gives them as well."""

from __future__ import annotations

from django.apps import apps
from django.db import models

from operations.importing import sql
from operations.importing.compiler import EntityCompiler, Layers
from operations.importing.declaration import Proof
from operations.importing.going import GOES, INTACT, LandedEntity, is_going, of_batch, record_is_going
from operations.importing.session import Session
from operations.importing.target import LANDED, AliasColumns


class Brought:
    """Those of one entity; `same_model` are all entities, of all sources, that fill its model."""

    def __init__(self, entity: LandedEntity, same_model: list[LandedEntity], session: Session) -> None:
        self.entity = entity
        self.same_model = same_model
        self.session = session

    def holds(self, model: type[models.Model]) -> bool:
        aliases = self.entity.compiler.entity.aliases if self.entity.compiler else None
        return aliases is not None and apps.get_model(aliases.model) is model

    def pk(self, compiler: EntityCompiler) -> tuple[str, str]:
        assert compiler.entity.aliases
        pk = apps.get_model(compiler.entity.aliases.model)._meta.pk
        assert pk is not None
        return sql.name(str(pk.column)), str(pk.db_type(compiler.connection))

    def collect(self, compiler: EntityCompiler) -> None:
        """A record's own key, and the proofs that it brought and that no other landed record gives."""
        if not compiler.entity.aliases:
            return
        alias, (pk, _) = AliasColumns.of(compiler.entity), self.pk(compiler)
        into = (
            "INSERT INTO pg_temp.brought (pk, key, provider, subject) "
            f"SELECT a.{pk}::text, e.key, a.{alias.provider}, a.{alias.subject}"
        )
        alike = [one.id for one in self.same_model if one.source == self.entity.source and one.id != self.entity.id]
        self.session.execute(
            f"{into} FROM (SELECT u.key, u.row FROM pg_temp.undoing u "
            f"WHERE {GOES} AND u.outcome IN ('loaded', 'merged') AND NOT EXISTS (SELECT FROM {LANDED} h "
            "WHERE h.entity_id = ANY(%(alike)s) AND h.key = u.key AND u.row = coalesce(h.target, "
            "CASE WHEN h.outcome IN ('loaded', 'merged') THEN h.key END) "
            f"AND NOT {record_is_going('h')})) e "
            f"JOIN {alias.name} a ON a.{alias.provider} = {sql.literal(self.entity.source)} "
            f"AND a.{alias.subject} = e.key AND a.{alias.owner} = e.row ON CONFLICT DO NOTHING",
            {"alike": alike},
        )
        read = compiler.read(of_batch("loaded", "merged"), extra="u.row AS row_key", outer="row_key")
        for proof in compiler.entity.proofs:
            self.session.execute(
                f"{into} FROM ({read}) e JOIN {alias.name} a ON a.{alias.provider} = {sql.literal(proof.provider)} "
                f"AND a.{alias.subject} = e.{sql.name('p_' + proof.provider)} AND a.{alias.owner} = e.row_key "
                "ON CONFLICT DO NOTHING",
                {"entity": self.entity.id},
            )
        for other in self.same_model:
            for proof in other.compiler.entity.proofs if other.compiler else ():
                self._leave_given(other, proof)

    def _leave_given(self, other: LandedEntity, proof: Proof) -> None:
        """A proof that a record which stays gives as well is not taken away."""
        assert other.compiler
        sharing = (
            "SELECT h.entity_id, h.key FROM pg_temp.undoing u JOIN pg_temp.holders h ON h.row = u.row "
            "WHERE u.outcome = 'merged' OR u.heir IS NOT NULL UNION SELECT %(other)s, u.row FROM pg_temp.undoing u "
            "WHERE u.outcome = 'merged'"
        )
        going = is_going(sql.literal(other.place), "s.key")
        if other.id == self.entity.id:
            going += f" OR EXISTS (SELECT 1 FROM pg_temp.undoing u WHERE u.key = s.key AND {GOES})"
        layers = Layers(
            f"({sharing}) c JOIN {LANDED} s ON s.entity_id = c.entity_id AND s.key = c.key",
            f"s.entity_id = %(other)s AND s.outcome IN ('loaded', 'merged') AND {INTACT} AND NOT ({going})",
        )
        read = other.compiler.read(layers, extra="s.entity_id", outer="entity_id")
        self.session.execute(
            f"DELETE FROM pg_temp.brought b USING ({read}) e WHERE b.provider = {sql.literal(proof.provider)} "
            f"AND b.subject = e.{sql.name('p_' + proof.provider)}",
            {"other": other.id},
        )
