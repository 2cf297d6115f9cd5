"""The register of dirt: every way in which a legacy record goes wrong, and what should become of such a record."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, cycle, islice
from typing import Literal, TypeAlias

from .spoiling import (
    Spoil,
    Spot,
    always,
    beyond_64_bits,
    blob,
    broken_text,
    in_turn,
    long_text,
    lost,
    mint_of_another,
    numbered,
    partner_by_mint,
    partner_by_telegram,
    partner_by_wallet,
    someone_without_wallet,
    stranger,
    telegram_of_another,
    wallet_of_a_third,
    wallet_of_another,
)
from .world import World

Fate: TypeAlias = Literal["rejected", "merged", "loaded", "kept"]


@dataclass(frozen=True)
class Kind:
    """One kind of dirt in one column of one entity.

    `fate` is what an importer owes such a record: `rejected` with a reason, `merged` into the person it proves to be,
    `loaded` with the gap left open, or `kept` raw, as all records of tables without a destination are.
    Clean records refer to loaded and merged ones, never to rejected ones. `once`: a UNIQUE key takes the value once.
    `company`: it takes other records to be wrong, so tiny samples go without. `partner` finds the earlier record whose
    value it repeats, the one that a merged record turns out to be. `also` spoils a second column.
    """

    slug: str
    entity: str
    column: str
    generations: str
    spoil: Spoil
    fate: Fate = "rejected"
    once: bool = False
    company: bool = False
    partner: Callable[[Spot], int] | None = None
    also: tuple[str, Spoil] | None = None


def _bad_keys(entity: str, generations: str) -> tuple[Kind, ...]:
    return (
        Kind("id_empty", entity, "id", generations, always(""), once=True),
        Kind("id_null", entity, "id", generations, always(None)),
        Kind("id_long", entity, "id", generations, long_text(10_000)),
    )


def _bad_times(entity: str, column: str, generations: str) -> tuple[Kind, ...]:
    return (
        Kind("time_text", entity, column, generations, always("yesterday")),
        Kind("time_zero", entity, column, generations, always("0000-00-00 00:00:00")),
        Kind("time_impossible", entity, column, generations, always("2023-02-30 10:00:00")),
        Kind("time_huge", entity, column, generations, always(10**18)),
    )


def _bad_text(entity: str, column: str, generations: str, fate: Fate = "rejected") -> tuple[Kind, ...]:
    return (
        Kind("text_broken_utf8", entity, column, generations, broken_text, fate),
        Kind("text_nul", entity, column, generations, numbered("before\0after #"), fate),
        Kind("text_blob", entity, column, generations, blob, fate),
    )


def _bad_json(entity: str, generations: str, fate: Fate = "rejected") -> tuple[Kind, ...]:
    surrogates = in_turn('{"a": "\\ud800"}', '["\\udc00 low"]', '{"\\ud83d": 1}')
    return (
        Kind("json_invalid", entity, "metadata", generations, in_turn("{bad", "{'a': 1}", "NaN"), fate),
        Kind("json_nul_escape", entity, "metadata", generations, in_turn('{"a": "x\\u0000y"}', '{"\\u0000": 1}'), fate),
        Kind("json_lone_surrogate", entity, "metadata", generations, surrogates, fate),
    )


def _same_person(
    slug: str, column: str, generations: str, spoil: Spoil, partner: Callable[[Spot], int], fate: Fate = "merged"
) -> Kind:
    return Kind(slug, "user", column, generations, spoil, fate, company=True, partner=partner)


def _bad_owners(column: str, generations: str) -> tuple[Kind, ...]:
    return (
        Kind("owner_missing", "track", column, generations, stranger),
        Kind("owner_blank", "track", column, generations, always("")),
        Kind("owner_rejected", "track", column, generations, lost("user"), company=True),
    )


KINDS: tuple[Kind, ...] = (
    # people
    *_bad_keys("user", "ABCD"),
    *_bad_times("user", "createdAt", "ABCD"),
    Kind("time_text", "user", "updatedAt", "ABCD", always("yesterday")),
    Kind("flag_text", "user", "isArtist", "ABCD", always("maybe")),
    Kind("flag_text", "user", "isActive", "ABC", always("maybe")),
    Kind("text_broken_utf8", "user", "username", "ABC", broken_text),
    *_bad_text("user", "bio", "ABC"),
    *_bad_text("user", "name", "D"),
    _same_person("same_wallet", "wallet", "AB", wallet_of_another, partner_by_wallet),
    _same_person("same_wallet", "solanaAddress", "D", wallet_of_another, partner_by_wallet),
    _same_person("same_telegram", "telegramId", "D", telegram_of_another, partner_by_telegram),
    replace(
        _same_person("conflicting_proof", "telegramId", "D", telegram_of_another, partner_by_telegram, "rejected"),
        also=("solanaAddress", wallet_of_a_third),
    ),
    Kind("telegram_beyond_64_bits", "user", "telegramId", "D", beyond_64_bits),
    Kind("telegram_not_number", "user", "telegramId", "D", numbered("@name#")),
    # tracks
    *_bad_keys("track", "ABCD"),
    *_bad_times("track", "createdAt", "ABCD"),
    Kind("time_text", "track", "updatedAt", "ABCD", always("yesterday")),
    Kind("time_impossible", "track", "publishedAt", "BC", always("2023-02-30 10:00:00")),
    *_bad_times("track", "releaseDate", "C"),
    Kind("title_blank", "track", "title", "ABCD", in_turn("   ", "", "\t\n")),
    *_bad_text("track", "title", "ABCD"),
    Kind("genre_long", "track", "genre", "ABCD", long_text(5_000)),
    Kind("negative_duration", "track", "duration", "ABC", in_turn(-1, -240, -0.5)),
    Kind("price_negative", "track", "price", "ABCD", in_turn(-0.01, -5)),
    Kind("price_text", "track", "price", "ABCD", always("free")),
    Kind("price_infinite", "track", "price", "ABCD", in_turn(float("inf"), float("-inf"))),
    Kind("price_huge", "track", "price", "ABCD", always(1e300)),
    Kind("flag_text", "track", "isPublished", "ABC", always("maybe")),
    Kind("flag_text", "track", "isMinted", "D", always("maybe")),
    *_bad_json("track", "AB"),
    *_bad_owners("artistId", "ABD"),
    *_bad_owners("userId", "C"),
    Kind("owner_null", "track", "artistId", "D", always(None)),
    # tokens, which become memorials
    *_bad_keys("nft", "BCD"),
    Kind("time_text", "nft", "createdAt", "BC", always("yesterday")),
    *_bad_json("nft", "BCD", "loaded"),  # a part of the memorial's metadata, as the text that it is
    Kind("track_missing", "nft", "trackId", "BCD", stranger),
    Kind("track_rejected", "nft", "trackId", "BCD", lost("track"), company=True),
    Kind("owner_missing", "nft", "ownerId", "BC", stranger),
    Kind("owner_rejected", "nft", "ownerId", "BC", lost("user"), company=True),
    Kind("owner_without_wallet", "nft", "ownerId", "BC", someone_without_wallet, "loaded", company=True),
    Kind("mint_same", "nft", "mintAddress", "D", mint_of_another, company=True, partner=partner_by_mint),
    Kind("mint_null", "nft", "mintAddress", "D", always(None), "loaded"),
    # tables without a destination: whatever they hold is kept as it is
    *_bad_text("comment", "content", "ABC", "kept"),
    Kind("track_missing", "comment", "trackId", "ABC", stranger, "kept"),
    Kind("user_missing", "like", "userId", "ABC", stranger, "kept"),
    Kind("negative_duration", "play", "duration", "ABC", always(-30), "kept"),
    Kind("time_text", "play", "createdAt", "ABC", always("yesterday"), "kept"),
    Kind("amount_text", "donation", "amount", "C", always("much"), "kept"),
    *_bad_text("transaction", "hash", "D", "kept"),
    Kind("user_missing", "transaction", "userId", "D", stranger, "kept"),
)

FULL_TABLE = 200  # rows from which on a table has every kind, whatever share of dirt was asked for


def _with_partners_late(rotation: list[Kind]) -> list[Kind]:
    """The same kinds, those that repeat a value of an earlier record not in the first quarter of the table."""
    quarter = len(rotation) // 4 + 1
    early = [place for place, kind in enumerate(rotation[:quarter]) if kind.partner]
    late = [place for place in range(quarter, len(rotation)) if not rotation[place].partner]
    for one, other in zip(early, late, strict=False):
        rotation[one], rotation[other] = rotation[other], rotation[one]
    return rotation


@dataclass(frozen=True)
class Hit:
    """One record that is going to be spoiled."""

    kind: Kind
    position: int
    turn: int


def plan_dirt(world: World, generation: str, share: float) -> list[Hit]:
    """Chooses the records to spoil, spread over each table, and tells the world which of them are lost.

    Must run before the first column is streamed: columns refer to what is not lost.
    """
    hits: list[Hit] = []
    for entity, rows in world.rows.items():
        kinds = [kind for kind in KINDS if kind.entity == entity and generation in kind.generations]
        chosen = list(_choose(world, entity, rows, kinds, share))
        world.dirty[entity] = frozenset(hit.position for hit in chosen)
        lost_hits = [hit for hit in chosen if hit.kind.fate == "rejected"]
        world.lost[entity] = frozenset(hit.position for hit in lost_hits)
        world.lost_by_name[entity] = tuple(hit.position for hit in lost_hits if hit.kind.column != "id")
        hits += chosen
    return hits


def _choose(world: World, entity: str, rows: int, kinds: list[Kind], share: float) -> Iterator[Hit]:
    if min(rows, world.rows["user"], world.rows["track"]) < FULL_TABLE:
        kinds = [kind for kind in kinds if not kind.company]
    if not share or not kinds:
        return
    wanted = int(rows * share) if rows < FULL_TABLE else max(round(rows * share), len(kinds))
    start = world.seed % len(kinds)
    kinds = kinds[start:] + kinds[:start]
    rotation = _with_partners_late(list(islice(chain(kinds, cycle([kind for kind in kinds if not kind.once])), wanted)))
    random, step = world.random(entity, "dirt").random, rows // wanted if wanted else 0
    turns = dict.fromkeys(kinds, 0)
    for number, kind in enumerate(rotation):
        yield Hit(kind, number * rows // wanted + int(random() * step), turns[kind])
        turns[kind] += 1
