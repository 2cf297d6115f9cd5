"""The page where staff set up their second factor: an authenticator app, and backup codes for when it is lost."""

from __future__ import annotations

import base64
from typing import Any

import django_otp
import segno
from django import forms
from django.contrib.admin import AdminSite
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from operations.login import has_second_factor

APP = "Authenticator app"
BACKUP = "Backup codes"
CODES = 10


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Code that the app shows",
        max_length=8,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )


def may_set_up(request: HttpRequest) -> bool:
    """Staff who have no second factor yet, or who came in with it: a password alone must not replace one."""
    user: Any = request.user
    if not (user.is_active and user.is_staff):
        return False
    return bool(user.is_verified()) or not has_second_factor(user)


def second_factor_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    if not may_set_up(request):
        return HttpResponseRedirect(reverse("admin:login"))
    user: Any = request.user
    form = CodeForm(request.POST if "code" in request.POST else None)
    codes: list[str] = []
    if request.method == "POST" and "begin" in request.POST:
        begin(user=user)
    elif form.is_bound and form.is_valid():
        device = confirm(user=user, code=form.cleaned_data["code"].replace(" ", ""))
        if device:
            django_otp.login(request, device)
            codes = renew_backup_codes(user=user)
        else:
            form.add_error("code", "The code is wrong. Is the time of the device right? Wait for the next code.")
    elif request.method == "POST" and "codes" in request.POST and user.is_verified():
        codes = renew_backup_codes(user=user)
    return _page(site, request, form, codes)


def _page(site: AdminSite, request: HttpRequest, form: CodeForm, codes: list[str]) -> HttpResponse:
    pending = TOTPDevice.objects.using("default").filter(user=request.user, confirmed=False).first()
    context = {
        **site.each_context(request),
        "title": "Second factor",
        "form": form,
        "codes": codes,
        "is_set_up": has_second_factor(request.user),
        "pending": pending,
        "secret": _spaced(base64.b32encode(pending.bin_key).decode()) if pending else "",
        "picture": _picture(pending.config_url) if pending else "",
    }
    return TemplateResponse(request, "admin/second_factor.html", context)  # the site lets nobody keep it


@transaction.atomic
def begin(*, user: AbstractBaseUser) -> TOTPDevice:
    """A new secret, which is good for nothing until a code has confirmed it."""
    TOTPDevice.objects.filter(user=user, confirmed=False).delete()
    return TOTPDevice.objects.create(user=user, name=APP, confirmed=False)


@transaction.atomic
def confirm(*, user: AbstractBaseUser, code: str) -> TOTPDevice | None:
    """Puts the new secret into the place of the one before, if the code is right."""
    pending = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=False).first()
    if pending is None or not pending.verify_token(code):
        return None
    TOTPDevice.objects.filter(user=user, confirmed=True).delete()
    pending.confirmed = True
    pending.save(update_fields=["confirmed"])
    return pending


@transaction.atomic
def renew_backup_codes(*, user: AbstractBaseUser) -> list[str]:
    """New codes, each good for one time; those before are void."""
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name=BACKUP)
    codes = [f"{StaticToken.random_token()}{StaticToken.random_token()}" for _ in range(CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return codes


def _spaced(secret: str) -> str:
    return " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))


def _picture(address: str) -> str:
    """A QR code of the address (ISO/IEC 18004), as a data URI: black on white, whatever the page's colours."""
    return segno.make(address, error="m", micro=False).svg_data_uri(scale=4, light="white")
