"""What the views of accounts take and give."""

from __future__ import annotations

from ninja import Schema
from pydantic import Field


class TelegramSignIn(Schema):
    init_data: str = Field(description="As Telegram gave it to the app: `Telegram.WebApp.initData`.")


class SignedInUser(Schema):
    id: str
    first_name: str | None
    last_name: str | None
    username: str | None


class Me(SignedInUser):
    is_giveaway_admin: bool = Field(description="Whether this person looks after everybody's giveaways.")


class Token(Schema):
    token: str = Field(description="To be sent as `Authorization: Bearer`.")
    expires_in: int = Field(description="Seconds.")
    user: SignedInUser
