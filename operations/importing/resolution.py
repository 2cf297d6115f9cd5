"""Who keeps a value that several records claim, and who is one person.

Records are taken in reading order. A record that shares a proof (a Telegram id, a wallet) with one person is that
person and is merged into it; one that shares proofs with two different people is rejected, since it cannot be both. A
record that would have a row of its own, but repeats a value that must be unique, is rejected.

The outcome depends on the order of reading alone, not on how records fall into batches.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Value = tuple[str, str]  # (field or provider, value)


@dataclass(frozen=True)
class Claim:
    """A record that shares a value with another record or with a row that exists. `row` is the key of the row that it
    has from an earlier run, or would get.
    """

    seq: int
    row: str
    unique: Mapping[str, str] = field(default_factory=dict)
    proofs: Mapping[str, str] = field(default_factory=dict)
    row_is_taken: bool = False


@dataclass(frozen=True)
class Verdict:
    """What becomes of a claim: a row of its own, a merge into `row`, or a rejection for `reason` of `about`."""

    seq: int
    outcome: str
    row: str
    reason: str = ""
    about: str = ""


def resolve(claims: Iterable[Claim], owners: Mapping[Value, str], spare_row: str | None = None) -> list[Verdict]:
    """Decide all claims of a batch.

    `owners` are the rows that hold a claimed value already. `spare_row` is a prefix for the key of a record whose own
    key is taken by somebody else; without it, such a record is rejected.
    """
    held = dict(owners)
    return [_decide(claim, held, spare_row) for claim in sorted(claims, key=lambda claim: claim.seq)]


def _decide(claim: Claim, held: dict[Value, str], spare_row: str | None) -> Verdict:
    people = {held[proof]: proof[0] for proof in claim.proofs.items() if proof in held}
    if len(people) > 1:
        return Verdict(claim.seq, "rejected", claim.row, "conflicting_proof", max(people.values()))
    if people and claim.row not in people:
        survivor = next(iter(people))
        held.update(dict.fromkeys(claim.proofs.items(), survivor))
        return Verdict(claim.seq, "merged", survivor)
    for value in claim.unique.items():
        if held.get(value, claim.row) != claim.row:
            return Verdict(claim.seq, "rejected", claim.row, "duplicate_value", value[0])
    row = claim.row
    if claim.row_is_taken:
        if spare_row is None:
            return Verdict(claim.seq, "rejected", claim.row, "duplicate_key", "")
        row = spare_row + claim.row
    held.update(dict.fromkeys([*claim.unique.items(), *claim.proofs.items()], row))
    return Verdict(claim.seq, "loaded", row)
