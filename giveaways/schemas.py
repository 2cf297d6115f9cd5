"""What the API of giveaways takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints

from giveaways.cursors import AfterLargest, AfterNewest, AfterPlace
from giveaways.plans import Plan, PrizePlan, RequirementPlan, SponsorPlan

LIMIT = 20
HIGHEST_LIMIT = 100
HIGHEST = 2**31 - 1

# NUL: text of PostgreSQL cannot hold it, so it is refused here, by name.
Title = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Line = Annotated[str, StringConstraints(max_length=255, pattern=r"^[^\x00]*$")]
Text = Annotated[str, StringConstraints(max_length=4000, pattern=r"^[^\x00]*$")]
Url = Annotated[str, StringConstraints(max_length=2000, pattern=r"^(https?://[^\x00\s]+)?$")]
Channel = Annotated[str, StringConstraints(pattern=r"^@?[A-Za-z0-9_]{4,32}$")]
ChatId = Annotated[int, Field(ge=-(2**63), lt=2**63, description="Telegram's own id of the channel.")]
Number = Annotated[int, Field(ge=1, le=HIGHEST)]
Limit = Annotated[int, Field(ge=1, le=HIGHEST_LIMIT, description=f"How many, 1 to {HIGHEST_LIMIT}.")]
PrizeType = Literal["telegram_stars", "telegram_premium", "telegram_gifts", "telegram_stickers", "custom", "internal"]
Status = Literal["pending", "active", "processing", "custom", "completed", "cancelled", "expired", "history"]


class Given(Schema):
    """What comes in: of the right types, and with no names that mean nothing."""

    model_config = ConfigDict(extra="forbid", strict=True)


class SponsorIn(Given):
    username: Channel | None = None
    channel_id: ChatId | None = None
    title: Line = ""
    channel_url: Url = ""
    avatar_url: Url = ""

    @property
    def plan(self) -> SponsorPlan:
        return SponsorPlan(**self.model_dump())


class RequirementIn(Given):
    type: Literal["subscription", "boost", "custom"]
    username: Channel | None = Field(None, description="The channel, with or without @.")
    chat_id: ChatId | None = None
    description: Text | None = Field(None, description="Of a custom requirement: what is asked.")

    @property
    def plan(self) -> RequirementPlan:
        return RequirementPlan(**self.model_dump())


class PrizeField(Given):
    name: Line
    type: Line
    value: Text
    description: Text = ""


class PrizeIn(Given):
    place: Number | Literal["all"] = Field(description="Whose it is; several prizes may be for all winners.")
    type: PrizeType
    name: Line = ""
    description: Text | None = None
    is_internal: bool = False
    fields: list[PrizeField] | None = Field(None, max_length=20, description="For its creator and winners only.")

    @property
    def plan(self) -> PrizePlan:
        values = self.model_dump()
        return PrizePlan(**values | {"place": None if self.place == "all" else self.place})


class GiveawayIn(Given):
    title: Title
    description: Text = ""
    duration: Number = Field(description="Seconds from now to its end.")
    winners_count: Number
    max_participants: Number | None = Field(None, description="Null: no limit.")
    allow_tickets: bool = False
    auto_distribute: bool = Field(False, description="Internal prizes are handed out by the draw itself.")
    beacon: bool = Field(False, description="Whether a round of drand, after its end, goes into the draw.")
    prizes: list[PrizeIn] = Field([])
    requirements: list[RequirementIn] = Field([])
    sponsors: list[SponsorIn] = Field([])

    @property
    def plan(self) -> Plan:
        values = {name: getattr(self, name) for name in type(self).model_fields if name != "beacon"}
        return Plan(**planned(values))


class GiveawayChanges(Given):
    """Only what is named is changed; a list is replaced as a whole."""

    title: Title = ""
    description: Text = ""
    duration: Number = 1
    winners_count: Number = 1
    max_participants: Number | None = None
    allow_tickets: bool = False
    auto_distribute: bool = False
    prizes: list[PrizeIn] = Field([])
    requirements: list[RequirementIn] = Field([])
    sponsors: list[SponsorIn] = Field([])

    @property
    def changes(self) -> dict[str, Any]:
        return planned({name: getattr(self, name) for name in self.model_fields_set})


def planned(values: dict[str, Any]) -> dict[str, Any]:
    """The values with the lists among them as plans."""
    lists = {name: tuple(part.plan for part in value) for name, value in values.items() if isinstance(value, list)}
    return values | lists


class CancelIn(Given):
    reason: Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"^[^\x00]*$")] = Field(
        description="Shown to everybody."
    )


class GrantIn(Given):
    telegram_id: int = Field(ge=1, lt=2**63, description="Of an entrant.")
    count: Number = Field(description="How many tickets to add.")


class TopQuery(Schema):
    limit: Limit = LIMIT
    after: AfterLargest = Field(None, description="`next` of the page before.")


class NewestQuery(Schema):
    limit: Limit = LIMIT
    after: AfterNewest = Field(None, description="`next` of the page before.")


class StatusQuery(NewestQuery):
    status: list[Status] = Field([], description="Only giveaways in one of these states; none: in every state.")


class WinnersQuery(Schema):
    limit: Limit = HIGHEST_LIMIT
    after: AfterPlace = Field(None, description="`next` of the page before.")


class Person(Schema):
    """Never an e-mail address, and no id of theirs."""

    name: str | None
    username: str | None
    avatar: str | None


class GiveawayShort(Schema):
    id: UUID
    title: str
    status: Status
    started_at: datetime
    ends_at: datetime
    winners_count: int
    max_participants: int | None = Field(description="Null: no limit.")
    participants: int = Field(description="How many take part now.")
    allow_tickets: bool
    creator: Person


class GiveawayPage(Schema):
    giveaways: list[GiveawayShort]
    next: str | None = Field(description="The next page is `after` this; null on the last one.")


class PrizeOut(Schema):
    place: int | Literal["all"]
    type: str
    name: str
    description: str | None


class RequirementOut(Schema):
    type: Literal["subscription", "boost", "custom"]
    name: str
    username: str | None
    description: str | None


class SponsorOut(Schema):
    username: str | None
    title: str
    channel_url: str
    avatar_url: str


class Promise(Schema):
    """What was fixed before anybody could join; the proof of the draw is held against it."""

    commitment: str = Field(description="SHA-256 of the seed, in hex.")
    beacon_chain: str | None = Field(description="drand's chain; null: no beacon.")
    beacon_round: int | None


class Private(Schema):
    """For its creator and giveaway admins alone."""

    auto_distribute: bool
    message_id: int | None
    list_due_at: datetime | None = Field(description="Until then the creator may upload a list of winners.")
    may_edit_until: datetime | None = Field(description="Null: not any more.")
    prize_fields: list[Any] = Field(description="Of each prize, in the order of `prizes`; null: it has none.")


class GiveawayDetail(GiveawayShort):
    description: str
    duration: int = Field(description="Seconds from start to end.")
    prizes: list[PrizeOut]
    requirements: list[RequirementOut]
    sponsors: list[SponsorOut]
    draw: Promise | None = Field(description="Null: a giveaway of the legacy tool.")
    ended_reason: str | None = Field(description="Why it was cancelled.")
    recreated_from: UUID | None
    private: Private | None = Field(description="Null for all but its creator and giveaway admins.")


class PlaceWinner(Schema):
    place: int
    person: Person
    entry: UUID | None = Field(description="As the draw publishes it; null: not known, by the legacy tool.")
    prize: str | None = Field(description="Null: none for this place.")
    status: Literal["pending", "distributed"] | None = Field(description="For its creator and giveaway admins alone.")


class Winners(Schema):
    winners: list[PlaceWinner]
    next: str | None = Field(description="The next page is `after` this; null on the last one.")


class Distributed(Schema):
    place: int
    status: Literal["distributed"]
    received_at: datetime | None = Field(description="Null: not recorded, by the legacy tool.")


class Win(Schema):
    place: int
    prize: str | None
    status: Literal["pending", "distributed", "cancelled"]


class Participation(Schema):
    joined: bool
    entry: UUID | None = Field(description="By this the draw names the person, without saying who they are.")
    joined_at: datetime | None
    tickets: int
    won: list[Win]


class Joined(Schema):
    entry: UUID = Field(description="By this the draw names the person, without saying who they are.")


class TicketOut(Schema):
    telegram_id: int
    tickets: int = Field(description="All that they have now.")


class ListItem(Schema):
    line: int
    text: str


class Reported(Schema):
    count: int
    first: list[ListItem] = Field(description="The first of them.")


class Strangers(Schema):
    count: int
    first: list[int] = Field(description="The first of them.")


class UploadedList(Schema):
    accepted: int = Field(description="Different ids that were stored.")
    expires_at: datetime
    not_understood: Reported
    repeated: Reported
    not_entrants: Strangers = Field(description="Stored, but they cannot win: they have not joined.")
