"""What the admin's start page is made of.

The start page knows no domain. It asks every registered `ModelAdmin` that the person may view for two things, both
optional:

- `overview_count = True`: the start page shows how many rows its model has, with a link to the list;
- `overview_card(request) -> OverviewCard | None`: a picture or table of its own, drawn by a template of its app.

`overview_place`, a number, says what comes first; without one an admin comes last.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.admin import ModelAdmin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst

from operations.estimates import RowCount, bounded_count, estimated_rows, table_count

EXACT_UP_TO = 10_000


@dataclass(frozen=True)
class OverviewCard:
    """A part of the start page. `template` is rendered with the card as `card`; `data` is whatever it draws."""

    title: str
    template: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Tile:
    """How many rows a model has."""

    label: str
    count: RowCount
    url: str


def viewable(admins: Iterable[ModelAdmin[Any]], request: HttpRequest) -> list[ModelAdmin[Any]]:
    """Those whose rows the person may view, in the order of their places."""
    return sorted(
        (admin for admin in admins if admin.has_view_permission(request)),
        key=lambda admin: getattr(admin, "overview_place", math.inf),
    )


def tiles(admins: Iterable[ModelAdmin[Any]]) -> list[Tile]:
    """One statistics query for all tables, and a bounded count for each that is small or was never analysed."""
    counted = [admin for admin in admins if getattr(admin, "overview_count", False)]
    estimates = estimated_rows([admin.model for admin in counted]) if counted else {}
    return [_tile(admin, estimates.get(admin.model, 0)) for admin in counted]


def _tile(admin: ModelAdmin[Any], estimate: int) -> Tile:
    options = admin.model._meta
    if estimate > EXACT_UP_TO:
        count = RowCount(estimate, estimated=True)
    else:
        count = table_count(bounded_count(admin.model._default_manager.all(), EXACT_UP_TO), estimate)
    url = reverse(f"{admin.admin_site.name}:{options.app_label}_{options.model_name}_changelist")
    return Tile(label=capfirst(str(options.verbose_name_plural)), count=count, url=url)


def cards(admins: Iterable[ModelAdmin[Any]], request: HttpRequest) -> list[OverviewCard]:
    made = [admin.overview_card(request) for admin in admins if hasattr(admin, "overview_card")]
    return [card for card in made if card is not None]
