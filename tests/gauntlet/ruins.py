"""Rows, identities, landed records and rejections that are lost, bent or mixed up."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from typing import Any

from operations.importing.declaration import Lookup
from operations.importing.target import LANDED
from tests.gauntlet.bends import bit
from tests.gauntlet.spoiled import Spoiled, Step
from tests.gauntlet.target import Filled, Named, Target, fetch

Ruin = Callable[[Target, random.Random], Iterator[Spoiled]]
LANDED_RECORD, ROW = "(landed record)", "(row)"
RECORD = "WHERE entity_id = %s AND key = %s"


def _some_row(target: Target, seeded: random.Random) -> tuple[Filled, list[Any]]:
    filled = seeded.choice([one for one in target.filled if len(one.rows()) > 1])
    return filled, seeded.sample(filled.rows(), 2)


def _gone(filled: Filled, key: str, row: str) -> tuple[frozenset[Named], frozenset[Named]]:
    """What is named when a row is not where it should be: those who were merged into it know nobody either."""
    own = {filled.named(key, ROW)}
    return frozenset(own | {filled.named(one, "(merged row)") for one in filled.merged_into(row)}), frozenset(own)


def row_lost(target: Target, seeded: random.Random) -> Iterator[Spoiled]:
    filled, ((key, row, _), _) = _some_row(target, seeded)
    step = Step(f"DELETE FROM {filled.compiler.table} t WHERE t.{filled.compiler.pk}::text = %s", (row,))
    yield Spoiled("a row lost", (step,), *_gone(filled, key, row))


def other_key(target: Target, seeded: random.Random) -> Iterator[Spoiled]:
    filled, ((key, row, _), _) = _some_row(target, seeded)
    yield rekeyed(filled, key, row)


def rekeyed(filled: Filled, key: str, row: str) -> Spoiled:
    """To the proof in SQL, which knows the history, the row is one that nothing explains as well."""
    new = _free(row)
    in_sql, from_source = _gone(filled, key, row)
    in_sql |= {filled.named(new, ROW)}
    return Spoiled("a row under another key", (_rekeyed(filled, row, new),), in_sql, from_source)


def keys_swapped(target: Target, seeded: random.Random) -> Iterator[Spoiled]:
    """Both rows differ wherever their values do."""
    filled, ((key, row, _), (other_key, other_row, _)) = _some_row(target, seeded)
    compiler = filled.compiler
    # What is contested depends on what the rest of the table holds.
    left_out = {compiler.pk_field.name, *(name for one in compiler.contests for name in (one.of, one.field))}
    rules = [rule for rule in compiler.written if rule.field not in left_out]
    differ = ", ".join(f"a.{compiler.column(rule)} IS DISTINCT FROM b.{compiler.column(rule)}" for rule in rules)
    [found] = fetch(
        f"SELECT {differ} FROM {compiler.table} a, {compiler.table} b "
        f"WHERE a.{compiler.pk}::text = %s AND b.{compiler.pk}::text = %s",
        row,
        other_row,
    )
    fields = [rule.field for rule, differs in zip(rules, found, strict=True) if differs]
    named = frozenset(filled.named(one, field) for one in (key, other_key) for field in fields)
    spare = _free(row)
    steps = (_rekeyed(filled, row, spare), _rekeyed(filled, other_row, row), _rekeyed(filled, spare, other_row))
    yield Spoiled("keys swapped", steps, named, named, alone=not compiler.contests)


def _rekeyed(filled: Filled, row: str, new: str) -> Step:
    compiler = filled.compiler
    return Step(f"UPDATE {compiler.table} t SET {compiler.pk} = %s WHERE t.{compiler.pk}::text = %s", (new, row))


def _free(row: str) -> str:
    """A key that no row has, of the same type."""
    return f"{'f' * 8}-{'f' * 4}{row[13:]}" if len(row) == 36 and row.count("-") == 4 else f"{row}~"


# Identities


def _identity(target: Target, seeded: random.Random) -> tuple[Filled, str, list[Any]]:
    """A person of whom one record tells, that record's key, and one of the names: provider, subject."""
    filled = seeded.choice([one for one in target.filled if one.aliases and one.rows()])
    rows = [one for one in filled.rows() if not filled.merged_into(one[1])]
    key, row, _ = seeded.choice(rows)
    table = filled.aliases
    assert table
    names = fetch(
        f"SELECT {table.provider}, {table.subject} FROM {table.name} WHERE {table.owner} = %s ORDER BY 1, 2", row
    )
    return filled, key, [row, *seeded.choice(names)]


