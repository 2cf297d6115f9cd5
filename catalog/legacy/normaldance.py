"""NormalDance: a music and NFT platform on SQLite, in four generations of its schema.

Money is kept with the currency that the source names; generations A to C name none, so theirs is NULL. Tables without a
destination (playlists, likes, comments, rewards and so on) are landed raw and kept.
"""

from __future__ import annotations

from catalog.legacy.sample import write_sample
from operations.importing.declaration import (
    PLACEHOLDERS,
    AliasTable,
    Boolean,
    Contested,
    Decimal,
    Entity,
    Generation,
    Integer,
    Json,
    LegacySource,
    Lookup,
    Proof,
    Reference,
    Rest,
    Text,
    Time,
)

# Addresses without an owner, which programs fill in where they have none: the keys of all zeros.
NOBODYS_SOLANA = ("1" * 32,)
NOBODYS_TON = (f"0:{'0' * 64}", f"EQ{'A' * 43}M9c", f"UQ{'A' * 43}JKZ")
NOBODYS = (*PLACEHOLDERS, *NOBODYS_SOLANA)
WALLET = ("solanaAddress", "walletAddress", "wallet", "address")

USERS = Entity(
    name="users",
    tables=("users", "User"),
    model="accounts.User",
    aliases=AliasTable(model="accounts.Identity", owner="user"),
    proofs=(
        Proof(provider="telegram", names=("telegramId",), numeric=True, unknown=PLACEHOLDERS),
        Proof(provider="solana", names=WALLET, unknown=NOBODYS),
        Proof(provider="ton", names=("tonAddress",), unknown=(*PLACEHOLDERS, *NOBODYS_TON)),
    ),
    unique=("email",),
    rules=(
        Text(field="email", names=("email",), empty_is_null=True, unknown=PLACEHOLDERS),
        Contested(field="contested_email", of="email"),
        Text(field="username", names=("username",), empty_is_null=True),
        Text(field="display_name", names=("displayName", "name")),
        Text(field="avatar", names=("avatar", "imageUrl")),
        Text(field="banner", names=("banner",)),
        Text(field="bio", names=("bio",)),
        Boolean(field="is_artist", names=("isArtist",), default=False),
        Boolean(field="is_active", names=("isActive",), default=True),
        Time(field="created_at", names=("createdAt",)),
        Time(field="updated_at", names=("updatedAt",)),
    ),
    raw_only=("level", "role", "balance", "tonBalance"),
)

TRACKS = Entity(
    name="tracks",
    tables=("tracks", "Track"),
    model="catalog.Track",
    rules=(
        Text(field="title", names=("title",), required=True),
        Text(field="description", names=("description",)),
        Reference(field="artist", names=("artistId", "userId"), entity="users", required=True),
        Text(field="artist_name", names=("artistName", "artist")),
        Text(field="genre", names=("genre",), empty_is_null=True),
        Text(field="cover_image", names=("coverImage", "coverArt", "imageUrl")),
        Text(field="audio_url", names=("audioUrl",)),
        Text(field="ipfs_hash", names=("ipfsHash",)),
        Integer(field="file_size", names=("fileSize",), low=0),
        Text(field="mime_type", names=("mimeType",)),
        Decimal(field="duration", names=("duration",), digits=12, places=3),
        Time(field="release_date", names=("releaseDate",)),
        Time(field="published_at", names=("publishedAt",)),
        Boolean(field="is_published", names=("isPublished",), default=True),
        Boolean(field="is_explicit", names=("isExplicit",), default=False),
        Text(field="status", names=("status",)),
        Integer(field="play_count", names=("playCount",)),
        Integer(field="like_count", names=("likeCount",)),
        Decimal(field="price", names=("price",), digits=20, places=9),
        Text(field="currency", names=("currency",), empty_is_null=True),
        Boolean(field="is_nft", names=("isNFT", "isMinted"), default=False),
        Text(field="nft_contract", names=("nftContract", "mintAddress"), empty_is_null=True),
        Json(field="metadata", names=("metadata",)),
        Time(field="created_at", names=("createdAt",), required=True),
        Time(field="updated_at", names=("updatedAt",), required=True),
    ),
)

MEMORIALS = Entity(
    name="memorials",
    tables=("nfts", "Nft", "NFT"),
    model="catalog.NFTMemorial",
    unique=("memorial_id",),
    optional=True,
    rules=(
        # Generation D leaves the mint address empty until a token is minted: the token's own id stands for it.
        Text(field="memorial_id", names=("tokenId", "mintAddress", "id"), required=True, empty_is_null=True),
        Reference(field="owner", names=("ownerId",), entity="users"),
        Lookup(field="owner_wallet", names=("ownerAddress",), via="owner", of=WALLET, unknown=NOBODYS),
        Reference(field="track", names=("trackId",), entity="tracks"),
        Rest(field="metadata"),
        Time(field="created_at", names=("createdAt",)),
        Time(field="updated_at", names=("updatedAt",)),
    ),
)


def _generation(name: str, *marks: str, own: tuple[str, ...] = ()) -> tuple[Generation, ...]:
    """A generation that the columns of its users mark; Prisma names the tables so or so."""
    return tuple(
        Generation(name=name, columns={users: ("id", *marks), tracks: ("id", "title")}, own=own)
        for users, tracks in (("users", "tracks"), ("User", "Track"))
    )


NORMALDANCE = LegacySource(
    name="normaldance",
    title="NormalDance",
    generations=(
        *_generation("D", "solanaAddress", "telegramId"),
        # Its code still wrote the names of others in places.
        *_generation("C", "walletAddress", own=("userId", "artist")),
        *_generation("B", "tonBalance"),
        *_generation("B", "role"),
        *_generation("A", "wallet"),
    ),
    entities=(USERS, TRACKS, MEMORIALS),
    kept=(
        "playlists",
        "playlist_tracks",
        "likes",
        "comments",
        "rewards",
        "follows",
        "play_history",
        "stakes",
        "donations",
        "purchases",
        "Purchase",
        "Transaction",
        "_prisma_migrations",
    ),
    write_sample=write_sample,
    sample={"generation": "B", "users": 5_000, "tracks": 50_000},
)
