"""People and their identities, for staff."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from axes.utils import reset
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest
from django.utils import timezone

from accounts.actions import set_ban
from accounts.models import FailedSignIn, Identity, User
from operations.admin.deeds import Deed, DeedsAdmin
from operations.admin.editing import StoredFields
from operations.admin.filters import IndexedValuesFilter
from operations.admin.listing import BigListAdmin
from operations.admin.records import RecordAdmin, WitnessAdmin


def _ban(user: Any, person: User, data: Mapping[str, Any]) -> str:
    set_ban(user=person, banned=True)
    return "The person is banned."


def _lift_ban(user: Any, person: User, data: Mapping[str, Any]) -> str:
    set_ban(user=person, banned=False)
    return "The ban is lifted."


BAN = Deed("ban", "Ban", "Whoever is banned joins no giveaway and creates none. What they joined before is kept.", _ban)
LIFT_BAN = Deed("lift-ban", "Lift the ban", "The person may take part again.", _lift_ban)

PRIVILEGES = ("is_staff", "is_superuser", "groups", "user_permissions")


class _OwnAddress(forms.ModelForm):
    """Refuses an address that somebody has in another spelling: who would sign in with it could not be told."""

    def clean_email(self) -> str | None:
        email: str | None = self.cleaned_data["email"]
        if email and "email" in self.changed_data:
            other = User.objects.with_email(email).exclude(pk=self.instance.pk).first()
            if other:
                raise ValidationError("This is the address of %(other)s.", params={"other": other.email})
        return email


class PersonCreationForm(_OwnAddress, AdminUserCreationForm):
    """A person who signs in by e-mail, with a password or without one for now."""

    class Meta:
        model = User
        fields = ("email",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True

    def clean_email(self) -> str:
        return str(User.objects.normalize_email(super().clean_email()))


class PersonChangeForm(_OwnAddress, UserChangeForm):
    class Meta:
        model = User
        fields = ("email",)  # the admin's fieldsets say which


class IdentityInline(StoredFields, admin.TabularInline):
    model = Identity
    extra = 0
    fields = ("provider", "subject")


class ContestedFilter(admin.SimpleListFilter):
    """People whose address, as a legacy system had it, is somebody else's here."""

    title = "contested address"
    parameter_name = "contested"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "yes")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        return queryset.filter(contested_email__isnull=False) if self.value() == "yes" else queryset


@admin.register(User)
class UserAdmin(DeedsAdmin, RecordAdmin, DjangoUserAdmin):
    """People. They are deleted one at a time: the confirmation page names all that goes with a person."""

    form = PersonChangeForm
    add_form = PersonCreationForm
    list_display = ("name", "email", "is_artist", "is_active", "is_staff", "joined")
    list_filter = ("is_artist", "is_active", "is_banned", "is_staff", ContestedFilter)
    list_defer = ("bio", "avatar", "banner", "password")
    # By key, by the id that any other system knows the person by and (below) by address, however it is spelled.
    search_fields = ("pk", "identities__subject")
    scanned_fields = ("username__istartswith", "display_name__istartswith", "email__istartswith")
    search_help_text = "An id here or elsewhere, an e-mail address; else the beginning of a name or address."
    ordering = (F("created_at").desc(nulls_last=True), "-id")
    sortable_by = ("joined",)
    overview_count = True
    overview_place = 30
    one_line_fields = ("display_name", "first_name", "last_name", "avatar", "banner")
    readonly_fields = (
        "id",
        "is_banned",
        "contested_email",
        "last_login",
        "created_at",
        "updated_at",
        "clerk_created_at",
        "clerk_updated_at",
    )
    inlines = (IdentityInline,)
    fieldsets = (
        (None, {"fields": ("id", "email", "contested_email", "password")}),
        (
            "Profile",
            {"fields": ("username", "display_name", "first_name", "last_name", "bio", "avatar", "banner", "is_artist")},
        ),
        ("Rights", {"fields": ("is_active", "is_banned", "role", *PRIVILEGES), "classes": ("collapse",)}),
        ("Times", {"fields": ("last_login", "created_at", "updated_at", "clerk_created_at", "clerk_updated_at")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "usable_password", "password1", "password2")}),)

    def key_queries(self, request: HttpRequest, term: str) -> list[Any]:
        contested = User.objects.filter(contested_email=term)
        return [*super().key_queries(request, term), User.objects.with_email(term), contested]

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:
        return self.inlines if obj else ()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def deeds(self, request: HttpRequest, row: User) -> list[Deed]:
        return [] if row == request.user else [LIFT_BAN if row.is_banned else BAN]

    # Rights are given by superusers alone; nobody else can touch one.

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else (*fields, *PRIVILEGES)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    def autocomplete_label(self, user: User) -> str:
        """Names are not unique; what stands beside one tells people apart."""
        return f"{user} · {user.email or user.pk}"

    @admin.display(description="name")
    def name(self, user: User) -> str:
        return str(user)

    @admin.display(description="joined", ordering="created_at")
    def joined(self, user: User) -> str | None:
        return f"{user.created_at:%Y-%m-%d %H:%M}" if user.created_at else None


