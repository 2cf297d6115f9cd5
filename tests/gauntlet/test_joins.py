"""However often and however parallel joins are sent, and whatever is killed: once each, none lost, never too many."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from accounts.models import Identity, User
from giveaways.models import Giveaway, Participant
from operations.management.commands.demo import free_port
from tests.bench.databases import url_of
from tests.bench.serving import Client, request, start, wait_for
from tests.factories.giveaways import GiveawayFactory
from tests.factories.telegram import init_data
from tests.gauntlet.crowd import FIRST_FALSE_ID, FIRST_ID, Crowd
from tests.giveaways.test_counting import counted

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = "INSERT INTO accounts_user (id, first_name) SELECT 'g' || n, 'Ada' FROM generate_series(0, %s) AS n"
KNOWN = """
    INSERT INTO accounts_identity (user_id, provider, subject)
    SELECT 'g' || n, 'telegram', (%s + n)::text FROM generate_series(0, %s) AS n
"""


class Site:
    """The site on granian, as several processes that are killed together and come back."""

    def __init__(self) -> None:
        self.port = free_port(8000)
        self.kills = 0
        self.server = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        limits = dict.fromkeys(("API_LIMIT", "JOIN_LIMIT", "JOIN_ADDRESS_LIMIT"), "off")
        database = {"DATABASE_URL": url_of(connection.settings_dict["NAME"]), "READ_DATABASE_URL": ""}
        # A line for each of thousands of refusals says nothing: the crowd keeps account of them.
        server = start(self.port, database | limits, workers=2, threads=4, stderr=subprocess.DEVNULL)
        wait_for(self.port, server)
        return server

    def kill(self) -> None:
        os.killpg(self.server.pid, signal.SIGKILL)
        self.server.wait()

    def kill_and_start(self) -> None:
        self.kill()
        self.kills += 1
        self.server = self._started()


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.kill()


def peopled(people: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [people])
        cursor.execute(KNOWN, [FIRST_ID, people])


def opened(limit: int | None, **values: object) -> Giveaway:
    now = timezone.now()
    times = {"started_at": now, "ends_at": now + timedelta(days=1)}
    giveaway: Giveaway = GiveawayFactory.create(max_participants=limit, **times, **values)
    return giveaway


def exchanged(port: int) -> str:
    """Init data that has been given for a token: nobody can use it again."""
    used = init_data(FIRST_FALSE_ID)
    body = f'{{"init_data": "{used}"}}'.encode()
    head = request(port, "POST", "/api/auth/telegram", {"Content-Type": "application/json"})
    status, answer = Client(port).ask(head.replace(b"Content-Length: 0", b"Content-Length: %d" % len(body)) + body)
    assert status == 200, answer
    return used


def run(site: Site, *, attempts: int, people: int, clients: int, kills: int, seed: int) -> tuple[Crowd, list[Giveaway]]:
    peopled(people)
    limited = opened(people // 3)
    giveaways = [limited, opened(None), opened(None), opened(None, cancelled=True)]
    crowd = Crowd(site.port, [giveaway.pk for giveaway in giveaways], people, attempts, exchanged(site.port), seed)
    joining = threading.Thread(target=crowd.run, args=(clients,))
    joining.start()
    try:
        most = disturb(site, crowd, limited, joining, kills)
    finally:
        crowd.attempts = 0  # whatever happened, nobody goes on
        joining.join()
    assert most <= people // 3
    return crowd, giveaways


def disturb(site: Site, crowd: Crowd, limited: Giveaway, joining: threading.Thread, kills: int) -> int:
    """Kills at seeded instants, and looks; gives how many were seen at most in the giveaway with a limit."""
    seeded = random.Random(crowd.seed)
    instants = sorted(seeded.randrange(crowd.attempts * 9 // 10) for _ in range(kills))
    most = 0
    while joining.is_alive():
        most = max(most, Participant.objects.filter(giveaway=limited).count())
        if instants and crowd.ledger.attempts >= instants[0]:
            instants.pop(0)
            site.kill_and_start()
        time.sleep(0.02)
    return most


def check(crowd: Crowd, giveaways: list[Giveaway]) -> None:
    """What there is, against what the crowd was told."""
    limited, *_, cancelled = giveaways
    ledger = crowd.ledger
    stored: dict[tuple[UUID, int], str] = {
        (giveaway, int(subject)): str(entry)
        for entry, giveaway, subject in Participant.objects.filter(user__identities__provider="telegram").values_list(
            "pk", "giveaway", "user__identities__subject"
        )
    }
    assert ledger.faults == []
    assert not Participant.objects.values("giveaway", "user").annotate(times=Count("pk")).filter(times__gt=1).exists()
    assert {wish: stored.get(wish) for wish in ledger.entries} == ledger.entries, "lost acknowledged joins"
    assert max(ledger.made.values()) == 1
    assert stored.keys() - ledger.entries.keys() <= ledger.unanswered, "entries of those who never asked"
    assert len(stored) == Participant.objects.count()
    assert all(key < FIRST_FALSE_ID for _, key in stored)
    assert not any(giveaway == cancelled.pk for giveaway, _ in stored)
    assert Participant.objects.filter(giveaway=limited).count() <= crowd.people // 3
    for giveaway in giveaways:
        assert (counted(giveaway) or 0) == Participant.objects.filter(giveaway=giveaway).count()
    false = {kind.partition(": ") for kind in ledger.answers if not kind.startswith(("honest", "no answer"))}
    assert {status for _, _, status in false} == {"401 unauthenticated"}


def test_a_crowd_joins_while_the_server_is_killed(site: Site, say: Callable[[str], None]) -> None:
    crowd, giveaways = run(site, attempts=1_000, people=150, clients=8, kills=2, seed=5)

    check(crowd, giveaways)
    assert site.kills == 2
    assert Participant.objects.filter(giveaway=giveaways[0]).count() == 50
    assert User.objects.count() - Identity.objects.count() == len(giveaways)  # the creators have no Telegram account
    say(f"{site.kills} kills; {dict(sorted(crowd.ledger.answers.items()))}")


@pytest.mark.gauntlet
def test_a_million_joins_while_the_server_is_killed(site: Site, say: Callable[[str], None]) -> None:
    attempts = int(os.environ.get("GAUNTLET_JOINS", "1000000"))

    crowd, giveaways = run(site, attempts=attempts, people=attempts // 4, clients=32, kills=20, seed=6)

    check(crowd, giveaways)
    assert site.kills == 20
    say(f"{site.kills} kills; {dict(sorted(crowd.ledger.answers.items()))}")
