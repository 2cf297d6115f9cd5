"""Signing in by e-mail and password."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.models import User


class EmailBackend(ModelBackend):
    """Finds the person by the address as spelled, else by the only one that differs from it by case alone."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        email = username if username is not None else kwargs.get(User.USERNAME_FIELD)
        if not email or password is None:
            return None
        candidates = list(User.objects.with_email(email)[:3])
        exact = [user for user in candidates if user.email == email]
        found = exact or (candidates if len(candidates) == 1 else [])
        if not found:
            User().set_password(password)  # as slow as a wrong password: the answer's time tells nothing
            return None
        user = found[0]
        return user if user.check_password(password) and self.user_can_authenticate(user) else None
