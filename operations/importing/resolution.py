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
    would get, or that it has from an earlier run, if it is `owned`: then it is that row's person.
    """

    seq: int
    row: str
    unique: Mapping[str, str] = field(default_factory=dict)
    proofs: Mapping[str, str] = field(default_factory=dict)
    row_is_taken: bool = False
    owned: bool = False
    # The reason for which it was rejected before, if it has not changed since. What was taken then, and still is, stays
    # taken: whoever came later cannot make it a merge.
    was: str = ""


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
    # The key of a row may be that of another record too: the row is this one's only if it owns it.
    others = {person: provider for person, provider in people.items() if person != claim.row or not claim.owned}
    taken = next((name for name, value in claim.unique.items() if held.get((name, value), claim.row) != claim.row), "")
    if taken and claim.was == "duplicate_value":
        return Verdict(claim.seq, "rejected", claim.row, "duplicate_value", taken)
    if others and (claim.owned or len(people) > 1):
        return Verdict(claim.seq, "rejected", claim.row, "conflicting_proof", max(others.values()))
    if others:
        survivor = next(iter(others))
        held.update(dict.fromkeys(claim.proofs.items(), survivor))
        return Verdict(claim.seq, "merged", survivor)
    if taken:
        return Verdict(claim.seq, "rejected", claim.row, "duplicate_value", taken)
    row = claim.row
    if claim.row_is_taken:
        if spare_row is None:
            return Verdict(claim.seq, "rejected", claim.row, "duplicate_key", "")
        row = spare_row + claim.row
    held.update(dict.fromkeys([*claim.unique.items(), *claim.proofs.items()], row))
    return Verdict(claim.seq, "loaded", row)
