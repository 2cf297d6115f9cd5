"""The life of a giveaway: what the table allows happens, once; nothing else does."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from giveaways.models import Giveaway
from giveaways.states import ALLOWED, OVER, TRANSITIONS, ImpossibleTransition, is_allowed, move, ways_to
from tests.factories.giveaways import GiveawayFactory

STATUSES = st.sampled_from(Giveaway.Status.values)
in_database = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


def test_no_transition_is_listed_twice() -> None:
    assert len({(step.before, step.after, step.by) for step in TRANSITIONS}) == len(TRANSITIONS)


def test_nothing_leads_out_of_the_end() -> None:
    assert {before for before, _ in ALLOWED}.isdisjoint(OVER)


def test_every_life_that_was_begun_can_come_to_an_end() -> None:
    ended = set(OVER)
    while more := {before for before, after in ALLOWED if after in ended} - ended:
        ended |= more

    assert {before for before, _ in ALLOWED} <= ended


@pytest.mark.django_db
@in_database
@given(before=STATUSES, to=STATUSES)
def test_a_move_happens_if_and_only_if_the_table_has_it(before: str, to: str) -> None:
    giveaway = GiveawayFactory.create(status=before)

    if ways_to(to):
        moved = move(giveaway_id=giveaway.pk, to=to)
    else:
        moved = 0
        with pytest.raises(ImpossibleTransition):
            move(giveaway_id=giveaway.pk, to=to)

    giveaway.refresh_from_db()
    assert moved == int(is_allowed(before, to))
    assert giveaway.status == (to if moved else before)


@pytest.mark.django_db
@in_database
@given(tries=st.lists(STATUSES, max_size=12))
def test_whatever_is_tried_a_life_is_a_path_of_the_table_and_ends_once(tries: list[str]) -> None:
    giveaway = GiveawayFactory.create()

    path = [giveaway.status, *(to for to in tries if ways_to(to) and move(giveaway_id=giveaway.pk, to=to))]

    giveaway.refresh_from_db()
    assert giveaway.status == path[-1]
    assert all(step in ALLOWED for step in pairwise(path))
    assert sum(status in OVER for status in path) <= 1


@pytest.mark.django_db
def test_a_move_takes_other_columns_along_or_leaves_all_as_they_were() -> None:
    giveaway, over = GiveawayFactory.create(), GiveawayFactory.create(completed=True)

    assert move(giveaway_id=giveaway.pk, to="cancelled", ended_reason="By mistake") == 1
    assert move(giveaway_id=over.pk, to="cancelled", ended_reason="By mistake") == 0

    giveaway.refresh_from_db()
    over.refresh_from_db()
    assert (giveaway.status, giveaway.ended_reason) == ("cancelled", "By mistake")
    assert (over.status, over.ended_reason) == ("completed", None)


@pytest.mark.django_db
def test_a_move_from_a_named_state_happens_from_that_alone() -> None:
    giveaway = GiveawayFactory.create()

    assert move(giveaway_id=giveaway.pk, to="completed", before=["processing"]) == 0
    with pytest.raises(ImpossibleTransition):
        move(giveaway_id=giveaway.pk, to="completed", before=["active", "cancelled"])

    giveaway.refresh_from_db()
    assert giveaway.status == "active"


def test_the_document_has_the_same_table() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "giveaways.md").read_text(encoding="utf-8")

    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE)

    assert rows == [(t.before.value, t.after.value, ", ".join(t.by), t.when) for t in TRANSITIONS]