def _of_identity(filled: Filled, provider: str, subject: str) -> tuple[str, tuple[str, str]]:
    table = filled.aliases
    assert table
    return f"WHERE {table.provider} = %s AND {table.subject} = %s", (provider, subject)


def identity_lost(target: Target, seeded: random.Random) -> Iterator[Spoiled]:
    filled, key, (_, provider, subject) = _identity(target, seeded)
    where, parameters = _of_identity(filled, provider, subject)
    assert filled.aliases
    step = Step(f"DELETE FROM {filled.aliases.name} {where}", parameters)
    yield Spoiled("an identity lost", (step,), frozenset({filled.named(key, f"identity {provider}")}))


def identity_repointed(target: Target, seeded: random.Random) -> Iterator[Spoiled]:
    filled, key, (row, provider, subject) = _identity(target, seeded)
    other = seeded.choice([one[1] for one in filled.rows() if one[1] != row])
    where, parameters = _of_identity(filled, provider, subject)
    assert filled.aliases
    step = Step(f"UPDATE {filled.aliases.name} SET {filled.aliases.owner} = %s {where}", (other, *parameters))
    yield Spoiled("an identity of another person", (step,), frozenset({filled.named(key, f"identity {provider}")}))


def identity_bent(target: Target, seeded: random.Random) -> Iterator[Spoiled]:
    filled, key, (_, provider, subject) = _identity(target, seeded)
    bent = f"{subject} "
    named = {filled.named(key, f"identity {provider}")}
    if provider == target.source:  # a legacy key that leads to somebody, though no record has it
        named.add(filled.named(bent, f"identity {provider}"))
    where, parameters = _of_identity(filled, provider, subject)
    assert filled.aliases
    step = Step(f"UPDATE {filled.aliases.name} SET {filled.aliases.subject} = %s {where}", (bent, *parameters))
    yield Spoiled("a blank in an identity", (step,), frozenset(named))


# Landed records


def _landed(target: Target, seeded: random.Random, *outcomes: str) -> tuple[str, str, int, str, str]:
    """The table by which a landed record is named, its key, entity, raw text and outcome."""
    entity_id, key, raw, outcome = seeded.choice(
        fetch(
            f"SELECT entity_id, key, raw, outcome FROM {LANDED} WHERE entity_id = ANY(%s) AND outcome = ANY(%s) "
            "ORDER BY 1, 2",
            list(target.entity_ids.values()),
            list(outcomes),
        )
    )
    names = {filled.entity_id: filled.table for filled in target.filled}
    names |= {target.entity_ids[plan.name]: plan.name for plan in target.plan.plans if not plan.entity}
    return names[entity_id], key, entity_id, raw, outcome


ANY_OUTCOME = ("loaded", "merged", "kept", "rejected")


