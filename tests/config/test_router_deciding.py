"""What decides is asked of the primary: actions, and all that staff do in the admin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path, reverse

import events.actions
import operations.actions
from accounts.models import User
from config.routing.caller import PRIMARY, REPLICA, Caller, reading_from
from config.routing.positions import flushed
from config.routing.probe import PROBE
from config.routing.replicas import WATCH
from config.routing.router import Reason, choose
from config.urls import handler400, handler500
from config.urls import urlpatterns as site
from operations.models import RunControl
from operations.sandbox import Sandbox
from operations.sandbox.family import wait_until
from tests.factories.accounts import IdentityFactory, UserFactory
from tests.factories.catalog import NFTMemorialFactory, TrackFactory
from tests.factories.events import EventFactory
from tests.factories.shop import AddressFactory, ProductCategoryFactory, ProductVariantFactory, ShopFactory
from tests.query_log import QUERIES

__all__ = ["handler400", "handler500", "urlpatterns"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]


def counts_and_writes(request: HttpRequest) -> HttpResponse:
    """What no view may do: it decides by what a replica says."""
    UserFactory(username=f"person {User.objects.count()}")
    return HttpResponse()


urlpatterns = [path("decides", counts_and_writes), *site]


@pytest.fixture(autouse=True)
def watched(sandbox: Sandbox) -> Iterator[None]:
    PROBE.start()
    assert caught_up()
    yield
    connections["replica"].close()


def caught_up() -> bool:
    """Waits until strangers read from the replica, and it has all there is."""
    replica = WATCH.replicas["replica"]
    return wait_until(
        lambda: choose(Caller()) == (REPLICA, Reason.REPLICA) and replica.replayed >= flushed(), timeout=10
    )


def test_a_request_that_decides_by_a_replica_is_found(client: Client) -> None:
    client.get("/decides")

    [found] = QUERIES.found
    assert found.startswith("GET /decides wrote after it had asked a replica: SELECT COUNT(*)")
    QUERIES.found.clear()


def test_a_unit_that_decides_by_a_replica_is_found() -> None:
    with QUERIES.unit("a job") as unit, reading_from(REPLICA):
        UserFactory(username=f"person {User.objects.count()}")

    assert len(unit.deciding) == len(QUERIES.found) == 1
    QUERIES.found.clear()


def test_what_only_reads_is_asked_of_the_replica(client: Client) -> None:
    TrackFactory()
    assert caught_up()
    with QUERIES.unit("a list") as unit:
        assert len(client.get("/api/tracks/popular").json()["tracks"]) == 1

    assert (len(unit.on(REPLICA)), unit.on(PRIMARY)) == (1, [])


def import_of(source: str) -> dict[str, Any]:
    return {"source": source, "address": "", "asked_by": "staff", "dry_run": False, "only": (), "batch_size": 100}


ACTIONS: dict[str, Callable[[], Any]] = {
    "receive": lambda: events.actions.receive(data={"to_email": "support@example.org"}),
    "begin": lambda: events.actions.begin(event_id=EventFactory().pk),
    "record_result": lambda: events.actions.record_result(event_id=running(), task_context={}),
    "record_failure": lambda: events.actions.record_failure(event_id=running(), failure="x", retry=True),
    "start_import": lambda: operations.actions.start_import(**import_of("normaldance")),
    "start_inspection": lambda: operations.actions.start_inspection(source="events", address="", asked_by="staff"),
    "ask": lambda: operations.actions.ask(run=uuid4(), request=RunControl.Request.PAUSE, asked_by="staff"),
}


def running() -> Any:
    event = EventFactory()
    events.actions.begin(event_id=event.pk)
    return event.pk


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_decides_by_the_primary_whoever_calls_it(
    name: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = dict.fromkeys(settings.LEGACY_SOURCES, "sqlite:////nowhere/legacy.db")
    settings.LEGACY_ADDRESSES = addresses

    # The most that a caller can wish for: without a transaction its reads go to the replica.
    with QUERIES.unit(name) as unit, reading_from(REPLICA):
        ACTIONS[name]()

    assert unit.on(REPLICA) == []
    assert unit.on(PRIMARY) != []


def form_of(response: Any) -> dict[str, Any]:
    context = response.context
    forms = [context["adminform"].form]
    for formset in context["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.initial_forms]
    data: dict[str, Any] = {}
    for field in (field for form in forms for field in form):
        value = field.value()
        data[field.html_name] = data[field.html_initial_name] = "" if value is None else value
    return {name: value for name, value in data.items() if value is not False}


MADE: dict[str, Callable[[], Any]] = {
    "accounts_user": UserFactory,
    "accounts_identity": IdentityFactory,
    "catalog_track": TrackFactory,
    "catalog_nftmemorial": NFTMemorialFactory,
    "catalog_productcategory": ProductCategoryFactory,
    "catalog_productvariant": ProductVariantFactory,
    "catalog_shop": ShopFactory,
    "catalog_address": AddressFactory,
}


@pytest.mark.parametrize("page", MADE)
def test_what_staff_change_and_delete_is_decided_by_the_primary(page: str) -> None:
    staff = Client()
    staff.force_login(User.objects.create_superuser(email="staff@example.org", password="long enough to pass"))
    key = MADE[page]().pk
    change, delete = (reverse(f"admin:{page}_{kind}", args=[key]) for kind in ("change", "delete"))
    assert caught_up()

    with QUERIES.unit("its page") as shown:
        form = form_of(staff.get(change))
    with QUERIES.unit("the change") as changed:
        assert staff.post(change, form).status_code == 302
    with QUERIES.unit("the list") as listed:
        assert staff.get(reverse(f"admin:{page}_changelist")).status_code == 200
    with QUERIES.unit("the deletion") as deleted:
        assert staff.post(delete, {"post": "yes"}).status_code == 302

    for unit in (shown, changed, deleted):
        assert unit.on(REPLICA) == []
        assert len(unit.on(PRIMARY)) > 2
    assert listed.deciding == []
