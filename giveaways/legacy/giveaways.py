"""The Telegram giveaway tool, on Redis alone.

The truth about a giveaway is its JSON value: the sets of states, the counters and the locks are kept raw. Its parts and
its people are taken out by views. Dates that the tool left at its zero time are unknown.
"""

from __future__ import annotations

from giveaways.legacy.families import FAMILIES
from giveaways.legacy.sample import write_sample
from giveaways.legacy.views import VIEWS
from operations.importing.declaration import (
    AliasTable,
    Boolean,
    Choice,
    Entity,
    Generation,
    Integer,
    Json,
    Later,
    LegacySource,
    Proof,
    Reference,
    Rest,
    Text,
    Time,
)

ZERO_TIME = ("0001-01-01T00:00:00Z",)
PEOPLE = ("users", "strangers")
BY_ID = (Proof(provider="telegram", names=("telegram_id",), numeric=True),)
KNOWN_AS = AliasTable(model="accounts.Identity", owner="user")


def _same(*words: str) -> dict[str, str]:
    return {word: word for word in words}


def _time(field: str, name: str, *, required: bool = False) -> Time:
    return Time(field=field, names=(f"value.{name}",), unknown=ZERO_TIME, required=required)


def _unrecorded(field: str) -> Time:
    """A moment that nobody wrote down stays empty."""
    return Time(field=field)


USERS = Entity(
    name="users",
    tables=("users",),
    model="accounts.User",
    key=("telegram_id",),
    aliases=KNOWN_AS,
    proofs=BY_ID,
    agreeing=(("value.id", "telegram_id"),),
    rules=(
        Text(field="username", names=("value.username",), empty_is_null=True),
        Text(field="first_name", names=("value.first_name",), empty_is_null=True),
        Text(field="last_name", names=("value.last_name",), empty_is_null=True),
        Text(field="avatar", names=("value.avatar",), empty_is_null=True),
        Text(field="role", names=("value.role",), empty_is_null=True),
        Boolean(
            field="is_banned", names=("value.status",), yes=("banned",), no=("active",), default=False, lasting=True
        ),
        _time("created_at", "created_at"),
        _time("updated_at", "updated_at"),
    ),
    raw_only=("key", "redis_key", "type", "expires_at"),
)

STRANGERS = Entity(
    name="strangers",
    tables=("strangers",),
    model="accounts.User",
    key=("telegram_id",),
    aliases=KNOWN_AS,
    proofs=BY_ID,
    rules=(_unrecorded("created_at"), _unrecorded("updated_at")),
    raw_only=("met_in",),
)

GIVEAWAYS = Entity(
    name="giveaways",
    tables=("giveaways",),
    model="giveaways.Giveaway",
    key=("giveaway",),
    agreeing=(("value.id", "giveaway"),),
    rules=(
        Reference(field="creator", names=("value.creator_id",), entity=PEOPLE, required=True),
        Text(field="title", names=("value.title",), default=""),
        Text(field="description", names=("value.description",), default=""),
        Choice(
            field="status",
            names=("value.status",),
            required=True,
            values=_same("pending", "active", "processing", "custom", "completed", "cancelled", "expired", "history"),
        ),
        _time("started_at", "started_at", required=True),
        Integer(field="duration", names=("value.duration",), required=True, low=0),
        # The tool never set an end of its own.
        Later(field="ends_at", start="started_at", seconds="duration"),
        Integer(field="winners_count", names=("value.winners_count",), required=True, low=0),
        Integer(field="max_participants", names=("value.max_participants",), unknown=("0",), low=1),
        Boolean(field="allow_tickets", names=("value.allow_tickets",), default=False),
        Boolean(field="auto_distribute", names=("value.auto_distribute",), default=False),
        Integer(field="message_id", names=("value.msg_id",), unknown=("0",)),
        _time("created_at", "created_at"),
        _time("updated_at", "updated_at"),
    ),
    raw_only=("key", "redis_key", "type", "expires_at"),
)

PRIZES = Entity(
    name="prizes",
    tables=("prizes",),
    model="giveaways.Prize",
    key=("prize",),
    agreeing=(("value.id", "prize"),),
    rules=(
        Text(field="type", names=("value.type",), required=True),
        Text(field="name", names=("value.name",), default=""),
        Text(field="description", names=("value.description",)),
        Boolean(field="is_internal", names=("value.is_internal",), default=False),
        Json(field="fields", names=("value.fields",)),
        _time("created_at", "created_at"),
        _time("updated_at", "updated_at"),
    ),
    raw_only=("key", "redis_key", "type", "expires_at"),
)

OF_GIVEAWAY = Reference(field="giveaway", names=("giveaway",), entity="giveaways", required=True)
# Its place in the list, from 1.
POSITION = Integer(field="position", names=("position",), required=True, low=1)

GIVEAWAY_PRIZES = Entity(
    name="giveaway_prizes",
    tables=("giveaway_prizes",),
    model="giveaways.GiveawayPrize",
    key=("giveaway", "position"),
    derived_key=True,
    rules=(
        OF_GIVEAWAY,
        POSITION,
        # A prize that is gone leaves its place, whose type and fields say what is won.
        Reference(field="prize", names=("value.prize_id",), entity="prizes", dangling=True),
        Integer(field="place", names=("value.place",), unknown=("all",), low=1),
        Text(field="type", names=("value.prize_type",), default=""),
        Json(field="fields", names=("value.fields",)),
    ),
    raw_only=("part",),
)

