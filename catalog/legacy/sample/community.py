"""What people did with the music of generations A, B and C: playlists, likes, plays, tokens, payments."""

from .columns import (
    durations,
    each,
    flags,
    json_texts,
    links,
    mints,
    money,
    nullable,
    numbers,
    one_of,
    optional,
    positions,
    refer,
    signatures,
    times,
)
from .people import titles, wallet_owners
from .schema import Column, Table
from .web import CREATED, KEY, UPDATED
from .words import BIOS, COMMENTS, MESSAGES, REWARDS

_USER = Column("userId", "TEXT NOT NULL", refer("user"), references="users")
_TRACK = Column("trackId", "TEXT NOT NULL", refer("track"), references="tracks")
_EACH_TRACK = Column("trackId", "TEXT NOT NULL", each("track"), references="tracks")
_DESCRIPTION = Column("description", "TEXT", optional(one_of(*BIOS)))

COMMUNITY = (
    Table(
        "playlist",
        "playlists",
        (
            KEY,
            Column("name", "TEXT NOT NULL", titles),
            _DESCRIPTION,
            Column("isPublic", "BOOLEAN NOT NULL DEFAULT true", flags(0.8)),
            Column("coverImage", "TEXT", optional(links("covers", "jpg"))),
            Column("playCount", "INTEGER NOT NULL DEFAULT 0", numbers(0, 5_000)),
            *(CREATED, UPDATED, _USER),
        ),
        per="track",
        share=0.01,
    ),
    Table(
        "playlist_track",
        "playlist_tracks",
        (
            KEY,
            Column("position", "INTEGER NOT NULL", positions),
            Column("playlistId", "TEXT NOT NULL", refer("playlist"), references="playlists"),
            _EACH_TRACK,
        ),
        unique=(("playlistId", "trackId"),),
        per="track",
        share=0.03,
    ),
    Table(
        "like", "likes", (KEY, CREATED, _USER, _EACH_TRACK), unique=(("userId", "trackId"),), per="track", share=0.05
    ),
    Table(
        "comment",
        "comments",
        (KEY, Column("content", "TEXT NOT NULL", one_of(*COMMENTS)), CREATED, UPDATED, _USER, _TRACK),
        per="track",
        share=0.04,
    ),
    Table(
        "reward",
        "rewards",
        (
            KEY,
            Column("type", "TEXT NOT NULL", one_of(*REWARDS)),
            Column("amount", "REAL NOT NULL", money),
            Column("reason", "TEXT", optional(one_of("upload", "daily", "за прослушивание"))),
            *(CREATED, _USER),
        ),
        per="track",
        share=0.02,
    ),
    Table(
        "follow",
        "follows",
        (
            *(KEY, CREATED),
            Column("followerId", "TEXT NOT NULL", each("user"), references="users"),
            Column("followingId", "TEXT NOT NULL", refer("user"), references="users"),
        ),
        unique=(("followerId", "followingId"),),
        per="user",
        share=0.05,
    ),
    Table(
        "play",
        "play_history",
        (
            KEY,
            Column("duration", "INTEGER", durations),
            Column("completed", "BOOLEAN NOT NULL DEFAULT false", flags(0.6)),
            *(CREATED, _USER, _TRACK),
        ),
        per="track",
        share=0.05,
    ),
)

TOKENS = (
    Table(
        "nft",
        "nfts",
        (
            KEY,
            Column("tokenId", "TEXT NOT NULL", mints),
            Column("name", "TEXT NOT NULL", titles),
            _DESCRIPTION,
            Column("imageUrl", "TEXT", optional(links("tokens", "png"))),
            Column("metadata", "TEXT", nullable(json_texts)),
            Column("price", "REAL", nullable(money)),
            Column("status", "TEXT NOT NULL DEFAULT 'MINTED'", one_of("LISTED", "SOLD", "MINTED", "TRANSFERRED")),
            Column("type", "TEXT NOT NULL DEFAULT 'TRACK'", one_of("TRACK", "TRACK", "ALBUM", "PLAYLIST", "ARTIST")),
            *(CREATED, UPDATED),
            Column("ownerId", "TEXT NOT NULL", wallet_owners, references="users"),
            Column("trackId", "TEXT", nullable(refer("track")), references="tracks"),
        ),
        unique=(("tokenId",),),
        per="track",
        share=0.05,
    ),
    Table(
        "purchase",
        "purchases",
        (
            KEY,
            Column("price", "REAL NOT NULL", money),
            Column("transaction", "TEXT NOT NULL", signatures),
            CREATED,
            Column("buyerId", "TEXT NOT NULL", refer("user"), references="users"),
            Column("nftId", "TEXT NOT NULL", each("nft"), references="nfts"),
        ),
        unique=(("buyerId", "nftId"),),
        per="nft",
        share=0.4,
    ),
    Table(
        "stake",
        "stakes",
        (
            KEY,
            Column("amount", "REAL NOT NULL", money),
            Column("rewardRate", "REAL NOT NULL", one_of(0.05, 0.12, 5, 15.0)),
            Column("earned", "REAL NOT NULL DEFAULT 0", money),
            Column("status", "TEXT NOT NULL DEFAULT 'ACTIVE'", one_of("ACTIVE", "WITHDRAWN", "PENDING")),
            Column("startDate", "DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP", times()),
            Column("endDate", "DATETIME", nullable(times(within_days=365))),
            *(CREATED, UPDATED, _USER),
        ),
        per="user",
        share=0.03,
    ),
)

DONATIONS = Table(
    "donation",
    "donations",
    (
        KEY,
        Column("amount", "REAL NOT NULL", money),
        Column("message", "TEXT", optional(one_of(*MESSAGES))),
        Column("signature", "TEXT NOT NULL", signatures),
        Column("status", "TEXT NOT NULL DEFAULT 'pending'", one_of("pending", "completed", "completed", "failed")),
        CREATED,
        Column("fromUserId", "TEXT NOT NULL", refer("user"), references="users"),
        Column("toUserId", "TEXT NOT NULL", refer("user"), references="users"),
    ),
    unique=(("signature",),),
    per="track",
    share=0.05,
)
