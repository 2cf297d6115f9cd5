"""Memorials: tokens that keep the memory of a work or an artist."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from catalog.models.track import Track
from operations.history import tracked
from operations.keys import KeyField, UUID7Text


def empty_metadata() -> dict[str, Any]:
    return {}


@tracked()
class NFTMemorial(models.Model):
    """A token, its owner's wallet and everything else that its metadata says."""

    id = KeyField(primary_key=True, db_collation="C", db_default=UUID7Text(), editable=False)
    memorial_id = models.CharField(max_length=255, db_collation="C", help_text="The token id or mint address.")
    owner_wallet = models.CharField(max_length=255, null=True, blank=True, db_collation="C")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, related_name="memorials", null=True, blank=True
    )
    track = models.ForeignKey(Track, models.SET_NULL, related_name="memorials", null=True, blank=True)
    metadata = models.JSONField(default=empty_metadata, blank=True)
    # NULL where the legacy system did not record it.
    created_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    updated_at = models.DateTimeField(null=True, blank=True, auto_now=True, db_default=Now())

    class Meta:
        verbose_name = "NFT memorial"
        constraints = (
            models.UniqueConstraint(fields=("memorial_id",), name="catalog_memorial_memorial_id_unique"),
            models.CheckConstraint(condition=~Q(id=""), name="catalog_memorial_id_not_empty"),
            models.CheckConstraint(condition=~Q(memorial_id=""), name="catalog_memorial_memorial_id_not_empty"),
        )
        indexes = (
            models.Index(F("created_at").desc(nulls_last=True), F("id").desc(), name="catalog_memorial_created"),
            models.Index(fields=("owner_wallet",), name="catalog_memorial_wallet"),
        )

    def __str__(self) -> str:
        return self.memorial_id