SPONSORS = Entity(
    name="sponsors",
    tables=("sponsors",),
    model="giveaways.Sponsor",
    key=("sponsor",),
    derived_key=True,
    rules=(
        Integer(field="channel_id", names=("value.id",), unknown=("0",)),
        Text(field="username", names=("value.username",), empty_is_null=True),
        Text(field="title", names=("value.title",), default=""),
        Text(field="channel_url", names=("value.channel_url",), default=""),
        Text(field="avatar_url", names=("value.avatar_url",), default=""),
    ),
)

GIVEAWAY_SPONSORS = Entity(
    name="giveaway_sponsors",
    tables=("giveaway_sponsors",),
    model="giveaways.GiveawaySponsor",
    key=("giveaway", "position"),
    derived_key=True,
    rules=(
        OF_GIVEAWAY,
        POSITION,
        Reference(field="sponsor", names=("sponsor",), entity="sponsors", required=True),
    ),
    raw_only=("part",),
)

REQUIREMENTS = Entity(
    name="requirements",
    tables=("requirements",),
    model="giveaways.Requirement",
    key=("giveaway", "position"),
    derived_key=True,
    rules=(
        OF_GIVEAWAY,
        POSITION,
        Choice(field="type", names=("value.type",), required=True, values=_same("subscription", "boost", "custom")),
        Text(field="name", names=("value.name",), default=""),
        Text(field="username", names=("value.username",), empty_is_null=True),
        Integer(field="chat_id", names=("value.chat_id",), unknown=("0",)),
        Integer(field="min_level", names=("value.min_level",)),
        Text(field="description", names=("value.description",)),
        Rest(field="extra", of="value"),
    ),
    raw_only=("part",),
)

PARTICIPANTS = Entity(
    name="participants",
    tables=("participants",),
    model="giveaways.Participant",
    key=("giveaway", "element"),
    derived_key=True,
    rules=(
        OF_GIVEAWAY,
        Reference(field="user", names=("element",), entity=PEOPLE, required=True),
        _unrecorded("joined_at"),
    ),
    raw_only=("key", "redis_key", "type", "expires_at"),
)

TICKETS = Entity(
    name="tickets",
    tables=("tickets",),
    model="giveaways.Ticket",
    key=("giveaway", "element"),
    derived_key=True,
    rules=(
        OF_GIVEAWAY,
        Reference(field="user", names=("element",), entity=PEOPLE, required=True),
        Integer(field="count", names=("value",), required=True, low=1),
    ),
    raw_only=("key", "redis_key", "type", "expires_at"),
)

WIN_RECORDS = Entity(
    name="win_records",
    tables=("win_records",),
    model="giveaways.WinRecord",
    key=("win",),
    agreeing=(("value.id", "win"),),
    rules=(
        Reference(field="giveaway", names=("value.giveaway_id",), entity="giveaways", required=True),
        Reference(field="user", names=("value.user_id",), entity=PEOPLE, required=True),
        Reference(field="prize", names=("value.prize_id",), entity="prizes", dangling=True),
        Integer(field="place", names=("value.place",), required=True, low=1),
        Choice(
            field="status",
            names=("value.status",),
            required=True,
            values=_same("pending", "distributed", "cancelled"),
        ),
        _time("created_at", "created_at"),
        _time("updated_at", "updated_at"),
        _time("received_at", "received_at"),
    ),
    raw_only=("key", "redis_key", "type", "expires_at"),
)

WINNERS = Entity(
    name="winners",
    tables=("winners",),
    model="giveaways.WinRecord",
    key=("giveaway", "position"),
    derived_key=True,
    rules=(
        OF_GIVEAWAY,
        Reference(field="user", names=("value.user_id",), entity=PEOPLE, required=True),
        Integer(field="place", names=("value.place",), required=True, low=1),
        # Whether a prize has reached them was not recorded.
        Text(field="status", default="pending"),
        _unrecorded("created_at"),
        _unrecorded("updated_at"),
    ),
    raw_only=("part", "position"),
)

PRE_WINNER_LISTS = Entity(
    name="pre_winner_lists",
    tables=("pre_winner_lists",),
    model="giveaways.PreWinnerList",
    key=("giveaway",),
    agreeing=(("value.giveaway_id", "giveaway"),),
    rules=(
        OF_GIVEAWAY,
        Json(field="user_ids", names=("value.user_ids",), default="[]"),  # Go writes an empty list as null
        Json(field="users", names=("value.users",)),
        _time("created_at", "created_at"),
        Time(field="expires_at", names=("expires_at",)),
    ),
    raw_only=("key", "redis_key", "type"),
)

GIVEAWAY_TOOL = LegacySource(
    name="giveaways",
    title="the giveaway tool",
    generations=(Generation(name="Redis", columns={"users": ("telegram_id",), "giveaways": ("giveaway",)}),),
    families=FAMILIES,
    views=VIEWS,
    entities=(
        USERS,
        STRANGERS,
        GIVEAWAYS,
        PRIZES,
        GIVEAWAY_PRIZES,
        SPONSORS,
        GIVEAWAY_SPONSORS,
        REQUIREMENTS,
        PARTICIPANTS,
        TICKETS,
        WIN_RECORDS,
        WINNERS,
        PRE_WINNER_LISTS,
    ),
    kept=(
        "user_channels",
        "requirement_lists",
        "requirement_copies",
        "participants_count",
        "winner_lists",
        "winners_recorded",
        "locks",
        "memberships",
        "prize_assignments",
        "prize_distributions",
        "prize_templates",
        "requirement_templates",
        "nameless_wins",
        "channel_infos",
        "channel_texts",
        "ton_proofs",
        "ton_states",
    ),
    write_sample=write_sample,
    sample={"giveaways": 200, "users": 1_000, "entrants": 20_000},
    store="redis",
)
