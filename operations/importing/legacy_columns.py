"""The columns of a legacy record as SQL: those of its table, and the members of the JSON objects in them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from operations.importing import sql
from operations.importing.declaration import Entity, Rest
from operations.importing.tables import Plan

# A record that somebody mended counts as mended. What JSON could not hold as it was is not in it any more.
RAW = "coalesce({0}.mended, {0}.raw)"
UNSTORABLE = "CASE WHEN s.mended IS NULL THEN string_to_array(s.unstorable, E'\\n') END"


class LegacyColumns:
    """Reads a landed record, `s`, as `r` and, for each column that members are read from, as `m_<column>`."""

    def __init__(self, plan: Plan) -> None:
        assert plan.entity is not None
        self.plan = plan
        self.entity: Entity = plan.entity

    @cached_property
    def consumed(self) -> tuple[str, ...]:
        """Columns and members that a rule, a proof, an agreement or the key reads."""
        names = [*self.entity.key, *(name for rule in self.entity.rules for name in rule.names)]
        names += [name for proof in self.entity.proofs for name in proof.names]
        names += [name for pair in self.entity.agreeing for name in pair]
        return tuple(dict.fromkeys(self.plan.actual(tuple(names))))

    @cached_property
    def bases(self) -> tuple[str, ...]:
        """Columns whose members are read."""
        wanted = [name for name in self.consumed if self.plan.is_member(name)]
        wanted += [rule.of + "." for rule in self.entity.rules if isinstance(rule, Rest) and rule.of]
        return tuple(dict.fromkeys(name.partition(".")[0] for name in self.plan.actual(tuple(wanted))))

    @cached_property
    def physical(self) -> tuple[str, ...]:
        """Columns of the table itself that are read."""
        own = (name for name in self.consumed if not self.plan.is_member(name))
        return tuple(dict.fromkeys((*own, *self.bases)))

    def _members(self, base: str) -> list[str]:
        paths = (name.partition(".") for name in self.consumed if self.plan.is_member(name))
        return [member for of, _, member in paths if of == base]

    def one(self, name: str) -> str:
        """A column or member, spelled as the source spells it, as SQL."""
        if not self.plan.is_member(name):
            return f"r.{sql.name(name)}"
        base, _, member = name.partition(".")
        return f"{sql.name('m_' + base)}.{sql.name(member)}"

    def read(self, names: tuple[str, ...], *, trim: bool, keep_empty: bool = False, unknown: Iterable[str] = ()) -> str:
        """The first of the columns that holds something; with `keep_empty`, an empty text if that is all there is."""
        actual = [self.one(name) for name in self.plan.actual(names)]
        if not actual:
            return "NULL::text"
        for value in unknown:
            actual = [f"nullif({one}, {sql.literal(value)})" for one in actual]
        if keep_empty and len(actual) == 1:
            return actual[0]
        filled = [f"nullif({f'btrim({one})' if trim else one}, '')" for one in actual]
        return f"coalesce({', '.join([*filled, *(actual if keep_empty else [])])})"

    def shown(self, names: tuple[str, ...]) -> str:
        """Which column a problem is about: the one that the value came from, or the last that there could be."""
        actual = self.plan.actual(names)
        if not actual:
            return sql.literal(names[0] if names else "")
        last = self.plan.own(names)[-1]
        others = [one for one in actual if one != last]
        cases = " ".join(f"WHEN nullif({self.one(one)}, '') IS NOT NULL THEN {sql.literal(one)}" for one in others)
        return f"CASE {cases} ELSE {sql.literal(last)} END" if cases else sql.literal(last)

    def joins(self) -> str:
        """What follows a FROM clause that gives landed records as `s`."""
        columns = ", ".join(f"{sql.name(column)} text" for column in self.physical)
        record = f"CROSS JOIN LATERAL json_to_record({RAW.format('s')}::json) AS r({columns})"
        return " ".join([record, *(self._join(base) for base in self.bases)])

    def _join(self, base: str) -> str:
        """An object's members, or none of them and the problem for which it is not read."""
        value, members = f"r.{sql.name(base)}", [f"{sql.name(one)} text" for one in self._members(base)]
        listed = ", ".join(members) or "nothing text"
        checked, object_ = sql.name(f"b_{base}"), sql.name(f"m_{base}")
        taken = f"CASE WHEN {checked}.problem IS NULL THEN coalesce({value}, '{{}}')::json ELSE '{{}}'::json END"
        return (
            f"CROSS JOIN LATERAL (SELECT CASE WHEN {value} IS NULL THEN NULL "
            f"WHEN {sql.literal(base)} = ANY({UNSTORABLE}) THEN 'unstorable_text' "
            f"WHEN NOT pg_input_is_valid({value}, 'jsonb') THEN "
            f"CASE WHEN pg_input_is_valid({value}, 'json') THEN 'unstorable_json' ELSE 'invalid_json' END "
            f"WHEN json_typeof({value}::json) <> 'object' THEN 'not_an_object' END AS problem) AS {checked} "
            f"CROSS JOIN LATERAL json_to_record({taken}) AS {object_}({listed})"
        )

    def rest(self, rule: Rest) -> str:
        """A JSON object of what nothing else reads."""
        if not rule.of:
            return f"{RAW.format('s')}::jsonb - {_texts(self.physical)}"
        base = self.plan.actual((rule.of,))[0]
        checked = sql.name(f"b_{base}")
        value = f"coalesce(r.{sql.name(base)}, '{{}}')::jsonb - {_texts(self._members(base))}"
        return f"CASE WHEN {checked}.problem IS NULL THEN {value} END"


def _texts(values: Iterable[str]) -> str:
    return f"ARRAY[{', '.join(sql.literal(value) for value in values)}]::text[]"
