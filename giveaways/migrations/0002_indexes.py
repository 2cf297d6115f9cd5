from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F


class Migration(migrations.Migration):
    """Indexes apart from their tables: built concurrently, a filled table keeps taking writes meanwhile."""

    atomic = False

    dependencies = [("giveaways", "0001_initial")]

    operations = [
        AddIndexConcurrently(
            model_name="giveaway",
            index=models.Index(
                F("creator"),
                models.OrderBy(F("created_at"), descending=True, nulls_last=True),
                models.OrderBy(F("id"), descending=True),
                name="giveaways_giveaway_by_creator",
            ),
        ),
        AddIndexConcurrently(
            model_name="giveaway",
            index=models.Index(
                F("creator"),
                F("status"),
                models.OrderBy(F("created_at"), descending=True, nulls_last=True),
                models.OrderBy(F("id"), descending=True),
                name="giveaways_giveaway_by_state",
            ),
        ),
        AddIndexConcurrently(
            model_name="giveaway",
            index=models.Index(fields=["status", "ends_at", "id"], name="giveaways_giveaway_status_end"),
        ),
        AddIndexConcurrently(
            model_name="giveaway",
            index=models.Index(fields=["ends_at", "id"], name="giveaways_giveaway_end"),
        ),
        AddIndexConcurrently(
            model_name="giveaway",
            index=models.Index(
                models.OrderBy(F("created_at"), descending=True, nulls_last=True),
                models.OrderBy(F("id"), descending=True),
                name="giveaways_giveaway_created",
            ),
        ),
        AddIndexConcurrently(
            model_name="participant",
            index=models.Index(fields=["user", "giveaway"], name="giveaways_participant_by_user"),
        ),
        AddIndexConcurrently(
            model_name="ticket",
            index=models.Index(fields=["user", "giveaway"], name="giveaways_ticket_by_user"),
        ),
        AddIndexConcurrently(
            model_name="winrecord",
            index=models.Index(fields=["giveaway", "place"], name="giveaways_win_by_giveaway"),
        ),
        AddIndexConcurrently(
            model_name="winrecord",
            index=models.Index(fields=["giveaway", "user"], name="giveaways_win_giveaway_user"),
        ),
        AddIndexConcurrently(
            model_name="winrecord",
            index=models.Index(
                F("user"),
                models.OrderBy(F("created_at"), descending=True, nulls_last=True),
                models.OrderBy(F("id"), descending=True),
                name="giveaways_win_by_user",
            ),
        ),
        AddIndexConcurrently(
            model_name="winrecord",
            index=models.Index(fields=["prize"], name="giveaways_win_by_prize"),
        ),
        AddIndexConcurrently(
            model_name="winrecord",
            index=models.Index(
                models.OrderBy(F("created_at"), descending=True, nulls_last=True),
                models.OrderBy(F("id"), descending=True),
                name="giveaways_win_created",
            ),
        ),
    ]
