import datetime
import django.db.models.expressions
import django.db.models.fields.json
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.db.models.lookups
import events.keys
import operations.keys
from django.db import migrations, models


# The arithmetic of events/keys.py: 12 hexadecimal digits of milliseconds, the version with the fraction of a
# millisecond, the variant with 62 bits of the seed. Nothing in it depends on a setting, so both are IMMUTABLE indeed.
# The first is PL/pgSQL because a long expression as an argument keeps a function in SQL from being inlined, and an
# import asks it for every event.
KEY_FUNCTIONS = """
CREATE FUNCTION uuid7_of(at timestamptz, seed text) RETURNS uuid
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    microseconds bigint;
    digest text := md5(seed);
BEGIN
    IF at < timestamptz '1970-01-01 00:00:00+00' OR at >= timestamptz '10000-01-01 00:00:00+00' THEN
        RETURN NULL;
    END IF;
    microseconds := extract(epoch FROM at - timestamptz '1970-01-01 00:00:00+00') * 1000000;
    RETURN lpad(to_hex(microseconds / 1000), 12, '0')
        || to_hex(x'7000'::int + microseconds % 1000 * 4096 / 1000)
        || translate(left(digest, 1), '0123456789abcdef', '89ab89ab89ab89ab')
        || substr(digest, 2, 15);
END $$;
COMMENT ON FUNCTION uuid7_of(timestamptz, text) IS
    'The UUIDv7 of the event that the seed names, at its time: always the same. NULL outside of 1970 to 9999.';

CREATE FUNCTION uuid7_floor(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    CASE WHEN at >= timestamptz '1970-01-01 00:00:00+00' AND at < timestamptz '10000-01-01 00:00:00+00' THEN (
        lpad(to_hex((extract(epoch FROM at - timestamptz '1970-01-01 00:00:00+00') * 1000000)::bigint / 1000), 12, '0')
        || to_hex(
            x'7000'::int
            + (extract(epoch FROM at - timestamptz '1970-01-01 00:00:00+00') * 1000000)::bigint % 1000 * 4096 / 1000
        )
        || '8000000000000000'
    )::uuid END;
COMMENT ON FUNCTION uuid7_floor(timestamptz) IS
    'The smallest UUIDv7 of a time: a bound for ranges of keys. NULL outside of 1970 to 9999.';
"""
NO_KEY_FUNCTIONS = """
DROP FUNCTION uuid7_floor(timestamptz);
DROP FUNCTION uuid7_of(timestamptz, text);
"""

EVENTS = """
CREATE TABLE events_event (
    id uuid DEFAULT uuidv7() NOT NULL PRIMARY KEY,
    legacy_id uuid,
    workflow varchar(150) DEFAULT 'other' NOT NULL,
    status varchar(16) DEFAULT 'pending' NOT NULL,
    data jsonb,
    task_context jsonb,
    raw_data text,
    raw_task_context text,
    attempts integer DEFAULT 0 NOT NULL,
    failure text,
    created_at timestamptz DEFAULT clock_timestamp(),
    updated_at timestamptz DEFAULT clock_timestamp(),
    CONSTRAINT events_event_key_is_v7 CHECK (uuid_extract_version(id) = 7),
    CONSTRAINT events_event_key_holds_time CHECK (
        created_at IS NULL OR created_at - uuid_extract_timestamp(id) BETWEEN interval '-14 minutes' AND '14 minutes'
    ),
    CONSTRAINT events_event_status_known CHECK (status IN ('pending', 'running', 'done', 'failed', 'unprocessed')),
    CONSTRAINT events_event_attempts_not_negative CHECK (attempts >= 0),
    CONSTRAINT events_event_done_has_result CHECK (status <> 'done' OR task_context IS NOT NULL),
    CONSTRAINT events_event_failed_has_failure CHECK (status <> 'failed' OR failure IS NOT NULL)
) PARTITION BY RANGE (id);

CREATE INDEX events_event_by_workflow ON events_event (workflow, id DESC);
CREATE INDEX events_event_by_status ON events_event (status, id DESC);
CREATE INDEX events_event_by_ticket ON events_event (left(data ->> 'ticket_id', 64), id DESC);
CREATE INDEX events_event_by_recipient ON events_event (lower(left(data ->> 'to_email', 320)), id DESC);
CREATE INDEX events_event_by_intent
    ON events_event (left(task_context #>> '{nodes,AnalyzeTicket,response_model,intent}', 100), id DESC)
    WHERE task_context IS NOT NULL;
CREATE INDEX events_event_created ON events_event (created_at);
CREATE INDEX events_event_legacy ON events_event (legacy_id) WHERE legacy_id IS NOT NULL;
"""

