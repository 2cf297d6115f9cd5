"""Tracks: what artists publish."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from operations.history import tracked
from operations.keys import KeyField, UUID7Text

NEWEST_RELEASE_FIRST = (F("release_date").desc(nulls_last=True), "-id")


class TrackQuerySet(models.QuerySet["Track"]):
    def published(self) -> TrackQuerySet:
        return self.filter(is_published=True)

    def popular(self, genre: str | None = None) -> TrackQuerySet:
        """Published tracks that are not NFTs, newest release first; tracks without a release date come last."""
        tracks = self.published().filter(is_nft=False).order_by(*NEWEST_RELEASE_FIRST)
        return tracks if genre is None else tracks.filter(genre=genre)

    def by_artist(self, artist_id: str) -> TrackQuerySet:
        """What an artist has published, newest first."""
        return self.published().filter(artist_id=artist_id).order_by("-created_at", "-id")

    def following(self, created_at: datetime, track_id: str) -> TrackQuerySet:
        """The rows after the given one in `by_artist` order: the key of the next page."""
        # The first condition is implied by the second; it is what lets the index start at the right place.
        return self.filter(created_at__lte=created_at).filter(
            Q(created_at__lt=created_at) | Q(created_at=created_at, id__lt=track_id)
        )


@tracked()
class Track(models.Model):
    """A piece of music with its artist. NULL means that the source did not know."""

    id = KeyField(primary_key=True, db_collation="C", db_default=UUID7Text(), editable=False)
    title = models.TextField()
    description = models.TextField(null=True, blank=True)
    artist = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tracks", db_index=False)
    artist_name = models.TextField(null=True, blank=True, help_text="The artist's name as it is credited.")
    genre = models.CharField(max_length=255, null=True, blank=True)

    cover_image = models.TextField(null=True, blank=True, help_text="URL of the cover.")
    audio_url = models.TextField(null=True, blank=True)
    ipfs_hash = models.TextField(null=True, blank=True)
    file_size = models.BigIntegerField(null=True, blank=True, help_text="Bytes.")
    mime_type = models.CharField(max_length=255, null=True, blank=True)
    duration = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True, help_text="Seconds.")

    release_date = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    is_published = models.BooleanField(default=True, db_default=True)
    is_explicit = models.BooleanField(default=False, db_default=False)
    status = models.CharField(max_length=32, null=True, blank=True, help_text="The legacy system's own word.")
    play_count = models.BigIntegerField(null=True, blank=True)
    like_count = models.BigIntegerField(null=True, blank=True)

    price = models.DecimalField(max_digits=20, decimal_places=9, null=True, blank=True)
    currency = models.CharField(max_length=16, null=True, blank=True)
    is_nft = models.BooleanField("is NFT", default=False, db_default=False)
    nft_contract = models.TextField("NFT contract", null=True, blank=True)
    metadata = models.JSONField(null=True, blank=True)

    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(auto_now=True, db_default=Now())

    objects = TrackQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(id=""), name="catalog_track_id_not_empty"),
            models.CheckConstraint(condition=~Q(title=""), name="catalog_track_title_not_empty"),
            models.CheckConstraint(condition=Q(duration__gte=0), name="catalog_track_duration_not_negative"),
            models.CheckConstraint(condition=Q(price__gte=0), name="catalog_track_price_not_negative"),
            models.CheckConstraint(condition=Q(file_size__gte=0), name="catalog_track_file_size_not_negative"),
        )
        indexes = (
            # An artist's page: their tracks, newest first.
            models.Index(F("artist"), F("created_at").desc(), F("id").desc(), name="catalog_track_artist_newest"),
            models.Index(fields=("artist", "genre"), name="catalog_track_artist_genre"),
            # Popular tracks, of one genre and of all.
            models.Index(
                F("genre"),
                F("release_date").desc(nulls_last=True),
                F("id").desc(),
                name="catalog_track_genre_release",
            ),
            models.Index(F("release_date").desc(nulls_last=True), F("id").desc(), name="catalog_track_release"),
            # What came last, for staff.
            models.Index(F("created_at").desc(), F("id").desc(), name="catalog_track_created"),
        )

    def __str__(self) -> str:
        return self.title
