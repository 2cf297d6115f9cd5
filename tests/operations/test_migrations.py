"""Every migration of ours forwards, backwards and forwards again, over tables that hold rows."""

from __future__ import annotations

import datetime
import itertools
import json
import secrets
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration, RunPython
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState, StateApps
from pytest_django.fixtures import Settings
from pytest_django.plugin import DjangoDbBlocker

from operations.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
APPS = sorted(config.label for config in apps.get_app_configs() if Path(config.path).parent == ROOT)
ALIAS = "migrations"
ROWS = 3
# Relations of which a row has one at most; the first that a model has is filled.
ONE_AT_MOST = (("user", "family"), ("ingredient", "meal", "quick_meal"))
# Goes with a state that is not the first of its choices.
LATER = {"sent_at"}
Key = tuple[str, str]
Contents = dict[str, list[dict[str, Any]]]
OURS = sorted(key for key in MigrationLoader(None).disk_migrations if key[0] in APPS)


@pytest.fixture
def database(
    sandbox: Sandbox, settings: Settings, monkeypatch: pytest.MonkeyPatch, django_db_blocker: DjangoDbBlocker
) -> Iterator[BaseDatabaseWrapper]:
    """An empty database of its own, which no router keeps migrations from."""
    settings.DATABASE_ROUTERS = []
    name = f"migrations_{secrets.token_hex(4)}"
    with sandbox.primary.connect("postgres") as primary, django_db_blocker.unblock():
        primary.execute(f"CREATE DATABASE {name}")
        default = connections.settings["default"]
        options = {key: value for key, value in default["OPTIONS"].items() if key != "pool"}
        monkeypatch.setitem(connections.settings, ALIAS, default | {"NAME": name, "OPTIONS": options})
        yield connections[ALIAS]
        connections[ALIAS].close()
        del connections[ALIAS]
        primary.execute(f"DROP DATABASE {name} WITH (FORCE)")


def rows_for(state: StateApps, app: str) -> None:
    """`ROWS` rows in every table of `app`, and in those that they refer to."""
    made: dict[type[models.Model], list[models.Model]] = {}
    for model in state.get_models(include_auto_created=True):
        if model._meta.app_label == app and model._meta.managed:
            rows_of(model, made)


def rows_of(model: type[models.Model], made: dict[type[models.Model], list[models.Model]]) -> list[models.Model]:
    """The rows of `model`, made once; the n-th refers to the n-th of every other table."""
    if model not in made:
        parents = {
            field.name: rows_of(field.related_model, made)
            for field in model._meta.concrete_fields
            if isinstance(field, models.ForeignKey) and not (field.null and field.related_model is field.model)
        }
        made[model] = [make(model, {name: rows[n] for name, rows in parents.items()}) for n in range(ROWS)]
    return made[model]


def make(model: type[models.Model], parents: dict[str, models.Model]) -> models.Model:
    """A row with a value in every column that needs one, and in the others as well where that is simple."""
    left_out = left_empty(model)
    values = {
        field.name: parents.get(field.name) if isinstance(field, models.ForeignKey) else value(field)
        for field in model._meta.concrete_fields
        if not makes_itself(field) and field.name not in left_out
    }
    row = model(**values)
    row.save(using=ALIAS, force_insert=True)
    return row


def left_empty(model: type[models.Model]) -> set[str]:
    """The fields that cannot be filled, because one that excludes them is."""
    optional = [field.name for field in model._meta.concrete_fields if field.null]
    return {name for names in ONE_AT_MOST for name in [name for name in names if name in optional][1:]} | LATER


def makes_itself(field: models.Field[Any, Any]) -> bool:
    return field.generated or field.has_db_default() or isinstance(field, models.CompositePrimaryKey | models.AutoField)


# Small numbers are soon met again, were they random.
SMALL = itertools.count(1)


def value(field: models.Field[Any, Any]) -> Any:
    if field.choices:
        return next(iter(field.flatchoices))[0]
    makers: dict[type[models.Field[Any, Any]], Any] = {
        models.EmailField: f"{secrets.token_hex(4)}@example.org",
        models.CharField: secrets.token_hex(4)[: getattr(field, "max_length", None)],
        models.TextField: secrets.token_hex(4),
        models.UUIDField: uuid.uuid4(),
        models.BooleanField: True,
        models.SmallIntegerField: next(SMALL),
        models.IntegerField: secrets.randbelow(2**31),
        models.DecimalField: Decimal("1.5"),
        models.DateTimeField: datetime.datetime.now(datetime.UTC),
        models.DateField: datetime.date(1 + secrets.randbelow(9_000), 1, 1),
        models.GenericIPAddressField: "203.0.113.1",
        models.BinaryField: secrets.token_bytes(32),
        models.JSONField: {"text": "ä", "number": 1},
        ArrayField: ["ä"],
    }
    kind = next((kind for kind in type(field).__mro__ if kind in makers), None)
    assert kind, f"{field} is of a kind that this test cannot make a value of yet: add it above"
    return makers[kind]


