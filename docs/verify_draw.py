"""Recompute the winners of a giveaway: python3 verify_draw.py proof.json [entries.ndjson]

proof.json is the answer of GET /api/giveaways/{id}/proof, entries.ndjson that of GET /api/giveaways/{id}/proof/entries
(needed where the proof says "list": null). Says OK, or what differs with exit status 1. See docs/draws.md.
"""

import hashlib
import hmac
import itertools
import json
import sys
from bisect import bisect_right, insort
from datetime import datetime
from pathlib import Path

CHAIN, GENESIS, PERIOD = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971", 1692803367, 3  # of drand


def sha(data):
    return hashlib.sha256(data).digest()


def root_of(entries):
    level = [
        sha(b"\x00" + bytes.fromhex(e.replace("-", "")) + t.to_bytes(8, "big") + bytes([s])) for e, t, s in entries
    ]
    while len(level) > 1:
        pairs = [sha(b"\x01" + level[i] + level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = pairs + level[len(level) & ~1 :]
    return level[0].hex() if level else sha(b"").hex()


def winners_of(entries, excluded, key, count):
    found = []
    for stratum in sorted({s for _, _, s in entries}):
        names, tickets = zip(*[(e, t if e not in excluded else 0) for e, t, s in entries if s == stratum])
        ends, total, gone = list(itertools.accumulate(tickets)), sum(tickets), []
        while total and len(found) < count:
            for attempt in itertools.count():
                block = hmac.digest(key, len(found).to_bytes(8, "big") + attempt.to_bytes(8, "big"), "sha256")
                number = int.from_bytes(block, "big") >> 256 - (total - 1).bit_length()
                if number < total:
                    break
            for index in gone:  # in their order: the ticket is counted among those that are left
                number += tickets[index] if number >= ends[index] - tickets[index] else 0
            index = bisect_right(ends, number)
            insort(gone, index)
            found.append(names[index])
            total -= tickets[index]
    return found


def checks(proof, entries):
    """What must be true, each with the name of what differs where it is not."""
    said, won, before = proof["entries"], set(), None
    every = list(range(1, min(proof["winners_count"], len(entries)) + 1))
    yield proof["algorithm"] == "slipway-draw-1" and proof["draws"][0]["seed"], "algorithm unknown, or not drawn yet"
    yield (
        [e for e, _, _ in entries] == sorted({e for e, _, _ in entries}),
        "order of the entries, or one is there twice",
    )
    yield min([t for _, t, _ in entries], default=1) > 0, "tickets of an entry"
    yield [said["count"], said["tickets"]] == [len(entries), str(sum(t for _, t, _ in entries))], "sums of the entries"
    yield said["root"] == root_of(entries), "root of the entries"
    for number, draw in enumerate(d for d in proof["draws"] if d["seed"]):
        name, seed, beacon = f" of draw {number}", bytes.fromhex(draw["seed"]), draw["beacon"]
        yield (
            draw["number"] == number and (set(draw["places"]) <= set(every) if number else draw["places"] == every),
            ("number or places" + name),
        )
        yield draw["commitment"] == sha(seed).hex() and before in (None, draw["commitment"]), "commitment" + name
        yield draw["excluded"] == sorted(won), "excluded entries" + name
        if beacon:
            at, frozen = GENESIS + (beacon["round"] - 1) * PERIOD, datetime.fromisoformat(draw["frozen_at"])
            yield (
                beacon["chain"] == CHAIN and at > frozen.timestamp(),
                "chain of the beacon, or time of its round" + name,
            )
            yield (
                beacon["randomness"] == sha(bytes.fromhex(beacon["signature"])).hex(),
                "randomness of the beacon" + name,
            )
            print(f"compare with https://api.drand.sh/{CHAIN}/public/{beacon['round']}: {beacon['randomness']}")
        data = proof["giveaway"].replace("-", "") + said["root"] + (beacon["randomness"] if beacon else "")
        key = hmac.digest(seed, b"slipway-draw-1\x00" + bytes.fromhex(data), "sha256")
        drawn = winners_of(entries, won, key, len(draw["places"]))
        yield (
            [[w["place"], w["entry"]] for w in draw["winners"]] == [[*x] for x in zip(draw["places"], drawn)],
            ("winners" + name),
        )
        won, before = won | set(drawn), draw["seed"]


proof = json.loads(Path(sys.argv[1]).read_text())
lines = Path(sys.argv[2]).read_text().splitlines() if sys.argv[2:] else []
different = [
    name for fine, name in checks(proof, [json.loads(line) for line in lines] or proof["entries"]["list"]) if not fine
]
print("\n".join(f"This differs: {name}" for name in different) or "OK")
sys.exit(1 if different else 0)
