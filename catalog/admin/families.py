"""Families with their members, and what the admins of owned things share, for staff."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest

from catalog.models import Family, FamilyMember
from operations.admin.editing import StoredFields
from operations.admin.records import RecordAdmin

PERSON_DETAILS = ("bio", "avatar", "banner", "password")
OWNERS = ("user", "family")
OWNER_DETAILS = ("family__description", *(f"user__{name}" for name in PERSON_DETAILS))


class OwnerFilter(admin.SimpleListFilter):
    title = "whose"
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("nobody", "nobody's"), ("person", "a person's"), ("family", "a family's")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        conditions: dict[str | None, dict[str, Any]] = {
            "nobody": {"user__isnull": True, "family__isnull": True},
            "person": {"user__isnull": False},
            "family": {"family__isnull": False},
        }
        return queryset.filter(**conditions.get(self.value(), {}))


class OwnedAdmin(RecordAdmin):
    """Rows that are a person's, a family's or nobody's."""

    owner_if_none = "public"
    list_filter: ClassVar[Any] = (OwnerFilter,)
    list_select_related: ClassVar[Any] = OWNERS
    list_defer: tuple[str, ...] = OWNER_DETAILS
    autocomplete_fields: ClassVar[Any] = OWNERS
    readonly_fields: ClassVar[Any] = ("id", "created_at", "updated_at")

    @admin.display(description="whose")
    def whose(self, row: Any) -> str:
        return str(row.owner or self.owner_if_none)


class LinesInline(admin.TabularInline):
    """The lines of a whole, for reading: there may be many. One is changed on its own page."""

    extra = 0
    show_change_link = True
    can_delete = False
    related: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related(*self.related)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class MemberInline(StoredFields, admin.TabularInline):
    model = FamilyMember
    extra = 0
    fields = ("user", "name", "role", "daily_calories")
    autocomplete_fields = ("user",)
    one_line_fields = ("name",)
    ordering = ("id",)


@admin.register(Family)
class FamilyAdmin(RecordAdmin):
    list_display = ("__str__", "added")
    list_defer = ("description",)
    search_fields = ("pk", "members__user")
    scanned_fields = ("name__istartswith",)
    search_help_text = "The id of a family or a member; else the beginning of a name."
    ordering = (F("created_at").desc(nulls_last=True), "-id")
    sortable_by = ("added",)
    overview_count = True
    overview_place = 150
    one_line_fields = ("name",)
    readonly_fields = ("id", "created_at", "updated_at")
    inlines = (MemberInline,)

    @admin.display(description="added", ordering="created_at")
    def added(self, family: Family) -> str | None:
        return f"{family.created_at:%Y-%m-%d}" if family.created_at else None


@admin.register(FamilyMember)
class FamilyMemberAdmin(RecordAdmin):
    list_display = ("__str__", "family", "user", "role")
    list_filter = ("role",)
    list_select_related = OWNERS
    list_defer = OWNER_DETAILS
    search_fields = ("pk", "family__exact", "user__exact")
    scanned_fields = ("name__istartswith",)
    search_help_text = "The id of a member, a family or a person; else the beginning of a name."
    ordering = ("-id",)
    one_line_fields = ("name",)
    autocomplete_fields = OWNERS
    readonly_fields = ("id", "created_at", "updated_at")
