"""Recompute the winners of a giveaway: python3 verify_draw.py proof.json [entries.ndjson]

proof.json is the answer of GET /api/giveaways/{id}/proof, entries.ndjson that of GET /api/giveaways/{id}/proof/entries
(needed where the proof says "list": null). Says OK, or what differs with exit status 1. See docs/draws.md.
"""

import hmac
import itertools
import json
import sys
from bisect import bisect_right
from datetime import datetime
from hashlib import sha256
from pathlib import Path

CHAIN, GENESIS, PERIOD = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971", 1692803367, 3  # of drand


def root_of(entries):
    packed = (bytes.fromhex(e.replace("-", "")) + t.to_bytes(8, "big") + bytes([s]) for e, t, s in entries)
    row = [sha256(b"\x00" + entry).digest() for entry in packed]
    while len(row) > 1:
        odd = row[len(row) & ~1 :]
        row = [sha256(b"\x01" + a + b).digest() for a, b in zip(row[::2], row[1::2], strict=False)] + odd
    return row[0] if row else sha256().digest()


def winners_of(entries, excluded, key, count):
    found = []
    for stratum in sorted({s for _, _, s in entries}):
        left = [(e, t) for e, t, s in entries if s == stratum and e not in excluded]
        ends, gone, total = [0, *itertools.accumulate(t for _, t in left)], [], sum(t for _, t in left)
        while total and len(found) < count:
            turn, bits = len(found).to_bytes(8, "big"), (total - 1).bit_length()
            blocks = (hmac.digest(key, turn + n.to_bytes(8, "big"), "sha256") for n in itertools.count())
            number = next(n for n in (int.from_bytes(b, "big") >> 256 - bits for b in blocks) if n < total)
            for index in gone:  # from a number among the tickets that are left to one among all
                number += left[index][1] if number >= ends[index] else 0
            index = bisect_right(ends, number) - 1
            found, gone, total = [*found, left[index][0]], sorted([*gone, index]), total - left[index][1]
    return found


def checks(proof, entries):
    said, won, before, all_places = proof["entries"], [], None, proof["draws"][0]["places"]
    ids, tickets = [e for e, _, _ in entries], [t for _, t, _ in entries]
    yield proof["algorithm"] == "slipway-draw-1", "algorithm"
    yield ids == sorted(set(ids)) and min(tickets, default=1) > 0, "order of the entries, or tickets of one"
    yield (said["count"], int(said["tickets"])) == (len(ids), sum(tickets)), "sums of the entries"
    yield bytes.fromhex(said["root"]) == root_of(entries), "root of the entries"
    yield all_places == list(range(1, min(proof["winners_count"], len(ids)) + 1)), "places"
    for number, draw in enumerate(draw for draw in proof["draws"] if draw["seed"]):
        name, seed, promise = f" of draw {number}", bytes.fromhex(draw["seed"]), draw["commitment"]
        yield draw["number"] == number and set(draw["places"]) <= set(all_places), "number or places" + name
        yield promise == sha256(seed).hexdigest() and before in (None, promise), "commitment" + name
        yield draw["excluded"] == sorted(won), "excluded entries" + name
        if beacon := draw["beacon"]:
            frozen = datetime.fromisoformat(draw["frozen_at"].replace("Z", "+00:00")).timestamp()
            is_later = GENESIS + (beacon["round"] - 1) * PERIOD > frozen
            yield beacon["chain"] == CHAIN and is_later, "chain of the beacon, or time of its round" + name
            yield beacon["randomness"] == sha256(bytes.fromhex(beacon["signature"])).hexdigest(), "randomness" + name
            print(f"Compare with https://api.drand.sh/{CHAIN}/public/{beacon['round']}: {beacon['randomness']}")
        data = proof["giveaway"].replace("-", "") + said["root"] + (beacon["randomness"] if beacon else "")
        key = hmac.digest(seed, b"slipway-draw-1\x00" + bytes.fromhex(data), "sha256")
        drawn = winners_of(entries, set(won), key, len(draw["places"]))
        pairs = [{"place": place, "entry": entry} for place, entry in zip(draw["places"], drawn, strict=False)]
        yield draw["winners"] == pairs, "winners" + name
        won, before = won + drawn, draw["seed"]


try:
    proof = json.loads(Path(sys.argv[1]).read_text())
    proof["draws"][0]["seed"] or sys.exit("It is not drawn yet.")
    lines = Path(sys.argv[2]).read_text().splitlines() if sys.argv[2:] else []
    entries = [json.loads(line) for line in lines] or proof["entries"]["list"] or []
    differing = [name for is_so, name in checks(proof, entries) if not is_so]
except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
    sys.exit(f"This cannot be checked ({type(error).__name__}: {error}).\n{__doc__}")
sys.exit(print("\n".join(f"DIFFERS: {name}" for name in differing) or "OK") or bool(differing))
