"""The admin site of Slipway."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path

from operations.figures import reading_figures
from operations.overview import cards, tiles, viewable

REFRESH_SECONDS = "10"


class LabelledAutocompleteView(AutocompleteJsonView):
    """Choices of an autocomplete field, told apart by `ModelAdmin.autocomplete_label(obj)` where the admin has it."""

    def serialize_result(self, obj: Model, to_field_name: str) -> dict[str, str]:
        label = getattr(self.model_admin, "autocomplete_label", str)
        return {**super().serialize_result(obj, to_field_name), "text": label(obj)}


class SlipwayAdminSite(AdminSite):
    """Django's admin site with a start page that shows the state of the house; see `operations.overview`."""

    site_header = "Slipway"
    site_title = "Slipway"
    index_title = "Overview"
    site_url = None  # there is no public site beside the admin and the API

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [path("figures/", self.admin_view(self.figures), name="figures"), *super().get_urls()]

    def figures(self, request: HttpRequest) -> TemplateResponse:
        """How the process that answers reads and keeps: for everybody who may enter."""
        context = {**self.each_context(request), "title": "Reading and caching", "figures": reading_figures()}
        response = TemplateResponse(request, "admin/operations/figures.html", context)
        response.headers["Refresh"] = REFRESH_SECONDS
        return response

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return cast("HttpResponse", LabelledAutocompleteView.as_view(admin_site=self)(request))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        admins = viewable(self._registry.values(), request)
        overview = {"tiles": tiles(admins), "cards": cards(admins, request)}
        return super().index(request, {**overview, **(extra_context or {})})
