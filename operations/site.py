"""The admin site of Slipway."""

from __future__ import annotations

from typing import Any, cast

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

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
        return [
            path("figures/", self.admin_view(self.figures), name="figures"),
            # Not behind admin_view: with STAFF_OTP=required this page is all that is open before there is one.
            path("second-factor/", self.second_factor, name="second_factor"),
            *super().get_urls(),
        ]

    def has_permission(self, request: HttpRequest) -> bool:
        if not super().has_permission(request):
            return False
        return settings.STAFF_OTP != "required" or bool(request.user.is_verified())  # type: ignore[union-attr]

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        from operations.login import StaffLoginForm  # models are not loaded when this module is
        from operations.second_factor import may_set_up

        # Signed in as staff, and not let in: what is missing is the second factor.
        if request.method == "GET" and not self.has_permission(request) and may_set_up(request):
            return HttpResponseRedirect(reverse("admin:second_factor"))
        self.login_form = StaffLoginForm
        return super().login(request, extra_context)

    @method_decorator(never_cache)
    def second_factor(self, request: HttpRequest) -> HttpResponse:
        from operations.second_factor import second_factor_page

        return second_factor_page(self, request)

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
