"""Tracks and memorials, for staff."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db import connection
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from catalog.models import NFTMemorial, Track
from operations.admin.filters import IndexedValuesFilter
from operations.admin.records import RecordAdmin
from operations.charts import column_chart
from operations.overview import OverviewCard

NEWEST = 100_000
MONTHS = 24
PERSON_DETAILS = ("bio", "avatar", "banner", "password")


def tracks_per_month() -> list[tuple[str, int]]:
    """How many tracks were added in each of the latest months that have any, the oldest first.

    Reads the newest `NEWEST` entries of the index `catalog_track_created` and no row. A month of which only a part is
    among them is left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT to_char(date_trunc('month', created_at AT TIME ZONE 'UTC'), 'Mon YYYY'), count(*)
            FROM (
                SELECT created_at FROM catalog_track WHERE created_at <= now()
                ORDER BY created_at DESC, id DESC LIMIT %s
            ) AS newest
            GROUP BY date_trunc('month', created_at AT TIME ZONE 'UTC')
            ORDER BY date_trunc('month', created_at AT TIME ZONE 'UTC') DESC
            """,
            [NEWEST],
        )
        months: list[tuple[str, int]] = cursor.fetchall()
    is_cut = sum(count for _, count in months) == NEWEST
    return months[: -1 if is_cut and len(months) > 1 else None][:MONTHS][::-1]


class GenreFilter(IndexedValuesFilter):
    title = "genre"
    parameter_name = "genre"


@admin.register(Track)
class TrackAdmin(RecordAdmin):
    list_display = ("title", "artist", "genre", "length", "cost", "marks", "released", "added")
    list_filter = (GenreFilter, "is_published", "is_nft")
    list_select_related = ("artist",)
    list_defer = ("description", "metadata", *(f"artist__{name}" for name in PERSON_DETAILS))
    search_fields = ("pk", "artist__exact")
    scanned_fields = ("title__istartswith",)
    search_help_text = "The id of a track or an artist; else the beginning of a title."
    ordering = ("-created_at", "-id")
    sortable_by = ("released", "added")
    overview_count = True
    overview_place = 50
    one_line_fields = ("title", "artist_name", "cover_image", "audio_url", "ipfs_hash", "nft_contract")
    autocomplete_fields = ("artist",)
    readonly_fields = ("id", "created_at", "updated_at")
    edited_fieldsets: ClassVar[Any] = (
        (None, {"fields": ("title", "artist", "artist_name", "genre", "description")}),
        ("Publication", {"fields": ("is_published", "is_explicit", "release_date", "published_at", "status")}),
        ("Recording", {"fields": ("duration", "audio_url", "ipfs_hash", "file_size", "mime_type", "cover_image")}),
        ("Sale", {"fields": (("price", "currency"), "is_nft", "nft_contract")}),
        ("Counts and metadata", {"fields": (("play_count", "like_count"), "metadata"), "classes": ("collapse",)}),
    )
    fieldsets: ClassVar[Any] = (*edited_fieldsets, ("Record", {"fields": ("id", "created_at", "updated_at")}))

    def get_fieldsets(self, request: HttpRequest, obj: Track | None = None) -> Any:
        return self.fieldsets if obj else self.edited_fieldsets

    def overview_card(self, request: HttpRequest) -> OverviewCard | None:
        months = tracks_per_month()
        if not months:
            return None
        chart = column_chart("Tracks added per month", months)
        return OverviewCard("Tracks added per month", "admin/catalog/track/overview.html", {"chart": chart})

    @admin.display(description="length")
    def length(self, track: Track) -> str | None:
        if track.duration is None:
            return None
        minutes, seconds = divmod(round(track.duration), 60)
        return f"{minutes}:{seconds:02}"

    @admin.display(description="price")
    def cost(self, track: Track) -> str | None:
        return None if track.price is None else f"{track.price.normalize():f} {track.currency or ''}".strip()

    @admin.display(description="marks")
    def marks(self, track: Track) -> SafeString:
        marks = {"hidden": not track.is_published, "explicit": track.is_explicit, "NFT": track.is_nft}
        return format_html_join(
            " ", '<span class="badge">{}</span>', ((mark,) for mark, is_set in marks.items() if is_set)
        )

    @admin.display(description="released", ordering="release_date")
    def released(self, track: Track) -> str | None:
        return f"{track.release_date:%Y-%m-%d}" if track.release_date else None

    @admin.display(description="added", ordering="created_at")
    def added(self, track: Track) -> str:
        return f"{track.created_at:%Y-%m-%d}"


@admin.register(NFTMemorial)
class NFTMemorialAdmin(RecordAdmin):
    list_display = ("memorial_id", "owner", "owner_wallet", "track", "added")
    list_select_related = ("owner", "track")
    list_defer = (
        "metadata",
        "track__description",
        "track__metadata",
        *(f"owner__{name}" for name in PERSON_DETAILS),
    )
    search_fields = ("memorial_id__startswith", "pk__startswith", "owner_wallet__startswith", "track__exact")
    search_help_text = "The beginning of a token id, mint address, wallet or id; or a track's id."
    ordering = ("-created_at", "-id")
    sortable_by = ("added",)
    overview_count = True
    overview_place = 60
    one_line_fields = ("memorial_id",)
    autocomplete_fields = ("owner", "track")
    readonly_fields = ("id", "created_at", "updated_at")

    def get_fields(self, request: HttpRequest, obj: NFTMemorial | None = None) -> Any:
        fields = ("memorial_id", "owner_wallet", "owner", "track", "metadata")
        return (*fields, "id", "created_at", "updated_at") if obj else fields

    @admin.display(description="added", ordering="created_at")
    def added(self, memorial: NFTMemorial) -> str:
        return f"{memorial.created_at:%Y-%m-%d}"
