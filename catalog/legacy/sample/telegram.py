"""Generation D, the Telegram mini app: Prisma's own table names, and no Telegram id or wallet is held unique."""

from .columns import (
    each,
    flags,
    flags_where,
    ipfs_hashes,
    json_texts,
    links,
    mints,
    money,
    nullable,
    one_of,
    optional,
    refer,
    signatures,
    ton_addresses,
)
from .people import (
    by_chain,
    emails,
    is_minted,
    minted_addresses,
    names,
    owner_addresses,
    telegrams,
    titles,
    wallets,
)
from .schema import Column, Table
from .web import CREATED, KEY, UPDATED
from .words import BIOS, GENRES

_CHAIN = Column("blockchain", "TEXT NOT NULL", by_chain(one_of("SOL"), one_of("TON")))
_CURRENCY = Column("currency", "TEXT NOT NULL", by_chain(one_of("SOL"), one_of("TON")))

MINI_APP = (
    Table(
        "user",
        "User",
        (
            KEY,
            Column("email", "TEXT NOT NULL", emails()),
            Column("name", "TEXT", optional(names)),
            Column("solanaAddress", "TEXT", wallets),
            Column("tonAddress", "TEXT", optional(ton_addresses, null=0.6)),
            Column("telegramId", "TEXT", telegrams),
            Column("isArtist", "BOOLEAN NOT NULL DEFAULT false", flags(0.4)),
            *(CREATED, UPDATED),
        ),
        unique=(("email",),),
    ),
    Table(
        "track",
        "Track",
        (
            KEY,
            Column("title", "TEXT NOT NULL", titles),
            Column("genre", "TEXT NOT NULL", one_of(*GENRES)),
            Column("description", "TEXT", optional(one_of(*BIOS))),
            Column("coverArt", "TEXT", optional(links("covers", "jpg"))),
            Column("audioUrl", "TEXT NOT NULL", links("audio", "mp3")),
            Column("ipfsHash", "TEXT", optional(ipfs_hashes)),
            Column("price", "REAL NOT NULL", money),
            Column("currency", "TEXT NOT NULL DEFAULT 'SOL'", one_of("SOL", "SOL", "SOL", "TON")),
            Column("artistId", "TEXT", refer("user"), references="User", on_delete="SET NULL"),
            Column("isMinted", "BOOLEAN NOT NULL DEFAULT false", flags_where(is_minted)),
            Column("mintAddress", "TEXT", minted_addresses),
            *(CREATED, UPDATED),
        ),
    ),
    Table(
        "nft",
        "Nft",
        (
            KEY,
            Column("trackId", "TEXT", nullable(refer("track")), references="Track", on_delete="SET NULL"),
            _CHAIN,
            Column("mintAddress", "TEXT", mints),
            Column("ownerAddress", "TEXT NOT NULL", by_chain(owner_addresses, ton_addresses)),
            Column("price", "REAL", nullable(money)),
            _CURRENCY,
            Column("metadata", "TEXT", nullable(json_texts)),
        ),
        per="track",
        share=0.05,
    ),
    Table(
        "purchase",
        "Purchase",
        (
            KEY,
            Column("nftId", "TEXT NOT NULL", each("nft"), references="Nft", on_delete="RESTRICT"),
            Column("buyerId", "TEXT NOT NULL", refer("user"), references="User", on_delete="RESTRICT"),
            Column("price", "REAL NOT NULL", money),
            _CURRENCY,
            Column("transaction", "TEXT NOT NULL", signatures),
            CREATED,
            Column("trackId", "TEXT", nullable(refer("track")), references="Track", on_delete="SET NULL"),
        ),
        per="nft",
        share=0.4,
    ),
    Table(
        "transaction",
        "Transaction",
        (
            KEY,
            Column("userId", "TEXT NOT NULL", refer("user"), references="User", on_delete="RESTRICT"),
            Column("type", "TEXT NOT NULL", one_of("MINT", "PURCHASE", "SALE")),
            _CHAIN,
            Column("hash", "TEXT NOT NULL", signatures),
            Column("amount", "REAL NOT NULL", money),
            _CURRENCY,
            Column("status", "TEXT NOT NULL DEFAULT 'PENDING'", one_of("PENDING", "CONFIRMED", "FAILED")),
            Column("metadata", "TEXT", nullable(json_texts)),
            CREATED,
        ),
        per="track",
        share=0.05,
    ),
)
