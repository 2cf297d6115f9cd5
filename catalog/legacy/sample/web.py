"""Users and tracks of the web platform: generations A, B and C, each as its own Prisma schema had them."""

from .columns import (
    dates,
    durations,
    flags,
    flags_where,
    ipfs_hashes,
    json_texts,
    keys,
    links,
    money,
    nullable,
    numbers,
    one_of,
    optional,
    refer,
    times,
    where,
)
from .people import emails, is_published, names, titles, unique_wallets, usernames, wallets
from .schema import Column, Table
from .words import BIOS, GENRES

# Hand-made copies of the schema leave NOT NULL out of the key, and SQLite then takes NULL for a TEXT PRIMARY KEY.
KEY = Column("id", "TEXT PRIMARY KEY", keys)
CREATED = Column("createdAt", "DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP", times())
UPDATED = Column("updatedAt", "DATETIME NOT NULL", times(within_days=40))

_EMAIL = Column("email", "TEXT NOT NULL", emails())
_USERNAME = Column("username", "TEXT NOT NULL", usernames)
_ABOUT = (
    Column("bio", "TEXT", optional(one_of(*BIOS))),
    Column("avatar", "TEXT", optional(links("avatars", "webp"))),
    Column("banner", "TEXT", optional(links("banners", "jpg"), null=0.6)),
)
_STANDING = (
    Column(
        "level", "TEXT NOT NULL DEFAULT 'BRONZE'", one_of("BRONZE", "BRONZE", "BRONZE", "SILVER", "GOLD", "PLATINUM")
    ),
    Column("balance", "REAL NOT NULL DEFAULT 0", money),
)
_TON_BALANCE = Column("tonBalance", "REAL NOT NULL DEFAULT 0", money)
_FLAGS = (
    Column("isArtist", "BOOLEAN NOT NULL DEFAULT false", flags(0.4)),
    Column("isActive", "BOOLEAN NOT NULL DEFAULT true", flags(0.95)),
)
_ROLE = Column(
    "role", "TEXT NOT NULL DEFAULT 'LISTENER'", one_of("LISTENER", "LISTENER", "LISTENER", "ARTIST", "CURATOR", "ADMIN")
)
_TIMES = (CREATED, UPDATED)

_DISPLAY_NAME = Column("displayName", "TEXT", optional(names))
_WALLET = Column("wallet", "TEXT", wallets)

USERS_A = Table(
    "user",
    "users",
    (KEY, _EMAIL, _USERNAME, _DISPLAY_NAME, *_ABOUT, _WALLET, *_STANDING, *_FLAGS, *_TIMES),
    unique=(("email",), ("username",)),
)
USERS_B = Table(
    "user",
    "users",
    (KEY, _EMAIL, _USERNAME, _DISPLAY_NAME, *_ABOUT, _WALLET, *_STANDING, _TON_BALANCE, *_FLAGS, _ROLE, *_TIMES),
    unique=(("email",), ("username",)),
)
USERS_C = Table(
    "user",
    "users",
    (
        KEY,
        Column("email", "TEXT", emails(null=0.2)),
        _USERNAME,
        Column("displayName", "TEXT NOT NULL", names),
        *_ABOUT,
        Column("walletAddress", "TEXT", unique_wallets),
        *_STANDING,
        _TON_BALANCE,
        *_FLAGS,
        _ROLE,
        *_TIMES,
    ),
    unique=(("email",), ("username",), ("walletAddress",)),
)

_TITLE = Column("title", "TEXT NOT NULL", titles)
_GENRE = Column("genre", "TEXT NOT NULL", one_of(*GENRES))
_DURATION = Column("duration", "INTEGER", durations)
_COUNTS = (
    Column("playCount", "INTEGER NOT NULL DEFAULT 0", numbers(0, 250_000)),
    # Never equal to the rows of `likes`: the counter and the like are written apart from each other.
    Column("likeCount", "INTEGER NOT NULL DEFAULT 0", numbers(0, 9_000)),
)
_IPFS_HASH = Column("ipfsHash", "TEXT NOT NULL", ipfs_hashes)
_PRICE = Column("price", "REAL", nullable(money))
_VISIBILITY = (
    Column("isExplicit", "BOOLEAN NOT NULL DEFAULT false", flags(0.1)),
    Column("isPublished", "BOOLEAN NOT NULL DEFAULT false", flags_where(is_published)),
)
_STATUS = Column(
    "status", "TEXT NOT NULL DEFAULT 'DRAFT'", where(is_published, one_of("PUBLISHED"), one_of("DRAFT", "ARCHIVED"))
)
_PUBLISHED_AT = Column("publishedAt", "DATETIME", where(is_published, times(within_days=9), one_of(None)))
_ARTIST_ID = Column("artistId", "TEXT NOT NULL", refer("user"), references="users")
_ARTIST_NAME = Column("artistName", "TEXT NOT NULL", names)

TRACKS_A = Table(
    "track",
    "tracks",
    (
        *(KEY, _TITLE, _ARTIST_NAME, _GENRE, _DURATION, *_COUNTS, _IPFS_HASH),
        Column("metadata", "JSONB NOT NULL", json_texts),
        *(_PRICE, *_VISIBILITY, *_TIMES, _ARTIST_ID),
    ),
)
TRACKS_B = Table(
    "track",
    "tracks",
    (
        *(KEY, _TITLE, _ARTIST_NAME, _GENRE, _DURATION, *_COUNTS, _IPFS_HASH),
        Column("metadata", "TEXT", nullable(json_texts, 0.15)),
        *(_PRICE, *_VISIBILITY, _STATUS, _PUBLISHED_AT, *_TIMES, _ARTIST_ID),
    ),
)
TRACKS_C = Table(
    "track",
    "tracks",
    (
        *(KEY, _TITLE, Column("artist", "TEXT NOT NULL", names), _GENRE, _DURATION),
        Column("description", "TEXT", optional(one_of(*BIOS))),
        *(*_COUNTS, _IPFS_HASH),
        Column("fileSize", "INTEGER NOT NULL", numbers(900_000, 90_000_000)),
        Column("mimeType", "TEXT NOT NULL", one_of("audio/mpeg", "audio/mpeg", "audio/flac", "audio/wav")),
        *(_PRICE, *_VISIBILITY, _STATUS),
        Column("releaseDate", "DATETIME NOT NULL", dates),
        *(_PUBLISHED_AT, *_TIMES),
        Column("userId", "TEXT NOT NULL", refer("user"), references="users"),
    ),
)
