"""Who may do what staff do, outside of the admin."""

from __future__ import annotations

from django.conf import settings

from accounts.models import User

TELEGRAM = "telegram"


def is_named_admin(user: User) -> bool:
    """Whether ADMIN_IDS names one of the person's Telegram ids."""
    if not settings.ADMIN_IDS:
        return False
    named = [str(key) for key in settings.ADMIN_IDS]
    return user.identities.filter(provider=TELEGRAM, subject__in=named).exists()


def is_giveaway_admin(user: User) -> bool:
    """Whether the person looks after all giveaways: by ADMIN_IDS, or by the right to change them in the admin."""
    if not user.is_active:
        return False
    return user.has_perm("giveaways.change_giveaway") or is_named_admin(user)


def is_shut_out(user: User) -> bool:
    """Whether the person may do nothing at all. A ban does not hold for those whom ADMIN_IDS names."""
    return not user.is_active or (user.is_banned and not is_named_admin(user))
