from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F


class Migration(migrations.Migration):
    """Indexes apart from their tables: built concurrently, a filled table keeps taking writes meanwhile."""

    atomic = False

    dependencies = [("catalog", "0001_initial")]

    operations = [
        AddIndexConcurrently(
            model_name="track",
            index=models.Index(
                F("artist"),
                models.OrderBy(F("created_at"), descending=True),
                models.OrderBy(F("id"), descending=True),
                name="catalog_track_artist_newest",
            ),
        ),
        AddIndexConcurrently(
            model_name="track",
            index=models.Index(fields=["artist", "genre"], name="catalog_track_artist_genre"),
        ),
        AddIndexConcurrently(
            model_name="track",
            index=models.Index(
                F("genre"),
                models.OrderBy(F("release_date"), descending=True, nulls_last=True),
                models.OrderBy(F("id"), descending=True),
                name="catalog_track_genre_release",
            ),
        ),
        AddIndexConcurrently(
            model_name="track",
            index=models.Index(
                models.OrderBy(F("release_date"), descending=True, nulls_last=True),
                models.OrderBy(F("id"), descending=True),
                name="catalog_track_release",
            ),
        ),
        AddIndexConcurrently(
            model_name="track",
            index=models.Index(
                models.OrderBy(F("created_at"), descending=True),
                models.OrderBy(F("id"), descending=True),
                name="catalog_track_created",
            ),
        ),
    ]
