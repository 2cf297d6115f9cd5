"""What the API of giveaways declares and what it does are the same, whatever is sent: no failure, no other shape."""

from __future__ import annotations

from datetime import timedelta

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from accounts.telegram_auth import token_for
from giveaways.models import Giveaway
from tests.catalog.test_api_schema import connection_of_the_test
from tests.factories.giveaways import GiveawayFactory, GiveawayPrizeFactory, ParticipantFactory, WinRecordFactory
from tests.giveaways.callers import Caller, somebody
from tests.giveaways.test_drawing import finish, with_entrants

__all__ = ["connection_of_the_test"]

pytestmark = pytest.mark.django_db

PATHS = "^/api/giveaways"
api = schemathesis.openapi.from_wsgi("/api/openapi.json", get_wsgi_application()).include(path_regex=PATHS)


@pytest.fixture
def caller() -> Caller:
    return somebody()


@pytest.fixture
def giveaways(caller: Caller) -> list[Giveaway]:
    """One in each state, of the caller and with the caller among the winners of others."""
    now = timezone.now()
    times = {"started_at": now, "ends_at": now + timedelta(days=1), "created_at": now}
    made = [GiveawayFactory.create(creator=caller.user, status=status, **times) for status in Giveaway.Status.values]
    made.append(ParticipantFactory.create(user=caller.user, giveaway__open=True).giveaway)
    made.append(GiveawayFactory.create(open=True))
    made.append(drawn := with_entrants(3))
    ParticipantFactory.create(user=caller.user, giveaway=drawn)
    finish(drawn)
    for giveaway in made:
        GiveawayPrizeFactory.create(giveaway=giveaway)
        WinRecordFactory.create(giveaway=giveaway, place=1)
    return made


def check(case: schemathesis.Case, caller: Caller, giveaways: list[Giveaway]) -> None:
    """Two of three cases are about a giveaway that there is."""
    key = str(case.path_parameters.get("giveaway_id", ""))
    choice = sum(key.encode()) % (len(giveaways) * 3 // 2)
    if key and choice < len(giveaways):
        case.path_parameters["giveaway_id"] = str(giveaways[choice].pk)
    assert caller.user
    # Not all that fits the schema is accepted: a giveaway may be over, and a string is no cursor. Who is let in, and
    # that one proof of two is enough, other tests say.
    case.call_and_validate(
        headers={"Authorization": f"Bearer {token_for(caller.user)}"},
        excluded_checks=[positive_data_acceptance, ignored_auth],
    )


RANDOM = (Phase.generate,)
ALL = (Phase.explicit, Phase.generate, Phase.shrink)
"""The explicit ones are hundreds: every limit of every value."""


def examples(number: int, phases: tuple[Phase, ...]) -> settings:
    return settings(
        max_examples=number,
        phases=phases,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


@api.parametrize()
@examples(15, RANDOM)
@pytest.mark.usefixtures("connection_of_the_test")
def test_the_api_keeps_to_its_schema(case: schemathesis.Case, caller: Caller, giveaways: list[Giveaway]) -> None:
    check(case, caller, giveaways)


@pytest.mark.gauntlet
@api.parametrize()
@examples(300, ALL)
@pytest.mark.usefixtures("connection_of_the_test")
def test_the_api_keeps_to_its_schema_for_long(
    case: schemathesis.Case, caller: Caller, giveaways: list[Giveaway]
) -> None:
    check(case, caller, giveaways)