def contents(database: BaseDatabaseWrapper) -> Contents:
    """Every row of every table of ours, as it is."""
    tables = [table for table in database.introspection.table_names() if table.split("_")[0] in APPS]
    found = {}
    with database.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT to_jsonb(t)::text FROM "{table}" t')
            found[table] = [json.loads(row) for (row,) in cursor.fetchall()]
    return found


def holds(now: Contents, before: Contents) -> bool:
    """Whether all rows of `before` are there, as far as their tables and columns are."""
    return not any(
        counted(before[table], now[table]) - counted(now[table], before[table]) for table in now.keys() & before
    )


def counted(rows: list[dict[str, Any]], others: list[dict[str, Any]]) -> Counter[str]:
    columns = rows[0].keys() & others[0].keys() if rows and others else set()
    return Counter(json.dumps({column: row[column] for column in sorted(columns)}) for row in rows)


def test_every_migration_goes_both_ways_over_rows(database: BaseDatabaseWrapper) -> None:
    """One after the other, as a new database takes them: each over rows of its app, and of all that they refer to."""
    executor = MigrationExecutor(database)
    executor.recorder.ensure_schema()
    plan = [migration for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    state = executor.loader.project_state([])
    tried = []
    for migration in plan:
        if migration.app_label in APPS:
            state = goes_both_ways(executor, migration, state)
            tried.append((migration.app_label, migration.name))
        else:
            state = executor.apply_migration(state, migration)

    assert sorted(tried) == OURS


def goes_both_ways(executor: MigrationExecutor, migration: Migration, state: ProjectState) -> ProjectState:
    """Gives the state of the models after the migration; `state` is that before it."""
    app, name = migration.app_label, f"{migration.app_label}.{migration.name}"
    database = executor.connection
    rows_for(state.apps, app)
    before = contents(database)

    statements: list[tuple[str, Any]] = []
    with database.execute_wrapper(keeping(statements)):
        after = executor.apply_migration(state.clone(), migration)
    assert holds(contents(database), before), f"{name} loses rows forwards"

    rows_for(after.apps, app)
    filled = contents(database)
    empty = [table for table, rows in filled.items() if table.split("_")[0] == app and not rows]
    assert not empty, f"{name}: the test shows less than it says, these are empty: {empty}"

    executor.unapply_migration(state.clone(), migration)
    backwards = contents(database)
    assert backwards.keys() == before.keys(), f"{name} leaves other tables than it found"
    assert holds(backwards, before), f"{name} loses rows backwards"
    of_before = {table: rows for table, rows in filled.items() if table in before}
    assert holds(backwards, of_before), f"{name} loses rows backwards"

    if any(isinstance(operation, RunPython) for operation in migration.operations):
        after = executor.apply_migration(state, migration)
    else:  # the same statements: most of what a migration takes is to make the classes of all models anew
        repeat(database, statements, atomic=migration.atomic)
    assert holds(contents(database), backwards), f"{name} loses rows forwards once more"
    return after


def keeping(statements: list[tuple[str, Any]]) -> Callable[..., Any]:
    def keep(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append((sql, params))
        return execute(sql, params, many, context)

    return keep


def repeat(database: BaseDatabaseWrapper, statements: list[tuple[str, Any]], *, atomic: bool) -> None:
    with transaction.atomic(using=ALIAS) if atomic else nullcontext(), database.cursor() as cursor:
        for sql, params in statements:
            cursor.execute(sql, params)


def test_no_migration_is_missing() -> None:
    command = [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )  # without the tests' own models

    assert (done.returncode, done.stdout) == (0, "No changes detected\n"), done.stdout


@pytest.mark.django_db
def test_the_frequent_queries_have_their_indexes() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'")
        found = dict(cursor.fetchall())
        cursor.execute("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")
        assert cursor.fetchall() == []

    track = "ON public.catalog_track USING btree"
    giveaway = "ON public.giveaways_giveaway USING btree"
    event = "ON ONLY public.events_event USING btree"
    win = "ON public.giveaways_winrecord USING btree"
    order = "ON public.catalog_order USING btree"
    product = "ON public.catalog_product USING btree"
    ingredient = "ON public.catalog_ingredient USING btree"
    entry = "ON public.catalog_mealentry USING btree"
    shopping_list = "ON public.catalog_shoppinglist USING btree"
    portion = "ON public.catalog_portionhistory USING btree"
    expected = {
        "catalog_ingredient_prefix": f"{ingredient} (upper(name) text_pattern_ops)",
        "catalog_ingredient_public": f"{ingredient} (name, id) WHERE ((family_id IS NULL) AND (user_id IS NULL))",
        "catalog_entry_by_user": f'{entry} (user_id, date, "position", id)',
        "catalog_entry_by_family": f'{entry} (family_id, date, "position", id)',
        "catalog_list_by_user": f"{shopping_list} (user_id, created_at DESC NULLS LAST, id DESC)",
        "catalog_list_by_family": f"{shopping_list} (family_id, created_at DESC NULLS LAST, id DESC)",
        "catalog_portion_by_user": f"{portion} (user_id, last_used DESC NULLS LAST, id DESC)",
        "catalog_portion_by_ingredient": f"{portion} (user_id, ingredient_id)",
        "catalog_member_by_user": "ON public.catalog_familymember USING btree (user_id, family_id)",
        "catalog_track_artist_newest": f"{track} (artist_id, created_at DESC, id DESC)",
        "catalog_track_artist_genre": f"{track} (artist_id, genre)",
        "catalog_track_genre_release": f"{track} (genre, release_date DESC NULLS LAST, id DESC)",
        "catalog_track_release": f"{track} (release_date DESC NULLS LAST, id DESC)",
        "catalog_track_created": f"{track} (created_at DESC, id DESC)",
        "giveaways_giveaway_by_creator": f"{giveaway} (creator_id, created_at DESC NULLS LAST, id DESC)",
        "giveaways_giveaway_by_state": f"{giveaway} (creator_id, status, created_at DESC NULLS LAST, id DESC)",
        "giveaways_giveaway_status_end": f"{giveaway} (status, ends_at, id)",
        "giveaways_giveaway_end": f"{giveaway} (ends_at, id)",
        "giveaways_giveaway_created": f"{giveaway} (created_at DESC NULLS LAST, id DESC)",
        "giveaways_participant_by_user": "ON public.giveaways_participant USING btree (user_id, giveaway_id)",
        "giveaways_ticket_by_user": "ON public.giveaways_ticket USING btree (user_id, giveaway_id)",
        "giveaways_win_by_giveaway": f"{win} (giveaway_id, place)",
        "giveaways_win_giveaway_user": f"{win} (giveaway_id, user_id)",
        "giveaways_win_by_user": f"{win} (user_id, created_at DESC NULLS LAST, id DESC)",
        "catalog_product_listing": (
            f"{product} (category_id, is_available, rating DESC NULLS LAST, order_count DESC NULLS LAST, id)"
        ),
        "catalog_product_by_shop": f"{product} (shop_id, created_at DESC NULLS LAST, id DESC)",
        "catalog_order_by_customer": f"{order} (customer_id, created_at DESC, id DESC)",
        "catalog_order_by_status": f"{order} (status, created_at DESC, id DESC)",
        "catalog_item_by_order": "ON public.catalog_orderitem USING btree (order_id, id)",
        "catalog_item_by_shop": "ON public.catalog_orderitem USING btree (shop_id, status, order_id)",
        "catalog_slip_by_order": "ON public.catalog_paymentslip USING btree (order_id, id)",
        "events_event_by_workflow": f"{event} (workflow, id DESC)",
        "events_event_by_status": f"{event} (status, id DESC)",
        "events_event_by_ticket": f"{event} (\"left\"((data ->> 'ticket_id'::text), 64), id DESC)",
        "events_event_by_recipient": f"{event} (lower(\"left\"((data ->> 'to_email'::text), 320)), id DESC)",
        "events_event_by_intent": f'{event} ("left"((task_context #>> '
        "'{nodes,AnalyzeTicket,response_model,intent}'::text[]), 100), id DESC) WHERE (task_context IS NOT NULL)",
        "events_event_created": f"{event} (created_at)",
        "events_event_legacy": f"{event} (legacy_id) WHERE (legacy_id IS NOT NULL)",
        "accounts_user_created": "ON public.accounts_user USING btree (created_at DESC NULLS LAST)",
    }
    assert {name: found.get(name) for name in expected} == {
        name: f"CREATE INDEX {name} {definition}" for name, definition in expected.items()
    }
    # People by Telegram id and by Solana address.
    assert found["accounts_identity_subject_unique"] == (
        "CREATE UNIQUE INDEX accounts_identity_subject_unique "
        "ON public.accounts_identity USING btree (provider, subject)"
    )