# A partition for each month from 2024 to three months ahead, and one on either side for what lies outside of them.
# `manage.py partitions` makes the later ones.
MONTHS = """
DO $$
DECLARE
    first timestamptz := '2024-01-01 00:00:00+00';
    beyond timestamptz;
    month timestamptz;
BEGIN
    PERFORM set_config('TimeZone', 'UTC', true);
    beyond := date_trunc('month', now()) + interval '4 months';
    EXECUTE format('CREATE TABLE events_event_before PARTITION OF events_event FOR VALUES FROM (MINVALUE) TO (%L)',
                   uuid7_floor(first));
    FOR month IN SELECT generate_series(first, beyond - interval '1 month', interval '1 month') LOOP
        EXECUTE format('CREATE TABLE events_event_%s PARTITION OF events_event FOR VALUES FROM (%L) TO (%L)',
                       to_char(month, 'YYYY_MM'), uuid7_floor(month), uuid7_floor(month + interval '1 month'));
    END LOOP;
    EXECUTE format('CREATE TABLE events_event_after PARTITION OF events_event FOR VALUES FROM (%L) TO (MAXVALUE)',
                   uuid7_floor(beyond));
END $$;
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(KEY_FUNCTIONS, NO_KEY_FUNCTIONS),
        migrations.SeparateDatabaseAndState(
            # What CreateModel would make, partitioned: Django has no word for that.
            database_operations=[
                migrations.RunSQL(EVENTS, "DROP TABLE events_event"),
                migrations.RunSQL(MONTHS, migrations.RunSQL.noop),
            ],
            state_operations=[
                migrations.CreateModel(
                    name="Event",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                db_default=operations.keys.UUID7(), editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("legacy_id", models.UUIDField(blank=True, editable=False, null=True)),
                        ("workflow", models.CharField(db_default="other", default="other", max_length=150)),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("pending", "Pending"),
                                    ("running", "Running"),
                                    ("done", "Done"),
                                    ("failed", "Failed"),
                                    ("unprocessed", "Unprocessed"),
                                ],
                                db_default="pending",
                                default="pending",
                                max_length=16,
                            ),
                        ),
                        ("data", models.JSONField(blank=True, help_text="What came in.", null=True)),
                        (
                            "task_context",
                            models.JSONField(blank=True, help_text="What processing made of it.", null=True),
                        ),
                        ("raw_data", models.TextField(blank=True, null=True)),
                        ("raw_task_context", models.TextField(blank=True, null=True)),
                        (
                            "attempts",
                            models.IntegerField(db_default=0, default=0, help_text="How often a worker took it."),
                        ),
                        ("failure", models.TextField(blank=True, help_text="Why the last attempt failed.", null=True)),
                        ("created_at", models.DateTimeField(blank=True, db_default=events.keys.Clock(), null=True)),
                        ("updated_at", models.DateTimeField(auto_now=True, db_default=events.keys.Clock(), null=True)),
                    ],
                    options={
                        "get_latest_by": "id",
                        "indexes": [
                            models.Index(
                                models.F("workflow"),
                                models.OrderBy(models.F("id"), descending=True),
                                name="events_event_by_workflow",
                            ),
                            models.Index(
                                models.F("status"),
                                models.OrderBy(models.F("id"), descending=True),
                                name="events_event_by_status",
                            ),
                            models.Index(
                                django.db.models.functions.text.Left(
                                    django.db.models.fields.json.KeyTextTransform("ticket_id", "data"), 64
                                ),
                                models.OrderBy(models.F("id"), descending=True),
                                name="events_event_by_ticket",
                            ),
                            models.Index(
                                django.db.models.functions.text.Lower(
                                    django.db.models.functions.text.Left(
                                        django.db.models.fields.json.KeyTextTransform("to_email", "data"), 320
                                    )
                                ),
                                models.OrderBy(models.F("id"), descending=True),
                                name="events_event_by_recipient",
                            ),
                            models.Index(
                                django.db.models.functions.text.Left(
                                    django.db.models.fields.json.KeyTextTransform(
                                        "intent",
                                        django.db.models.fields.json.KeyTextTransform(
                                            "response_model",
                                            django.db.models.fields.json.KeyTextTransform(
                                                "AnalyzeTicket",
                                                django.db.models.fields.json.KeyTextTransform("nodes", "task_context"),
                                            ),
                                        ),
                                    ),
                                    100,
                                ),
                                models.OrderBy(models.F("id"), descending=True),
                                condition=models.Q(("task_context__isnull", False)),
                                name="events_event_by_intent",
                            ),
                            models.Index(fields=["created_at"], name="events_event_created"),
                            models.Index(
                                condition=models.Q(("legacy_id__isnull", False)),
                                fields=["legacy_id"],
                                name="events_event_legacy",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    django.db.models.lookups.Exact(events.keys.KeyVersion(models.F("id")), 7)
                                ),
                                name="events_event_key_is_v7",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("created_at__isnull", True),
                                    models.Q(
                                        django.db.models.lookups.GreaterThanOrEqual(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("created_at"), "-", events.keys.KeyTime(models.F("id"))
                                            ),
                                            -datetime.timedelta(minutes=14),
                                        ),
                                        django.db.models.lookups.LessThanOrEqual(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("created_at"), "-", events.keys.KeyTime(models.F("id"))
                                            ),
                                            datetime.timedelta(minutes=14),
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="events_event_key_holds_time",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status__in", ["pending", "running", "done", "failed", "unprocessed"])
                                ),
                                name="events_event_status_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("attempts__gte", 0)), name="events_event_attempts_not_negative"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "done"), _negated=True),
                                    ("task_context__isnull", False),
                                    _connector="OR",
                                ),
                                name="events_event_done_has_result",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "failed"), _negated=True),
                                    ("failure__isnull", False),
                                    _connector="OR",
                                ),
                                name="events_event_failed_has_failure",
                            ),
                        ],
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            name="EventArchive",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_default=operations.keys.UUID7(), editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("month", models.DateField(help_text="Its first day.")),
                ("path", models.TextField(help_text="Where the file was written: CSV with a header, gzip.")),
                ("rows", models.BigIntegerField()),
                ("sha256", models.BinaryField(help_text="Of the CSV, before compression.", max_length=32)),
                ("archived_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("month",), name="events_archive_month_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("rows__gte", 0)), name="events_archive_rows_not_negative"
                    ),
                ],
            },
        ),
    ]
