"""Who keeps a value that several records claim, and who is one person: decided without a database."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from operations.importing.resolution import Behind, Claim, Union, Value, Verdict, resolve


def claim(seq: int, row: str = "", **values: Any) -> Claim:
    """A claim of `telegram`, `solana` and `email`."""
    proofs = {name: values.pop(name) for name in ("telegram", "solana") if name in values}
    unique = {"email": values.pop("email")} if "email" in values else {}
    return Claim(seq=seq, row=row or f"u{seq}", unique=unique, proofs=proofs, **values)


def ends(claims: list[Claim], owners: dict[Value, str] | None = None, spare_row: str | None = None) -> list[str]:
    """The verdicts in few words."""
    return [_words(verdict) for verdict in resolve(claims, owners or {}, spare_row)]


def _words(verdict: Verdict) -> str:
    if verdict.outcome == "rejected":
        return f"{verdict.reason} {verdict.about}".strip()
    return f"{verdict.outcome} {verdict.row}"


def test_the_first_record_keeps_a_value_that_must_be_unique() -> None:
    assert ends([claim(1, email="a"), claim(2, email="a"), claim(3, email="b")]) == [
        "loaded u1",
        "duplicate_value email",
        "loaded u3",
    ]


def test_order_of_reading_decides_and_not_the_order_of_the_list() -> None:
    assert ends([claim(2, email="a"), claim(1, email="a")]) == ["loaded u1", "duplicate_value email"]


def test_a_shared_proof_makes_one_person() -> None:
    assert ends([claim(1, telegram="5"), claim(2, telegram="5")]) == ["loaded u1", "merged u1"]


def test_a_merged_record_hands_its_other_proofs_to_the_person() -> None:
    assert ends([claim(1, telegram="1"), claim(2, telegram="1", solana="W"), claim(3, solana="W")]) == [
        "loaded u1",
        "merged u1",
        "merged u1",
    ]


def test_proofs_of_two_people_are_a_conflict() -> None:
    chain = [
        claim(1, telegram="1"),
        claim(2, telegram="1", solana="W"),
        claim(3, solana="W"),
        claim(4, telegram="2"),
        claim(5, telegram="2", solana="W"),
    ]

    assert ends(chain) == ["loaded u1", "merged u1", "merged u1", "loaded u4", "conflicting_proof telegram"]


def test_two_proofs_of_one_person_are_no_conflict() -> None:
    owners = {("telegram", "1"): "u1", ("solana", "W"): "u1"}

    assert ends([claim(2, telegram="1", solana="W")], owners) == ["merged u1"]


def test_a_rejected_record_keeps_nothing_that_it_claimed() -> None:
    assert ends([claim(1, email="a"), claim(2, email="a", telegram="5"), claim(3, telegram="5")]) == [
        "loaded u1",
        "duplicate_value email",
        "loaded u3",
    ]


def test_a_merged_record_claims_no_unique_value() -> None:
    claims = [claim(1, telegram="5", email="a"), claim(2, telegram="5", email="b"), claim(3, email="b")]

    assert ends(claims) == ["loaded u1", "merged u1", "loaded u3"]


def test_a_merge_comes_before_a_repeated_unique_value() -> None:
    assert ends([claim(1, telegram="5", email="a"), claim(2, telegram="5", email="a")]) == ["loaded u1", "merged u1"]


def test_a_row_keeps_what_it_already_has() -> None:
    owners = {("email", "a"): "u1", ("telegram", "5"): "u1"}

    assert ends([claim(7, "u1", email="a", telegram="5", owned=True)], owners) == ["loaded u1"]


def test_a_row_of_its_own_is_not_merged_away_later() -> None:
    assert ends([claim(7, "u2", solana="W", owned=True)], {("solana", "W"): "u1"}) == ["conflicting_proof solana"]


def test_what_was_taken_before_and_still_is_stays_taken() -> None:
    owners = {("email", "a"): "u1", ("telegram", "5"): "u9"}

    assert ends([claim(2, email="a", telegram="5", was="duplicate_value")], owners) == ["duplicate_value email"]
    assert ends([claim(2, email="a", telegram="5")], owners) == ["merged u9"]
    assert ends([claim(2, email="b", telegram="5", was="duplicate_value")], owners) == ["merged u9"]


def test_what_can_be_recorded_elsewhere_rejects_nobody() -> None:
    claims = [claim(1, email="a"), claim(2, email="a"), claim(3, email="a", telegram="5"), claim(4, telegram="5")]

    verdicts = resolve(claims, {}, recorded=frozenset({"email"}))

    assert [(_words(one), one.contested) for one in verdicts] == [
        ("loaded u1", ()),
        ("loaded u2", ("email",)),
        ("loaded u3", ("email",)),
        ("merged u3", ()),
    ]


def test_a_value_that_joins_records_merges_whoever_comes_later() -> None:
    claims = [claim(1, email="a"), claim(2, email="a"), claim(3, "u9", email="a", owned=True)]

    verdicts = resolve(claims, {}, joined=frozenset({"email"}))

    assert [_words(one) for one in verdicts] == ["loaded u1", "merged u1", "duplicate_value email"]


def test_rows_exchange_values_that_both_let_go() -> None:
    owners = {("email", "a"): "u1", ("email", "b"): "u2"}
    claims = [claim(1, email="b", owned=True), claim(2, email="a", owned=True)]

    verdicts = resolve(claims, owners, leaving={("email", "a"): 1, ("email", "b"): 2})

    assert [_words(one) for one in verdicts] == ["loaded u1", "loaded u2"]


def test_a_row_whose_record_is_refused_keeps_what_others_hoped_for() -> None:
    owners = {("email", "a"): "u1", ("email", "b"): "u2", ("telegram", "5"): "u9"}
    claims = [claim(1, email="b", owned=True), claim(2, email="a", owned=True, telegram="5")]

    verdicts = resolve(claims, owners, leaving={("email", "a"): 1, ("email", "b"): 2})

    assert [_words(one) for one in verdicts] == ["duplicate_value email", "conflicting_proof telegram"]


def test_a_taken_key_gets_a_spare_row_or_is_rejected() -> None:
    assert ends([claim(1, row_is_taken=True)], spare_row="legacy:") == ["loaded legacy:u1"]
    assert ends([claim(1, row_is_taken=True)]) == ["duplicate_key"]


def test_who_has_a_spare_row_is_found_there_by_others() -> None:
    claims = [claim(1, telegram="5", row_is_taken=True), claim(2, telegram="5")]

    assert ends(claims, spare_row="legacy:") == ["loaded legacy:u1", "merged legacy:u1"]


BEHIND = Behind(takeable=frozenset({"p7", "p8"}), yielding=frozenset({("email", "a")}), loose=frozenset({"p8"}))
PLAYERS = {("telegram", "7"): "p7", ("telegram", "8"): "p8", ("email", "a"): "p7", ("email", "b"): "u9"}


def behind(claims: list[Claim]) -> list[tuple[str, tuple[str, ...], Union | None]]:
    verdicts = resolve(claims, PLAYERS, recorded=frozenset({"email"}), behind=BEHIND)
    return [(_words(one) + " over" * one.takes_over, one.contested, one.unites) for one in verdicts]


def test_the_first_record_takes_a_row_of_a_later_system_over() -> None:
    claims = [claim(1, telegram="7", email="a", solana="W"), claim(2, telegram="7", email="b"), claim(3, solana="W")]

    assert behind(claims) == [("loaded p7 over", (), None), ("merged p7", (), None), ("merged p7", (), None)]


def test_what_a_later_system_holds_goes_to_the_first_who_claims_it() -> None:
    claims = [claim(1, email="a"), claim(2, telegram="7", email="a"), claim(3, email="b")]

    assert behind(claims) == [
        ("loaded u1", (), None),
        ("loaded p7 over", ("email",), None),
        ("loaded u3", ("email",), None),
    ]


def test_a_new_row_goes_into_that_of_a_later_system() -> None:
    claims = [claim(1, solana="W"), claim(2, solana="W", telegram="7"), claim(3, telegram="7"), claim(4, solana="W")]

    assert behind(claims) == [
        ("loaded u1", (), None),
        ("merged u1", (), Union("u1", "p7", "p7")),
        ("merged u1", (), None),
        ("merged u1", (), None),
    ]


def test_of_two_rows_of_a_later_system_one_can_go_into_the_other() -> None:
    loose = [claim(1, telegram="7", solana="W"), claim(2, telegram="8", solana="W")]
    bound = [claim(1, telegram="8", solana="W"), claim(2, telegram="7", solana="W")]

    assert behind(loose) == [("loaded p7 over", (), None), ("merged p7", (), Union("p8", "p7", "p8"))]
    assert behind(bound) == [("loaded p8 over", (), None), ("merged p8", (), Union("p8", "p7", "p7"))]


def test_two_rows_of_which_neither_can_go_are_a_conflict() -> None:
    owners = {("telegram", "7"): "p7", ("solana", "W"): "u1"}

    verdicts = resolve(
        [claim(2, telegram="7", solana="W")], owners, behind=Behind(frozenset({"p7"}), own=frozenset({"u1"}))
    )

    assert [_words(one) for one in verdicts] == ["conflicting_proof telegram"]


@st.composite
def worlds(draw: st.DrawFn) -> list[Claim]:
    few = st.one_of(st.none(), st.sampled_from("abc"))
    values = draw(st.lists(st.tuples(few, few, few), max_size=12))
    names = ("telegram", "solana", "email")
    return [
        claim(seq, **{name: value for name, value in zip(names, row, strict=True) if value})
        for seq, row in enumerate(values)
    ]


@given(worlds(), st.lists(st.integers(0, 12), max_size=4))
def test_batches_decide_nothing(claims: list[Claim], cuts: list[int]) -> None:
    whole = resolve(claims, {})

    held: dict[Value, str] = {}
    parts = []
    edges = sorted({0, len(claims), *(cut for cut in cuts if cut < len(claims))})
    for start, end in pairwise(edges):
        for verdict in resolve(claims[start:end], held):
            parts.append(verdict)
            one = claims[verdict.seq]
            kept = {"loaded": [*one.unique.items(), *one.proofs.items()], "merged": list(one.proofs.items())}
            held.update(dict.fromkeys(kept.get(verdict.outcome, []), verdict.row))

    assert parts == whole


@given(worlds())
def test_every_value_ends_with_one_row_and_every_merge_rests_on_a_proof(claims: list[Claim]) -> None:
    verdicts = {verdict.seq: verdict for verdict in resolve(claims, {})}

    holders: dict[Value, set[str]] = {}
    for one in claims:
        verdict = verdicts[one.seq]
        if verdict.outcome == "rejected":
            continue
        values = list(one.proofs.items()) + (list(one.unique.items()) if verdict.outcome == "loaded" else [])
        for value in values:
            holders.setdefault(value, set()).add(verdict.row)
        if verdict.outcome == "merged":
            before = {
                value
                for other in claims
                if other.seq < one.seq and verdicts[other.seq].row == verdict.row
                for value in other.proofs.items()
            }
            assert before & set(one.proofs.items())
    assert sorted(verdicts) == list(range(len(claims)))
    assert all(len(rows) == 1 for rows in holders.values())
