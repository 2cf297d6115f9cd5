"""The event store of the Launchpad kind: events of an AI pipeline in one PostgreSQL table.

An event gets a key that holds its time, and keeps its old one in `legacy_id`. The JSON of its columns becomes jsonb;
where jsonb holds less than the text says, the text stays beside it.
"""

from __future__ import annotations

from events.keys import EPOCH
from events.legacy import exact
from events.legacy.months import make_room
from events.legacy.sample import write_sample
from operations.importing.declaration import Computed, Entity, Generation, LegacySource, Processing, Time

# Of JSON that jsonb holds, or nearly. Deeper than this nothing but PostgreSQL could read it back; few texts have
# brackets enough to be parsed for it, and none that is shorter than twice as many.
TOO_DEEP = (
    "octet_length({value}) > 1000 "
    "AND octet_length({value}) - octet_length(replace(replace({value}, '{{', ''), '[', '')) > 500 "
    "AND jsonb_path_exists(jsonb_near({value}), "
    """'strict $.**{{500}} ? (@.type() == "array" || @.type() == "object")')"""
)
UNSTORABLE = (
    "CASE WHEN {value} IS NULL OR pg_input_is_valid({value}, 'jsonb') OR jsonb_near({value}) IS NOT NULL "
    f"THEN CASE WHEN {TOO_DEEP} THEN 'too_deep' END "
    "WHEN pg_input_is_valid({value}, 'json') THEN 'unstorable_number' ELSE 'invalid_json' END"
)
SPACE = r"E' \t\n\r\f\v'"
# Without an escape by number there is nothing in valid JSON that jsonb cannot hold, but a member that stands twice.
# Each of the functions reads the text twice, and most texts need none of it.
ESCAPED = r"{value} LIKE E'%\\\\u%'"
NEAR = f"CASE WHEN {ESCAPED} THEN jsonb_near({{value}}) ELSE {{value}}::jsonb END"
KEPT = f"CASE WHEN {ESCAPED} THEN jsonb_keeps({{value}}) ELSE {{value}} IS JSON WITH UNIQUE KEYS END"


def _json(field: str) -> Computed:
    return Computed(
        field=field,
        names=(field,),
        sql=NEAR,
        problem=UNSTORABLE,
        expect=exact.near,
        check=exact.check_json,
        json=True,
    )


def _exact(field: str) -> Computed:
    return Computed(
        field=f"raw_{field}",
        names=(field,),
        sql=f"CASE WHEN NOT {KEPT} THEN {{value}} END",
        expect=exact.exact,
    )


def _time(field: str) -> Time:
    return Time(field=field, names=(field,), zoned=True)


EVENTS = Entity(
    name="events",
    tables=("events",),
    model="events.Event",
    legacy_key="legacy_id",
    # What a worker makes of an imported event, see `events.actions`.
    processing=Processing(attempts="attempts", fields=("status", "task_context", "updated_at")),
    rules=(
        Computed(
            field="legacy_id",
            names=("id",),
            sql="{value}::uuid",
            problem="CASE WHEN NOT pg_input_is_valid({value}, 'uuid') THEN 'not_a_uuid' END",
            expect=exact.legacy_id,
        ),
        # No UUIDv7 tells an earlier time.
        Time(field="created_at", names=("created_at",), zoned=True, since=EPOCH),
        _time("updated_at"),
        Computed(
            field="id",
            names=("created_at", "id"),
            # `updated_at` would be nearer than 1970, and would give the event another key with each change.
            sql=(
                "coalesce(uuid7_of(coalesce({created_at}, uuid_extract_timestamp({legacy_id})), {legacy_id}::text), "
                "uuid7_of(timestamptz 'epoch', {legacy_id}::text))"
            ),
            expect=exact.key,
        ),
        _json("data"),
        _json("task_context"),
        _exact("data"),
        _exact("task_context"),
        Computed(
            field="workflow",
            names=("workflow_type",),
            sql=(
                "coalesce({value}, CASE lower(btrim(split_part({data} ->> 'to_email', '@', 1), "
                f'{SPACE}) COLLATE "C") '
                "WHEN 'support' THEN 'support' WHEN 'helpdesk' THEN 'helpdesk' ELSE 'other' END)"
            ),
            problem="CASE WHEN length({value}) > 150 THEN 'too_long' END",
            expect=exact.workflow,
            check=exact.check_workflow,
        ),
        Computed(
            field="status",
            names=("task_context",),
            sql=(
                # Of valid JSON: an object with something in it. Nearly all begin as the first form.
                "CASE WHEN {value} LIKE '{{\"%' THEN 'done' WHEN ltrim({value}, E' \\t\\n\\r') LIKE '{{%' "
                "AND ltrim({value}, E' \\t\\n\\r{{') NOT LIKE '}}%' THEN 'done' ELSE 'unprocessed' END"
            ),
            expect=exact.status,
        ),
    ),
)

_COLUMNS = ("id", "data", "task_context", "created_at", "updated_at")

EVENT_STORE = LegacySource(
    name="events",
    title="the event store",
    generations=(
        Generation(
            name="jsonb",
            columns={"events": (*_COLUMNS, "workflow_type")},
            types={"events.data": "jsonb", "events.task_context": "jsonb"},
        ),
        Generation(name="workflows", columns={"events": (*_COLUMNS, "workflow_type")}),
        Generation(name="first", columns={"events": _COLUMNS}),
    ),
    entities=(EVENTS,),
    kept=("alembic_version",),
    before_load=make_room,
    write_sample=write_sample,
    sample={"generation": "workflows", "events": 5_000},
    store="postgresql",
)
