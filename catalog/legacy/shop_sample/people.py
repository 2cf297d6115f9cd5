"""People with their houses, and what NextAuth kept of how they sign in."""

from __future__ import annotations

from random import Random

from .dirt import IMPOSSIBLE, Hit, kinds_of
from .words import ADDRESSES, NAMES
from .world import Row, World, moment_of, pick, stamp

DAY = 86_400_000
_THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
_BCRYPT = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
# What bcrypt makes of a password that is known: with it, one person in fifty can be signed in.
KNOWN_PASSWORD, KNOWN_HASH = "lotus pond 2025", "$2b$10$N9qo8uLOickgx2ZMRZoMyemo/mSC/jdz1il.QLWNGVDTLkjoEnT1i"
_NOT_BCRYPT = ("secret123", "", "$2b$10$short", "5f4dcc3b5aa765d61d8327deb882cf99")
_BLANK_HOUSES = ("", " ", "  ", "\t", "\u00a0", "\u200b")


def write_people(world: World) -> None:
    random = world.random("users")
    hits = world.hits("users", world.users)
    partners = _partners(world, hits)
    for who in range(world.users):
        world.rows["users"].append(_user(world, random, who))
    for who in partners.values():
        _furnish(world.rows["users"][who], who)
    for who, hit in hits.items():
        _spoil(world, who, hit, partners.get(who))
    if world.generation == "current":
        _write_sign_ins(world, random)


def _partners(world: World, hits: dict[int, Hit]) -> dict[int, int]:
    """For each hit that repeats somebody: the last clean person before, each taken once. Without one, no hit."""
    wanting = {kind.slug for kind in kinds_of("users", world.generation) if kind.partner}
    free: list[int] = []
    found: dict[int, int] = {}
    for who in range(world.users):
        hit = hits.get(who)
        if hit is None:
            free.append(who)
        elif hit.kind in wanting:
            if free:
                found[who] = free.pop()
            else:
                del hits[who]
    return found


def _user(world: World, random: Random, who: int) -> Row:
    draw, moment = random.random, moment_of(who, world.users)
    by_line = draw() < 0.4
    line = f"U{random.getrandbits(128):032x}"
    email = f"user{who}@example.org" if draw() < 0.5 or world.is_first else (f"{line}@line.me" if by_line else None)
    updated = moment + int(draw() * 30 * DAY)
    house = None if by_line and draw() < 0.3 else _house(who)
    return {
        "id": world.key(random, moment),
        "name": pick(random, NAMES),
        "username": house if house and draw() < 0.8 else None,
        "password": None if by_line else KNOWN_HASH if who % 50 == 0 else _bcrypt(random),
        "houseNumber": house,
        "phone": f"08{random.getrandbits(26):08}" if draw() < 0.8 else None,
        "address": pick(random, ADDRESSES),
        "role": "ADMIN" if who % 211 == 7 else "VENDOR" if who % 25 == 0 else "CUSTOMER",
        "isActive": draw() < 0.97,
        "lineId": line if by_line and not world.is_first else None,
        "email": email,
        "image": f"https://profile.line-scdn.net/{who}" if by_line else None,
        "emailVerified": stamp(updated) if draw() < 0.1 else None,
        "profileComplete": house is not None and draw() < 0.9,
        "createdAt": stamp(moment),
        "updatedAt": stamp(updated),
    }


def _house(who: int) -> str:
    """Of their own for everybody, since houseNumber is unique: house and flat, a house, a house with a letter."""
    return (f"{who // 5 + 1}/{who % 5 + 1}", str(who), f"{who}A", f"{who // 7}/{who}")[who % 4]


def _bcrypt(random: Random) -> str:
    return "$2b$10$" + "".join(random.choices(_BCRYPT, k=53))


def _furnish(user: Row, who: int) -> None:
    """Gives a person all that others may repeat."""
    user |= {
        "houseNumber": user["houseNumber"] or _house(who),
        "email": user["email"] or f"user{who}@example.org",
        "lineId": user["lineId"] or f"U{who:032x}",
    }


