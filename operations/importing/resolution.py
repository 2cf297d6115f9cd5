"""Who keeps a value that several records claim, and who is one person.

Records are taken in reading order. A record that shares a proof (a Telegram id, a wallet) with one person is that
person and is merged into it; one that shares proofs with two different people is rejected, since it cannot be both. A
record that would have a row of its own, but repeats a value that must be unique, does without that value where it can
be recorded elsewhere, is merged where that value makes records one, and is rejected otherwise.

Rows of systems that stand behind give way: the first record that is the person of such a row takes it over, and what
such a row holds goes to the first record that claims it. A record that is the person of such a row and of one of its
own system unites the two, if nothing refers to one of them.

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
class Union:
    """Two rows that are one person's: `gone` goes into `kept`; `later` of them is that of a later system's record."""

    gone: str
    kept: str
    later: str


@dataclass(frozen=True)
class Verdict:
    """What becomes of a claim: a row of its own, a merge into `row`, or a rejection for `reason` of `about`."""

    seq: int
    outcome: str
    row: str
    reason: str = ""
    about: str = ""
    contested: tuple[str, ...] = ()  # unique fields that a row of its own does without: others hold their values
    takes_over: bool = False  # `row` was that of another system's record, which is merged into it from now on
    unites: Union | None = None


@dataclass(frozen=True)
class Behind:
    """What gives way to the records of a batch.

    `takeable` are rows of later systems that a record which is their person takes over, and `yielding` values whose
    holders let go of them. `own` are rows of the batch's own system, `loose` those of both kinds that can go.
    """

    takeable: frozenset[str] = frozenset()
    yielding: frozenset[Value] = frozenset()
    own: frozenset[str] = frozenset()
    loose: frozenset[str] = frozenset()


NOTHING_BEHIND = Behind()


class _Left:
    """What of that is left, as records are decided."""

    def __init__(self, behind: Behind) -> None:
        self.takeable = set(behind.takeable)
        self.own = set(behind.own)
        self.loose = set(behind.loose)

    def take(self, row: str) -> None:
        self.takeable.discard(row)
        self.own.add(row)

    def has_new(self, row: str) -> None:
        self.own.add(row)
        self.loose.add(row)

    def unite(self, rows: set[str]) -> tuple[str, Union] | None:
        """What becomes of two rows that are one, if it can be, and before it the one of the own system."""
        later, own = rows & self.takeable, rows & self.own
        if len(rows) != 2 or len(later) != 1 or len(own) != 1:
            return None
        (behind,), (first,) = later, own
        if not rows & self.loose:
            return None
        gone, kept = (first, behind) if first in self.loose else (behind, first)
        self.takeable.discard(behind)
        self.loose -= rows
        return first, Union(gone, kept, behind)


def resolve(
    claims: Iterable[Claim],
    owners: Mapping[Value, str],
    spare_row: str | None = None,
    *,
    recorded: frozenset[str] = frozenset(),
    joined: frozenset[str] = frozenset(),
    leaving: Mapping[Value, int] | None = None,
    behind: Behind = NOTHING_BEHIND,
) -> list[Verdict]:
    """Decide all claims of a batch.

    `owners` are the rows that hold a claimed value already. `spare_row` is a prefix for the key of a record whose own
    key is taken by somebody else; without it, such a record is rejected. `recorded` and `joined` are unique fields that
    a record can do without, and those whose value makes records one. `leaving` are values that a row holds and its
    record, by its number, has no more: they are free if that record is loaded, whatever its place in the batch.
    """
    ordered = sorted(claims, key=lambda claim: claim.seq)
    leaving, stays = leaving or {}, set[int]()
    while True:
        kept = {value: row for value, row in owners.items() if value not in leaving or leaving[value] in stays}
        held = {value: row for value, row in kept.items() if value not in behind.yielding}
        left = _Left(behind)
        verdicts = [_decide(claim, held, spare_row, recorded, joined, left) for claim in ordered]
        refused = {one.seq for one in verdicts if one.outcome != "loaded"} & set(leaving.values())
        if refused <= stays:
            return verdicts
        stays |= refused


def _decide(
    claim: Claim,
    held: dict[Value, str],
    spare_row: str | None,
    recorded: frozenset[str],
    joined: frozenset[str],
    left: _Left,
) -> Verdict:
    people = {held[proof]: proof[0] for proof in claim.proofs.items() if proof in held}
    # The key of a row may be that of another record too: the row is this one's only if it owns it.
    others = {person: provider for person, provider in people.items() if person != claim.row or not claim.owned}
    own = claim.row if claim.owned else None
    contested, taken = _taken(claim, held, own, recorded)
    joins = taken in joined and not claim.owned
    if taken and claim.was == "duplicate_value" and not joins:
        return Verdict(claim.seq, "rejected", claim.row, "duplicate_value", taken)
    if others:
        return _part_of(claim, held, others, recorded, left, is_one=len(people) == 1)
    if joins:
        return Verdict(claim.seq, "merged", held[taken, claim.unique[taken]])
    if taken:
        return Verdict(claim.seq, "rejected", claim.row, "duplicate_value", taken)
    row = claim.row
    if claim.row_is_taken:
        if spare_row is None:
            return Verdict(claim.seq, "rejected", claim.row, "duplicate_key", "")
        row = spare_row + claim.row
    _hold(claim, held, row, contested)
    if not claim.owned:
        left.has_new(row)
    return Verdict(claim.seq, "loaded", row, contested=contested)


def _part_of(
    claim: Claim,
    held: dict[Value, str],
    others: dict[str, str],
    recorded: frozenset[str],
    left: _Left,
    *,
    is_one: bool,
) -> Verdict:
    """What becomes of a record that is the person of others' rows: `others` are those with the proofs that lead there,
    `is_one` says that there is no other row.
    """
    rows = {*others, claim.row} if claim.owned else set(others)
    is_free = not claim.owned or not _taken(claim, held, claim.row, recorded)[1]
    if is_free and (united := left.unite(rows)):
        survivor, union = united
        held.update({value: survivor for value, row in held.items() if row in (union.gone, union.kept)})
        held.update(dict.fromkeys(claim.proofs.items(), survivor))
        if not claim.owned:
            return Verdict(claim.seq, "merged", survivor, unites=union)
        contested, _ = _taken(claim, held, survivor, recorded)
        _hold(claim, held, survivor, contested)
        return Verdict(claim.seq, "loaded", survivor, contested=contested, unites=union)
    if claim.owned or not is_one:
        return Verdict(claim.seq, "rejected", claim.row, "conflicting_proof", max(others.values()))
    survivor = next(iter(others))
    held.update(dict.fromkeys(claim.proofs.items(), survivor))
    contested, taken = _taken(claim, held, survivor, recorded)
    if taken or survivor not in left.takeable:
        return Verdict(claim.seq, "merged", survivor)
    left.take(survivor)
    _hold(claim, held, survivor, contested)
    return Verdict(claim.seq, "loaded", survivor, contested=contested, takes_over=True)


def _taken(
    claim: Claim, held: Mapping[Value, str], own: str | None, recorded: frozenset[str]
) -> tuple[tuple[str, ...], str]:
    """The unique fields whose values others hold than `own`: those that can be recorded, and the first that cannot."""
    all_taken = [name for name, value in claim.unique.items() if held.get((name, value), own) != own]
    contested = tuple(name for name in all_taken if name in recorded)
    return contested, next((name for name in all_taken if name not in recorded), "")


def _hold(claim: Claim, held: dict[Value, str], row: str, contested: tuple[str, ...]) -> None:
    kept = [value for value in claim.unique.items() if value[0] not in contested]
    held.update(dict.fromkeys([*kept, *claim.proofs.items()], row))