def landed_bent(target: Target, seeded: random.Random) -> Iterator[Spoiled]:
    """One bit, or all behind a place: then it is not even JSON. Records that look things up in it suffer too."""
    table, key, entity_id, raw, _ = _landed(target, seeded, *ANY_OUTCOME)
    bent = seeded.choice((bit(seeded, raw), raw[: len(raw) // 2]))
    if bent:
        step = Step(f"UPDATE {LANDED} SET raw = %s {RECORD}", (bent, entity_id, key))
        yield Spoiled("a landed record bent", (step,), frozenset({(table, key, LANDED_RECORD)}), alone=False)


def looked_up_cut(target: Target, seeded: random.Random) -> Iterator[Spoiled]:
    """What is left of a landed record in which others look things up is no JSON."""
    found = [
        (filled, rule)
        for filled in target.filled
        for lookup in filled.compiler.rules
        for rule in filled.compiler.references
        if isinstance(lookup, Lookup) and lookup.via == rule.field
    ]
    for filled, rule in found:
        referred = next(one for one in target.filled if one.name in rule.entities)
        keys = {key for key, row, _ in referred.rows()}
        owners = sorted({row for *_, row in filled.rows(f"t.{filled.compiler.column(rule)}")} & keys)
        key = seeded.choice(owners)
        step = Step(f"UPDATE {LANDED} SET raw = left(raw, -1) {RECORD}", (referred.entity_id, key))
        yield Spoiled("a landed record cut", (step,), frozenset({referred.named(key, LANDED_RECORD)}), alone=False)


def landed_bent_with_hash(target: Target, seeded: random.Random) -> Iterator[Spoiled]:
    table, key, entity_id, raw, _ = _landed(target, seeded, "kept", "rejected")
    bent = f"{raw} "
    sha256 = hashlib.sha256(bent.encode()).digest()
    step = Step(f"UPDATE {LANDED} SET raw = %s, sha256 = %s {RECORD}", (bent, sha256, entity_id, key))
    yield Spoiled("a landed record and its hash bent", (step,), frozenset(), frozenset({(table, key, LANDED_RECORD)}))


def landed_lost(target: Target, seeded: random.Random) -> Iterator[Spoiled]:
    """Those who refer to it lead nowhere then; a person's legacy key belongs to no record."""
    table, key, entity_id, _, outcome = _landed(target, seeded, *ANY_OUTCOME)
    step = Step(f"DELETE FROM {LANDED} {RECORD}", (entity_id, key))
    named = frozenset({(table, key, LANDED_RECORD)})
    yield Spoiled("a landed record lost", (step,), frozenset(), named, alone=outcome in ("kept", "rejected"))


def merged_into_nobody(target: Target, seeded: random.Random) -> Iterator[Spoiled]:
    found = [
        (filled, key) for filled in target.filled for _, row, _ in filled.rows() for key in filled.merged_into(row)
    ]
    if found:
        filled, key = seeded.choice(found)
        step = Step(f"UPDATE {LANDED} SET target = '~' {RECORD}", (filled.entity_id, key))
        yield Spoiled("merged into nobody", (step,), frozenset({filled.named(key, "(merged row)")}), alone=False)


def landed_target_lost(target: Target, seeded: random.Random) -> Iterator[Spoiled]:
    """A landed record that leads to no row."""
    filled, ((key, _, _), _) = _some_row(target, seeded)
    step = Step(f"UPDATE {LANDED} SET target = '~' {RECORD}", (filled.entity_id, key))
    named = frozenset({filled.named(key, "(row)")})
    yield Spoiled("a landed record of no row", (step,), named, named, alone=False)


def outcome_changed(target: Target, seeded: random.Random) -> Iterator[Spoiled]:
    """The end of a record alone, as it stands in its landed record."""
    table, key, entity_id, _, outcome = _landed(target, seeded, *ANY_OUTCOME)
    other = seeded.choice([one for one in ANY_OUTCOME if one != outcome])
    filled = next((one for one in target.filled if one.entity_id == entity_id), None)
    place = (table, key, _outcome_place(filled, outcome, other))
    if filled and filled.aliases and (outcome, other) == ("loaded", "merged"):
        row = next(row for one, row, _ in filled.rows() if one == key)
        place = (table, row, ROW)  # nobody's any more
    step = Step(f"UPDATE {LANDED} SET outcome = %s {RECORD}", (other, entity_id, key))
    yield Spoiled(f"{outcome} became {other}", (step,), frozenset({place}), alone=False)


def _outcome_place(filled: Filled | None, outcome: str, other: str) -> str:
    without_reason = filled is not None and other == "rejected"
    for_a_reason = outcome == "rejected" and other != "kept"
    return "(rejection)" if without_reason or for_a_reason else "(outcome)"


def rejection_lost(target: Target, seeded: random.Random) -> Iterator[Spoiled]:
    table, key, entity_id, _, _ = _landed(target, seeded, "rejected")
    step = Step(f"DELETE FROM operations_rejection {RECORD}", (entity_id, key))
    yield Spoiled("a rejection lost", (step,), frozenset({(table, key, "(rejection)")}))


RUINS: tuple[Ruin, ...] = (
    row_lost,
    other_key,
    keys_swapped,
    identity_lost,
    identity_repointed,
    identity_bent,
    landed_bent,
    looked_up_cut,
    landed_bent_with_hash,
    landed_lost,
    merged_into_nobody,
    landed_target_lost,
    rejection_lost,
    outcome_changed,
)