def _spoil(world: World, who: int, hit: Hit, partner: int | None) -> None:
    user = world.rows["users"][who]
    other = world.rows["users"][partner] if partner is not None else None
    match hit.kind:
        case "id_empty":
            user["id"] = ""
        case "created_impossible":
            user["createdAt"] = IMPOSSIBLE[hit.turn % len(IMPOSSIBLE)]
        case "email_empty":
            user["email"] = ""
        case "password_not_bcrypt":
            user["password"] = _NOT_BCRYPT[hit.turn % len(_NOT_BCRYPT)]
        case "house_blank":
            blank = _BLANK_HOUSES[hit.turn % len(_BLANK_HOUSES)]
            user["houseNumber"] = "\u3000" * (hit.turn // len(_BLANK_HOUSES)) + blank  # never the same twice
    if other:
        _repeat(world, user, other, hit)
        later, earlier = sorted((user, other), key=lambda row: row["id"], reverse=True)
        if hit.kind == "line_double":
            world.spoiled("users", later["id"], hit.kind, earlier["id"])
            return
    world.spoiled("users", user["id"], hit.kind, other["id"] if other else None)


def _repeat(world: World, user: Row, other: Row, hit: Hit) -> None:
    house = other["houseNumber"]
    match hit.kind:
        case "email_other_case":
            user["email"] = other["email"].swapcase()
        case "house_same_when_cleaned":
            spellings = (f" {house}", house.translate(_THAI), f"{house}\u00a0", f"\t{house} ", f"{house}\u200b")
            user["houseNumber"] = spellings[hit.turn % len(spellings)]
        case "house_prefixed":
            user["houseNumber"] = f"บ้าน {house}"
        case "line_double":
            # The adapter made a person with an account, the sign-in callback another one with the LINE id.
            with_account, with_line = (user, other) if hit.turn % 2 else (other, user)
            line = other["lineId"]
            with_account["lineId"], with_line["lineId"] = None, line
            with_account["_account"] = line
            user["password"] = other["password"] = None


def _write_sign_ins(world: World, random: Random) -> None:
    """Accounts of those whom LINE knows, mostly also where the person has the LINE id; sessions; tokens."""
    rejected = world.rejected["users"]
    doubled = {user["_account"] for user in world.rows["users"] if "_account" in user}
    for who, user in enumerate(world.rows["users"]):
        line = user.pop("_account", None)
        if user["id"] in rejected:
            continue
        if line is None and user["lineId"] not in doubled and who % 3:
            line = user["lineId"]
        if line:
            world.rows["accounts"].append(_account(world, random, user, line))
        if who % 9 == 0:
            world.rows["sessions"].append(
                {
                    "id": world.key(random, moment_of(who, world.users)),
                    "sessionToken": f"{random.getrandbits(128):032x}",
                    "userId": user["id"],
                    "expires": stamp(moment_of(who, world.users) + 30 * DAY),
                }
            )
    for number in range(max(1, world.users // 100)):
        world.rows["verification_tokens"].append(
            {
                "identifier": f"user{number}@example.org",
                "token": f"{random.getrandbits(128):032x}",
                "expires": stamp(DAY),
            }
        )


def _account(world: World, random: Random, user: Row, line: str) -> Row:
    return {
        "id": world.key(random, 0),
        "userId": user["id"],
        "type": "oauth",
        "provider": "line",
        "providerAccountId": line,
        "refresh_token": f"{random.getrandbits(80):020x}",
        "access_token": f"eyJhbGciOiJIUzI1NiJ9.{random.getrandbits(160):040x}",
        "expires_at": 1_750_000_000 + int(random.random() * 1_000_000),
        "token_type": "Bearer",
        "scope": "openid profile",
        "id_token": None,
        "session_state": None,
    }
