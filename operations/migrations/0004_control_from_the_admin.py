import django.db.models.deletion
import django.db.models.functions.datetime
import operations.keys
import operations.models.imports
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("operations", "0003_mends"),
    ]

    operations = [
        migrations.CreateModel(
            name="Inspection",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_default=operations.keys.UUID7(), editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("source", models.CharField(db_collation="C", max_length=64)),
                (
                    "address",
                    models.TextField(
                        blank=True,
                        help_text="As it was typed, without credentials; empty for the address that the settings hold.",
                    ),
                ),
                ("asked_by", models.CharField(max_length=255)),
                ("asked_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("job_id", models.BigIntegerField(editable=False, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("error", models.TextField(blank=True)),
                (
                    "location",
                    models.TextField(blank=True, help_text="Where the records were read, without credentials."),
                ),
                ("report", models.JSONField(default=operations.models.imports.empty_object)),
            ],
            options={
                "ordering": ("-id",),
            },
        ),
        migrations.AlterModelOptions(
            name="importrun",
            options={
                "get_latest_by": ("started_at", "id"),
                "ordering": ("-started_at", "-id"),
                "permissions": (("run_import", "Can inspect legacy systems and start, pause and stop imports"),),
            },
        ),
        migrations.AlterField(
            model_name="importrun",
            name="state",
            field=models.CharField(
                choices=[
                    ("running", "Running"),
                    ("paused", "Paused"),
                    ("stopped", "Stopped"),
                    ("failed", "Failed"),
                    ("finished", "Finished"),
                    ("undone", "Undone"),
                ],
                default="running",
                max_length=16,
            ),
        ),
        migrations.CreateModel(
            name="ImportJob",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_default=operations.keys.UUID7(), editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("source", models.CharField(db_collation="C", max_length=64)),
                (
                    "address",
                    models.TextField(
                        blank=True,
                        help_text="As it was typed, without credentials; empty for the address that the settings hold.",
                    ),
                ),
                ("asked_by", models.CharField(max_length=255)),
                ("asked_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("job_id", models.BigIntegerField(editable=False, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("error", models.TextField(blank=True)),
                ("dry_run", models.BooleanField(default=False)),
                ("only", models.JSONField(default=list, help_text="Entities; empty for all.")),
                ("batch_size", models.PositiveIntegerField()),
                (
                    "report",
                    models.JSONField(
                        default=operations.models.imports.empty_object,
                        help_text="The counts and proofs, as `--json` prints them.",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="jobs",
                        to="operations.importrun",
                    ),
                ),
            ],
            options={
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="RunControl",
            fields=[
                (
                    "run",
                    models.OneToOneField(
                        db_constraint=False,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="control",
                        serialize=False,
                        to="operations.importrun",
                    ),
                ),
                (
                    "requested",
                    models.CharField(
                        blank=True,
                        choices=[("", "nothing"), ("pause", "Pause"), ("stop", "Stop")],
                        default="",
                        max_length=8,
                    ),
                ),
                ("requested_by", models.CharField(blank=True, max_length=255)),
                ("requested_at", models.DateTimeField(blank=True, null=True)),
                (
                    "live",
                    models.JSONField(
                        default=operations.models.imports.empty_object,
                        help_text="Phase and steps, as `importing.control` writes them.",
                    ),
                ),
                (
                    "seen_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        help_text="When the import last wrote here.",
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="controls",
                        to="operations.importjob",
                    ),
                ),
            ],
        ),
    ]
