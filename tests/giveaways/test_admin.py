from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django.fixtures import Settings

from giveaways.models import Giveaway, Participant
from operations.history import HistoryEvent
from operations.importing.declaration import Entity, LegacySource
from tests.factories.giveaways import (
    DrawFactory,
    GiveawayFactory,
    GiveawayPrizeFactory,
    GiveawaySponsorFactory,
    MessageFactory,
    ParticipantFactory,
    PreWinnerListFactory,
    PrizeFactory,
    RequirementFactory,
    SponsorFactory,
    TicketFactory,
    WinRecordFactory,
)
from tests.factories.operations import LandedRecordFactory, LegacyEntityFactory
from tests.giveaways.test_drawing import finish, with_entrants

pytestmark = pytest.mark.django_db
FACTORIES: dict[str, Any] = {
    "draw": DrawFactory,
    "giveaway": GiveawayFactory,
    "giveawayprize": GiveawayPrizeFactory,
    "giveawaysponsor": GiveawaySponsorFactory,
    "message": MessageFactory,
    "participant": ParticipantFactory,
    "prewinnerlist": PreWinnerListFactory,
    "prize": PrizeFactory,
    "requirement": RequirementFactory,
    "sponsor": SponsorFactory,
    "ticket": TicketFactory,
    "winrecord": WinRecordFactory,
}
WITNESSES = ("draw", "message", "participant", "prewinnerlist", "ticket", "winrecord")


def url(model: str, page: str, *args: Any) -> str:
    return reverse(f"admin:giveaways_{model}_{page}", args=args)


def shown(client: Client, model: str, **query: Any) -> list[Any]:
    response = client.get(url(model, "changelist"), query)
    assert response.status_code == 200, response.headers.get("Location")
    return [row.pk for row in response.context["cl"].result_list]


def edited(page: Any) -> dict[str, Any]:
    """What a browser would send back if nothing was typed."""
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    data: dict[str, Any] = {}
    for form in forms:
        for field in form:
            value = field.value()
            for name in (field.html_name, field.html_initial_name):
                widget = field.field.widget
                if name == field.html_name and hasattr(widget, "decompress"):
                    parts = value if isinstance(value, list) else widget.decompress(value)
                    data |= {f"{name}_{number}": part for number, part in enumerate(parts) if part is not None}
                elif hasattr(widget, "decompress"):
                    parts = widget.decompress(value)
                    data |= {f"{name}_{number}": part for number, part in enumerate(parts) if part is not None}
                elif value is not None and value is not False:
                    data[name] = value
    return data


def is_event(model: type[Model]) -> bool:
    return issubclass(model, HistoryEvent)


def test_every_model_has_an_admin() -> None:
    """But for those that are read through another one's page, or by machines alone."""
    registered = {model._meta.model_name for model in admin.site._registry if model._meta.app_label == "giveaways"}
    owned = {model._meta.model_name for model in apps.get_app_config("giveaways").get_models() if not is_event(model)}

    assert registered == set(FACTORIES)
    assert owned - registered == {"drawblock", "entrycount", "requirementcheck"}


@pytest.mark.parametrize("model", FACTORIES)
def test_a_list_asks_as_much_for_many_rows_as_for_few(admin_client: Client, model: str) -> None:
    FACTORIES[model].create_batch(2)
    admin_client.get(url(model, "changelist"))
    with CaptureQueriesContext(connection) as few:
        admin_client.get(url(model, "changelist"))
    FACTORIES[model].create_batch(20)

    with CaptureQueriesContext(connection) as many:
        rows = shown(admin_client, model)

    assert len(rows) == 22
    assert len(many) == len(few)
    assert not [query for query in many if "COUNT(" in query["sql"].upper()]


