"""Who joins, who does not, and that it is once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from giveaways import errors, requirements
from giveaways.actions.joining import join
from giveaways.models import Giveaway, Participant, RequirementCheck
from tests.factories.accounts import IdentityFactory, UserFactory
from tests.factories.giveaways import GiveawayFactory, ParticipantFactory, RequirementFactory
from tests.giveaways.test_counting import counted

pytestmark = pytest.mark.django_db

NOBODY = "http://127.0.0.1:1"  # nothing listens there: Telegram is down


def refusal(kind: type[errors.Refusal], giveaway: Giveaway, user: User) -> errors.Refusal:
    """The refusal; nothing may have changed."""
    before = list(Participant.objects.values_list("pk", flat=True))
    with pytest.raises(errors.Refusal) as refused:
        join(giveaway_id=giveaway.pk, user=user)
    assert type(refused.value) is kind
    assert list(Participant.objects.values_list("pk", flat=True)) == before
    return refused.value


def test_who_joins_an_open_giveaway_is_an_entrant() -> None:
    giveaway, user = GiveawayFactory.create(open=True), UserFactory.create()

    joined = join(giveaway_id=giveaway.pk, user=user)

    entrant = Participant.objects.get()
    assert (joined.entry, joined.is_new) == (entrant.pk, True)
    assert (entrant.giveaway, entrant.user) == (giveaway, user)
    assert entrant.joined_at is not None
    assert abs(entrant.joined_at - timezone.now()) < timedelta(minutes=1)
    assert counted(giveaway) == 1


@pytest.mark.parametrize("limit", [None, 1])
def test_who_joins_again_has_the_same_entry(limit: int | None) -> None:
    giveaway, user = GiveawayFactory.create(open=True, max_participants=limit), UserFactory.create()

    first, second = (join(giveaway_id=giveaway.pk, user=user) for _ in range(2))

    assert (second.entry, second.is_new) == (first.entry, False)
    assert counted(giveaway) == Participant.objects.count() == 1


def test_who_has_joined_keeps_the_entry_when_all_is_over() -> None:
    entrant = ParticipantFactory.create(giveaway__completed=True)

    assert join(giveaway_id=entrant.giveaway_id, user=entrant.user).entry == entrant.pk


@pytest.mark.parametrize("status", sorted(set(Giveaway.Status.values) - {"active"}))
def test_only_an_active_giveaway_is_joined(status: str) -> None:
    refusal(errors.GiveawayClosed, GiveawayFactory.create(open=True, status=status), UserFactory.create())


@pytest.mark.parametrize("limit", [None, 5])
def test_nobody_joins_after_the_end_though_it_is_active_still(limit: int | None) -> None:
    refusal(errors.GiveawayClosed, GiveawayFactory.create(max_participants=limit), UserFactory.create())


@pytest.mark.parametrize("limit", [None, 5])
def test_its_creator_does_not_join(limit: int | None) -> None:
    giveaway = GiveawayFactory.create(open=True, max_participants=limit)

    refusal(errors.OwnGiveaway, giveaway, giveaway.creator)


@pytest.mark.parametrize("values", [{"is_banned": True}, {"is_active": False}])
def test_who_is_shut_out_does_not_join(values: dict[str, bool]) -> None:
    refusal(errors.Banned, GiveawayFactory.create(open=True), UserFactory.create(**values))


def test_a_ban_that_the_caller_has_not_seen_yet_holds() -> None:
    giveaway, user = GiveawayFactory.create(open=True), UserFactory.create()
    User.objects.filter(pk=user.pk).update(is_banned=True)

    refusal(errors.Banned, giveaway, user)


def test_a_ban_does_not_hold_for_those_whom_the_settings_name(settings: Any) -> None:
    settings.ADMIN_IDS = frozenset({42})
    user = IdentityFactory.create(user__banned=True, subject="42").user

    assert join(giveaway_id=GiveawayFactory.create(open=True).pk, user=user).is_new


def test_what_is_not_there_is_not_found() -> None:
    refusal(errors.GiveawayNotFound, GiveawayFactory.build(), UserFactory.create())


def test_a_full_giveaway_takes_nobody_else() -> None:
    giveaway = GiveawayFactory.create(open=True, max_participants=2)
    for user in UserFactory.create_batch(2):
        assert join(giveaway_id=giveaway.pk, user=user).is_new

    refusal(errors.GiveawayFull, giveaway, UserFactory.create())


def test_a_place_that_becomes_free_is_taken() -> None:
    giveaway = GiveawayFactory.create(open=True, max_participants=1)
    ParticipantFactory.create(giveaway=giveaway)
    Participant.objects.all().delete()

    assert join(giveaway_id=giveaway.pk, user=UserFactory.create()).is_new


def asked(user: User, *, met: bool | None, **values: Any) -> Giveaway:
    """A giveaway that asks for a subscription, with what Telegram said of this person a moment ago."""
    giveaway = GiveawayFactory.create(open=True, **values)
    requirement = RequirementFactory.create(giveaway=giveaway, position=1, username="@news", name="Follow @news")
    if met is not None:
        RequirementCheck.objects.create(requirement=requirement, user=user, met=met, checked_at=timezone.now())
    return giveaway


@pytest.mark.parametrize("limit", [None, 1])
def test_who_meets_what_is_asked_joins(limit: int | None) -> None:
    user = IdentityFactory.create().user

    assert join(giveaway_id=asked(user, met=True, max_participants=limit).pk, user=user).is_new


def test_who_does_not_meet_what_is_asked_is_told_what() -> None:
    user = IdentityFactory.create().user

    refused = refusal(errors.RequirementsUnmet, asked(user, met=False), user)

    assert refused.fields == {"requirements.1": "Follow @news: Telegram sees no membership of yours there."}


def test_what_telegram_does_not_tell_is_not_passed(settings: Any) -> None:
    settings.TELEGRAM_API_URL = NOBODY
    user = IdentityFactory.create().user

    refused = refusal(errors.RequirementsUnknown, asked(user, met=None), user)

    assert (refused.status_code, refused.code, refused.headers) == (
        503,
        "requirements_unknown",
        {"Retry-After": "5"},
    )


def test_a_custom_requirement_is_no_matter_of_the_join() -> None:
    giveaway = GiveawayFactory.create(open=True)
    RequirementFactory.create(giveaway=giveaway, type="custom", username=None)

    assert join(giveaway_id=giveaway.pk, user=UserFactory.create()).is_new


def test_a_requirement_that_comes_while_others_are_checked_is_checked_too(monkeypatch: pytest.MonkeyPatch) -> None:
    user = IdentityFactory.create().user
    giveaway = asked(user, met=True)
    check = requirements.check

    def check_while_it_is_edited(**arguments: Any) -> requirements.Verdict:
        verdict = check(**arguments)
        if giveaway.requirements.count() == 1:
            added = RequirementFactory.create(giveaway=giveaway, position=2, username="@more")
            RequirementCheck.objects.create(requirement=added, user=user, met=False, checked_at=timezone.now())
        return verdict

    monkeypatch.setattr(requirements, "check", check_while_it_is_edited)

    assert list(refusal(errors.RequirementsUnmet, giveaway, user).fields) == ["requirements.2"]


def test_a_join_is_one_statement(django_assert_num_queries: Any) -> None:
    giveaway, user = GiveawayFactory.create(open=True), UserFactory.create()

    with django_assert_num_queries(1):
        join(giveaway_id=giveaway.pk, user=user)


@pytest.mark.parametrize(("limit", "met", "queries"), [(9, None, 9), (None, True, 9)])
def test_a_join_with_a_limit_or_requirements_is_few_statements(
    limit: int | None, met: bool | None, queries: int, django_assert_max_num_queries: Any
) -> None:
    user = IdentityFactory.create().user
    giveaway = asked(user, met=met, max_participants=limit) if met else GiveawayFactory.create(
        open=True, max_participants=limit
    )  # fmt: skip

    with django_assert_max_num_queries(queries):
        join(giveaway_id=giveaway.pk, user=user)


def test_the_moment_of_an_entry_lies_before_the_end() -> None:
    """By the database's clock, which decides: its own time goes in, not the web server's."""
    giveaway = GiveawayFactory.create(ends_at=datetime(9999, 1, 1, tzinfo=UTC))

    join(giveaway_id=giveaway.pk, user=UserFactory.create())

    assert Participant.objects.filter(joined_at__lt=giveaway.ends_at, joined_at__gte=giveaway.started_at).count() == 1
