"""Rows outlive the record that wrote them where another system's record has them as well: that one's values return."""

from __future__ import annotations

import pytest

from accounts.models import Identity, User
from operations.importing.report import ImportReport
from operations.importing.undo import UndoReport, find_run, undo_run
from operations.models import LandedRecord
from tests.operations.legacy_files import state
from tests.operations.two_systems import ANN, BY_ANN, BY_PAT, TRACKS, Systems, fates, shown

pytestmark = pytest.mark.django_db
OF_SEVEN = LandedRecord.objects.filter(entity__source="giveaways", key="7")


def undo(report: ImportReport) -> UndoReport:
    """What was foreseen is what is done."""
    plan = undo_run(find_run(report.run), planned=True)
    done = undo_run(find_run(report.run), planned=False)
    assert plan.entities == done.entities
    return done


def handed_over(report: UndoReport) -> list[tuple[str, tuple[str, ...]]]:
    return [(stay.key, stay.about) for one in report.entities for stay in one.stays if stay.verdict == "handed_over"]


def test_undoing_the_one_that_took_over_hands_the_row_back(systems: Systems) -> None:
    systems.giveaways()
    before = state()
    report = undo(systems.music(tracks=TRACKS))
    systems.seen.remove("normaldance")

    assert handed_over(report) == [("7", ("giveaways.users 7",))]
    assert (report.going, report.staying) == (2, 0)
    assert state() == before
    assert systems.verify() == set()
    systems.music(tracks=TRACKS)
    assert shown(giveaways="7") == BY_ANN


def test_a_row_goes_over_to_who_was_merged_into_it(systems: Systems) -> None:
    first = systems.music()
    systems.giveaways()

    undo(first)

    systems.seen.remove("normaldance")
    assert shown(giveaways="7") == BY_PAT
    assert fates() == {"giveaways 7": "loaded u1"}
    assert set(Identity.objects.values_list("provider", "subject")) == {("telegram", "7"), ("giveaways", "7")}
    assert systems.verify() == set()
    systems.music()
    assert fates() == {"normaldance u1": "loaded", "giveaways 7": "merged u1"}


def test_undoing_the_one_that_was_taken_over_leaves_the_other(systems: Systems) -> None:
    untouched = state()
    report = systems.giveaways()
    music = systems.music()

    assert undo(report).staying == 0
    systems.seen.remove("giveaways")
    assert fates() == {"normaldance u1": "loaded 7"}
    assert shown(normaldance="u1") == (*BY_ANN[:-1], False)
    assert systems.verify() == set()
    assert undo(music).staying == 0
    assert state() == untouched


def test_a_changed_row_is_not_handed_over(systems: Systems) -> None:
    systems.giveaways()
    report = systems.music()
    User.objects.update(bio="Ours")

    done = undo(report)

    assert [stay.verdict for one in done.entities for stay in one.stays] == ["changed"]
    assert fates() == {"normaldance u1": "loaded 7", "giveaways 7": "merged 7"}
    assert shown(giveaways="7") == BY_ANN


def test_who_vanishes_from_the_first_system_is_the_others_again(systems: Systems) -> None:
    systems.giveaways()
    systems.music(ANN, {"id": "u2"})

    report = systems.music({"id": "u2"}, delete_vanished=True)

    assert [(one.removed, one.stay) for one in report.vanished] == [(1, 0)]
    assert shown(giveaways="7") == BY_PAT


def test_who_was_met_in_a_list_shows_what_a_record_of_their_own_says(systems: Systems) -> None:
    systems.giveaways(8)
    assert fates() == {"giveaways 8": "loaded", "giveaways 7": "loaded"}
    assert shown(giveaways="7") == (None, None, False, None, None, None, False)

    report = systems.giveaways(8, 7)

    assert shown(giveaways="7") == shown(telegram="7") == BY_PAT
    assert OF_SEVEN.values_list("entity__name", "outcome").get(outcome="loaded") == ("users", "loaded")
    assert OF_SEVEN.values_list("entity__name", "outcome").get(outcome="merged") == ("strangers", "merged")
    assert User.objects.count() == 2
    assert [(stay[0], stay[1]) for stay in handed_over(undo(report))] == [("7", ("giveaways.strangers 7",))]
    assert OF_SEVEN.values_list("entity__name", "outcome").get() == ("strangers", "loaded")
    assert shown(giveaways="7") == (None, None, False, None, None, None, False)


def test_who_vanishes_from_the_lists_keeps_the_key_of_their_own_record(systems: Systems) -> None:
    systems.giveaways(8)
    systems.giveaways(8, 7)

    report = systems.giveaways(8, 7, delete_vanished=True)

    assert [(one.entity, one.removed, one.stay) for one in report.vanished] == [("strangers", 1, 0)]
    assert shown(giveaways="7") == shown(telegram="7") == BY_PAT


def test_a_record_of_their_own_does_not_take_what_another_system_says(systems: Systems) -> None:
    systems.giveaways(8)
    systems.music(tracks=TRACKS)

    systems.giveaways(8, 7)

    assert shown(giveaways="7") == BY_ANN
