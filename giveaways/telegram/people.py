"""Who somebody is on Telegram."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import DEFAULT_DB_ALIAS

from accounts.models import Identity, User

PROVIDER = "telegram"


def telegram_id_of(user: User) -> int | None:
    return telegram_ids_of([user.pk]).get(user.pk)


def telegram_ids_of(users: Iterable[str]) -> dict[str, int]:
    """The oldest Telegram account of each; whoever has none is left out."""
    identities = Identity.objects.using(DEFAULT_DB_ALIAS).filter(user__in=users, provider=PROVIDER)
    pairs = identities.order_by("-created_at", "-id").values_list("user_id", "subject")
    return {user: int(subject) for user, subject in pairs if _is_number(subject)}


def _is_number(subject: str) -> bool:
    return subject.isascii() and subject.isdigit() and 0 < len(subject) < 20
