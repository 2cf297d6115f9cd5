"""Who may do what with a giveaway."""

from __future__ import annotations

from accounts.models import User
from accounts.staff_rights import is_giveaway_admin
from giveaways.errors import AdminsOnly, NotYours
from giveaways.models import Giveaway


def may_manage(giveaway: Giveaway, user: User) -> bool:
    """Its creator, and whoever is a giveaway admin."""
    return giveaway.creator_id == user.pk or is_giveaway_admin(user)


def require_manager(giveaway: Giveaway, user: User) -> None:
    if not may_manage(giveaway, user):
        raise NotYours("Only its creator or a giveaway admin can do this.")


def require_creator(giveaway: Giveaway, user: User) -> None:
    if giveaway.creator_id != user.pk:
        raise NotYours


def require_admin(user: User) -> None:
    if not is_giveaway_admin(user):
        raise AdminsOnly