def _may_touch(request: HttpRequest, user: User | None) -> bool:
    return user is None or not user.is_superuser or bool(request.user.is_superuser)


class ProviderFilter(IndexedValuesFilter):
    title = "provider"
    parameter_name = "provider"


@admin.register(Identity)
class IdentityAdmin(RecordAdmin):
    list_display = ("subject", "provider", "user", "created")
    list_filter = (ProviderFilter,)
    list_select_related = ("user",)
    list_defer = ("user__bio", "user__avatar", "user__banner", "user__password")
    # `subject` comes second in its index: PostgreSQL 18 skips from provider to provider.
    search_fields = ("subject__startswith", "user__exact")
    search_help_text = "The beginning of the id, address or key there, or a person's id here."
    overview_count = True
    overview_place = 40
    ordering = ("-id",)
    autocomplete_fields = ("user",)
    readonly_fields = ("id", "created_at")

    def get_fields(self, request: HttpRequest, obj: Identity | None = None) -> Any:
        fields = ("user", "provider", "subject")
        return (*fields, "created_at", "id") if obj else fields

    @admin.display(description="created")
    def created(self, identity: Identity) -> str:
        return f"{identity.created_at:%Y-%m-%d %H:%M}"


@admin.register(FailedSignIn)
class FailedSignInAdmin(WitnessAdmin):
    """Who failed to sign in from where, and the way to let them try again before their time is over."""

    list_display = ("username", "ip_address", "failures_since_start", "last_failure", "state", "user_agent")
    list_display_links = None
    sortable_by = ()
    search_fields = ("username__startswith",)
    search_help_text = "The beginning of an e-mail address."
    ordering = ("-id",)
    actions = ("lift",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        recent = FailedSignIn.objects.filter(
            username=OuterRef("username"), ip_address=OuterRef("ip_address"), attempt_time__gte=self._since()
        )
        failures = recent.order_by().values("username").annotate(sum=Sum("failures_since_start")).values("sum")
        rows: QuerySet[Any] = super().get_queryset(request).annotate(counted=Subquery(failures))
        return rows.defer("get_data", "post_data")

    def _since(self) -> datetime:
        cool_off: timedelta = settings.AXES_COOLOFF_TIME
        return timezone.now() - cool_off

    def has_lift_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.delete_failedsignin")

    @admin.display(description="last failure")
    def last_failure(self, failed: FailedSignIn) -> str:
        return f"{failed.attempt_time:%Y-%m-%d %H:%M}"

    @admin.display(description="state")
    def state(self, failed: Any) -> str:
        return "locked" if (failed.counted or 0) >= settings.AXES_FAILURE_LIMIT else ""

    @admin.action(description="Lift the lock", permissions=["lift"])
    def lift(self, request: HttpRequest, queryset: QuerySet[FailedSignIn]) -> None:
        """Their failures are forgotten, whatever browser they came by."""
        chosen = set(queryset.values_list("username", "ip_address"))
        for username, address in chosen:
            reset(username=username, ip=address)
        messages.success(request, f"{len(chosen)} may try again.")


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(BigListAdmin, DjangoGroupAdmin):
    search_fields = ("name__startswith",)
    sortable_by = ("name",)
