"""The outbox: messages are owed in the transaction that causes them, and sent by workers afterwards."""

from __future__ import annotations

from accounts.models import User
from giveaways.models import Giveaway, Message


def owe(*, key: str, recipient: User, text: str, giveaway: Giveaway | None = None) -> None:
    """Owe somebody a message, once per key. It belongs to the caller's transaction and is sent after its commit."""
    Message.objects.bulk_create(
        [Message(key=key, recipient=recipient, text=text, giveaway=giveaway)], ignore_conflicts=True
    )