@pytest.mark.parametrize("model", FACTORIES)
def test_pages_follow_each_other_without_a_gap(
    admin_client: Client, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operations.admin.listing.BigListAdmin.list_per_page", 2)
    keys = {row.pk for row in FACTORIES[model].create_batch(5)}

    first = admin_client.get(url(model, "changelist")).context["cl"]
    second = admin_client.get(url(model, "changelist") + first.next_page_url).context["cl"]
    third = admin_client.get(url(model, "changelist") + second.next_page_url).context["cl"]

    pages = [row.pk for page in (first, second, third) for row in page.result_list]
    assert len(pages) == 5
    assert set(pages) == keys


@pytest.mark.parametrize("model", FACTORIES)
def test_a_row_has_a_page(admin_client: Client, model: str) -> None:
    row = FACTORIES[model]()

    assert admin_client.get(url(model, "change", row.pk)).status_code == 200
    assert admin_client.get(url(model, "history", row.pk)).status_code == 200


@pytest.mark.parametrize("model", FACTORIES)
@pytest.mark.parametrize("term", ["nothing", "7d444840-9dc0-11d1-b245-5ffdce74fad2", "12", "9" * 30])
def test_a_search_for_what_is_not_there_finds_nothing(admin_client: Client, model: str, term: str) -> None:
    FACTORIES[model]()

    assert shown(admin_client, model, q=term) == []


@pytest.mark.parametrize("model", sorted(FACTORIES.keys() - WITNESSES))
def test_rows_that_staff_look_after_can_be_added(admin_client: Client, model: str) -> None:
    assert admin_client.get(url(model, "add")).status_code == 200


@pytest.mark.parametrize("model", WITNESSES)
def test_rows_that_joining_and_drawing_write_are_read_only(admin_client: Client, model: str) -> None:
    row = FACTORIES[model]()

    assert admin_client.get(url(model, "add")).status_code == 403
    assert admin_client.post(url(model, "change", row.pk), {}).status_code == 403
    assert admin_client.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert type(row).objects.filter(pk=row.pk).exists()


def test_a_giveaway_leads_to_its_entries_and_wins(admin_client: Client) -> None:
    giveaway = GiveawayFactory()
    rows = {
        "Participants": ParticipantFactory(giveaway=giveaway),
        "Tickets": TicketFactory(giveaway=giveaway),
        "Win records": WinRecordFactory(giveaway=giveaway),
    }
    for factory in (ParticipantFactory, TicketFactory, WinRecordFactory):
        factory()

    page = admin_client.get(url("giveaway", "change", giveaway.pk))

    links = {related.label: related.url for related in page.context["related_lists"]}
    for label, row in rows.items():
        assert [found.pk for found in admin_client.get(links[label]).context["cl"].result_list] == [row.pk]


@pytest.mark.parametrize("model", ["participant", "ticket", "winrecord"])
def test_entries_are_found_by_giveaway_and_by_person(admin_client: Client, model: str) -> None:
    row, _ = FACTORIES[model](), FACTORIES[model]()

    assert shown(admin_client, model, q=str(row.giveaway_id)) == [row.pk]
    assert shown(admin_client, model, q=row.user_id) == [row.pk]


def test_giveaways_are_found_by_key_creator_and_title(admin_client: Client) -> None:
    giveaway = GiveawayFactory(title="Summer stars")
    GiveawayFactory()

    for term in (str(giveaway.pk), giveaway.creator_id, "summer"):
        assert shown(admin_client, "giveaway", q=term) == [giveaway.pk]


def test_giveaways_are_narrowed_to_a_state_and_sorted_by_their_end(admin_client: Client) -> None:
    ended, later = GiveawayFactory.create_batch(2)
    GiveawayFactory(cancelled=True)

    assert shown(admin_client, "giveaway", status__exact="active", o="4") == [ended.pk, later.pk]
    assert shown(admin_client, "giveaway", status__exact="active", o="-4") == [later.pk, ended.pk]


def test_prizes_are_narrowed_to_a_type(admin_client: Client) -> None:
    PrizeFactory()
    custom = PrizeFactory(type="custom")

    assert shown(admin_client, "prize", type="custom") == [custom.pk]


def test_participants_of_a_time_nobody_recorded_are_shown_as_such(admin_client: Client) -> None:
    ParticipantFactory(legacy=True)

    assert "(unknown)" in admin_client.get(url("participant", "changelist")).text


def test_a_giveaway_page_asks_as_much_for_many_prizes_as_for_few(admin_client: Client) -> None:
    giveaway = GiveawayFactory()
    GiveawayPrizeFactory.create_batch(2, giveaway=giveaway)
    RequirementFactory.create_batch(2, giveaway=giveaway)
    page = url("giveaway", "change", giveaway.pk)
    admin_client.get(page)
    with CaptureQueriesContext(connection) as few:
        admin_client.get(page)
    GiveawayPrizeFactory.create_batch(20, giveaway=giveaway)
    RequirementFactory.create_batch(20, giveaway=giveaway)

    with CaptureQueriesContext(connection) as many:
        admin_client.get(page)

    assert len(many) == len(few)


def test_a_later_end_makes_a_giveaway_longer_and_changes_nothing_else(admin_client: Client) -> None:
    giveaway = GiveawayFactory(started_at=GiveawayFactory.build().started_at.replace(microsecond=0))
    RequirementFactory(giveaway=giveaway)
    GiveawaySponsorFactory(giveaway=giveaway)
    before = Giveaway.objects.filter(pk=giveaway.pk).values().get()
    page = url("giveaway", "change", giveaway.pk)
    later = giveaway.ends_at + timedelta(hours=1)
    data = edited(admin_client.get(page)) | {"ends_at_0": f"{later:%Y-%m-%d}", "ends_at_1": f"{later:%H:%M:%S}"}

    response = admin_client.post(page, data)

    assert response.status_code == 302, response.context["errors"]
    after = Giveaway.objects.filter(pk=giveaway.pk).values().get()
    changed = {name for name, value in after.items() if value != before[name]}
    assert changed == {"ends_at", "duration", "updated_at"}
    assert (after["ends_at"], after["duration"]) == (later, 90_000)


def test_an_end_before_the_start_is_refused(admin_client: Client) -> None:
    giveaway = GiveawayFactory()
    page = url("giveaway", "change", giveaway.pk)

    response = admin_client.post(page, edited(admin_client.get(page)) | {"ends_at_0": "2001-01-01"})

    assert response.status_code == 200
    assert Giveaway.objects.get().ends_at == giveaway.ends_at


def added(client: Client) -> Giveaway:
    """A giveaway of five minutes, made by staff."""
    page = url("giveaway", "add")
    data = edited(client.get(page)) | {
        "title": "New",
        "creator": GiveawayFactory().creator.pk,
        "started_at_0": "2026-01-01",
        "started_at_1": "10:00:00",
        "ends_at_0": "2026-01-01",
        "ends_at_1": "10:05:00",
        "winners_count": 1,
    }
    response = client.post(page, data)
    assert response.status_code == 302, response.context["errors"]
    return Giveaway.objects.get(title="New")


def test_a_giveaway_is_added_with_the_length_that_its_times_say(admin_client: Client) -> None:
    giveaway = added(admin_client)

    assert (giveaway.status, giveaway.duration) == (Giveaway.Status.ACTIVE, 300)


def test_a_giveaway_that_staff_add_is_drawn_as_any_other(admin_client: Client) -> None:
    giveaway = added(admin_client)

    assert giveaway in Giveaway.objects.promised()
    job = ProcrastinateJob.objects.get()
    assert (job.args, job.scheduled_at) == ({"giveaway_id": str(giveaway.pk)}, giveaway.ends_at)


def test_what_a_draw_was_made_from_is_not_edited(admin_client: Client) -> None:
    giveaway = with_entrants(3, winners_count=2)
    page = url("giveaway", "change", giveaway.pk)
    data = edited(admin_client.get(page)) | {"title": "Stars", "winners_count": 1, "ends_at_0": "2040-01-01"}
    finish(giveaway)

    response = admin_client.post(page, data)

    assert response.status_code == 302, response.context["errors"]
    after = Giveaway.objects.get()
    assert (after.title, after.winners_count, after.ends_at) == ("Stars", 2, giveaway.ends_at)


@pytest.mark.parametrize(("model", "label"), [("giveaway", "Giveaway"), ("participant", "Participant")])
def test_a_row_shows_what_it_was_in_the_legacy_system(
    admin_client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch, model: str, label: str
) -> None:
    entity = Entity(name="rows", tables=("rows",), model=f"giveaways.{label}", rules=())
    source = LegacySource(name="old", title="Old", generations=(), entities=(entity,))
    monkeypatch.setattr(f"{__name__}.SOURCE", source, raising=False)
    settings.LEGACY_SOURCES = {"old": f"{__name__}.SOURCE"}
    row = FACTORIES[model]()
    landed = LegacyEntityFactory(source="old", name="rows")
    LandedRecordFactory(entity=landed, key=str(row.pk), raw='{"id":"as it was"}')
    LandedRecordFactory(entity=landed)

    page = admin_client.get(url(model, "change", row.pk))

    assert [record.key for record in page.context["legacy_records"]] == [str(row.pk)]


def test_a_giveaway_with_entries_is_not_deleted_by_hand(admin_client: Client) -> None:
    giveaway = ParticipantFactory().giveaway

    admin_client.post(url("giveaway", "delete", giveaway.pk), {"post": "yes"})

    assert Participant.objects.get().giveaway == giveaway
