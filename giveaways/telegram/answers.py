"""What the Bot API answers: the members of its objects that are read here. Others are left alone."""

from __future__ import annotations

from typing import Any

import msgspec


class Parameters(msgspec.Struct, frozen=True):
    retry_after: float | None = None
    migrate_to_chat_id: int | None = None


class Answer(msgspec.Struct, frozen=True):
    ok: bool
    result: msgspec.Raw = msgspec.Raw()
    error_code: int = 0
    description: str = ""
    parameters: Parameters = Parameters()


class Chat(msgspec.Struct, frozen=True):
    id: int
    type: str
    title: str = ""
    username: str = ""


class ChatMember(msgspec.Struct, frozen=True):
    """`is_member` is told of restricted people only."""

    status: str
    is_member: bool = False

    @property
    def belongs(self) -> bool:
        return self.status in ("creator", "administrator", "member") or (self.status == "restricted" and self.is_member)


class Boosts(msgspec.Struct, frozen=True):
    boosts: list[dict[str, Any]]


class SentMessage(msgspec.Struct, frozen=True):
    message_id: int
