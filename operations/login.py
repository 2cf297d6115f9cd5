"""How staff sign in: password, second factor, and what happens after too many failures.

django-axes counts failures in the database, so a Redis that is away opens nothing; django-otp keeps the devices.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_otp import devices_for_user
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from operations.callers import client_network


class StaffLoginForm(AdminAuthenticationForm):
    """Password, and the code of whoever has set up a second factor."""

    otp_token = forms.CharField(
        label="Code",
        required=False,
        max_length=16,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "none"}),
        help_text="From your authenticator app, or a backup code. Leave it empty if you have none yet.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        user = self.get_user()
        if user is not None and has_second_factor(user):
            self._check_second_factor(user, "".join(cleaned["otp_token"].split()).lower())
        return cleaned

    def _check_second_factor(self, user: AbstractBaseUser, code: str) -> None:
        if not code:
            raise ValidationError("Enter the code of your authenticator app, or a backup code.", code="code_needed")
        device = verified_device(user, code)
        if device is None:
            credentials = {"username": self.cleaned_data["username"]}
            user_login_failed.send(sender=__name__, credentials=credentials, request=self.request)
            raise ValidationError("The code is wrong or was used before. Wait for the next one.", code="wrong_code")
        user.otp_device = device  # type: ignore[attr-defined]  # django-otp makes the session verified by it


def has_second_factor(user: Any) -> bool:
    return next(iter(devices_for_user(user)), None) is not None


@transaction.atomic
def verified_device(user: AbstractBaseUser, code: str) -> Device | None:
    """The device that accepts the code. Only those are asked that such a code can be from: an error slows a device."""
    kind = TOTPDevice if code.isdigit() else StaticDevice
    asked = (device for device in devices_for_user(user, for_verify=True) if isinstance(device, kind))
    return next((device for device in asked if device.verify_token(code)), None)


def guarded_name(request: HttpRequest, credentials: Mapping[str, Any] | None) -> str:
    """What failures are counted under: addresses that differ by case alone lead to one person."""
    given = (credentials or request.POST).get("username") or ""
    return str(given).strip().lower()[:255]


def guarded_address(request: HttpRequest) -> str:
    """Where from: an address, or the first of an IPv6 client's /64."""
    network = client_network(request).partition("/")[0]
    return "::" if network == "unknown" else network


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: Any) -> HttpResponse:
    """The answer to whoever failed too often."""
    cooloff: timedelta = settings.AXES_COOLOFF_TIME
    context = {
        **admin.site.each_context(request),
        "title": "Locked",
        "minutes": int(cooloff.total_seconds() // 60),
        "failures": settings.AXES_FAILURE_LIMIT,
    }
    answer = render(request, "admin/locked_out.html", context, status=429)
    answer.headers["Retry-After"] = str(int(cooloff.total_seconds()))
    answer.headers["Cache-Control"] = "no-store"
    return answer
