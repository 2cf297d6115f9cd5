from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.authentication import EmailBackend
from accounts.models import Identity, User
from tests.factories.accounts import IdentityFactory, UserFactory
from tests.factories.catalog import NFTMemorialFactory, TrackFactory

pytestmark = pytest.mark.django_db
ADD = "admin:accounts_user_add"
PASSWORD = "under-the-keel-7"


def change_url(user: User) -> str:
    return reverse("admin:accounts_user_change", args=(user.pk,))


def form_data(user: User, **changes: Any) -> dict[str, Any]:
    """What the user form sends, without identities."""
    fields = ("email", "username", "display_name", "bio", "avatar", "banner")
    values = {name: getattr(user, name) or "" for name in fields}
    flags = {name: "on" for name in ("is_artist", "is_active", "is_staff", "is_superuser") if getattr(user, name)}
    initial = {f"initial-{name}": value for name, value in (values | flags).items()}
    inline = {"identities-TOTAL_FORMS": "0", "identities-INITIAL_FORMS": "0"}
    return {**values, **flags, **initial, **inline, **changes}


@pytest.fixture
def clerk(client: Client) -> Client:
    """Signed in as staff who may do everything with people, but is no superuser."""
    staff = UserFactory(id="clerk", is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    client.force_login(staff)
    return client


def test_a_person_is_added_with_an_address_and_a_password(admin_client: Client) -> None:
    data = {"email": "Ann@EXAMPLE.org", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}

    response = admin_client.post(reverse(ADD), data)

    person = User.objects.get(email="Ann@example.org")
    assert response.headers["Location"] == change_url(person)
    assert person.check_password(PASSWORD)
    assert not person.is_staff
    assert EmailBackend().authenticate(None, "ann@example.org", PASSWORD) == person


def test_a_person_is_added_without_a_password(admin_client: Client) -> None:
    admin_client.post(reverse(ADD), {"email": "ann@example.org", "usable_password": "false"})

    assert not User.objects.get(email="ann@example.org").has_usable_password()


@pytest.mark.parametrize(
    ("email", "password", "words"),
    [
        ("", PASSWORD, "This field is required."),
        ("nowhere", PASSWORD, "Enter a valid email address."),
        ("ANN@example.org", PASSWORD, "This is the address of ann@example.org."),
        ("ann@example.org", PASSWORD, "This is the address of ann@example.org."),
        ("bob@example.org", "12345", "This password is too short."),
    ],
)
def test_a_person_is_not_added(admin_client: Client, email: str, password: str, words: str) -> None:
    UserFactory(email="ann@example.org")
    before = User.objects.count()
    data = {"email": email, "usable_password": "true", "password1": password, "password2": password}

    response = admin_client.post(reverse(ADD), data)

    assert response.status_code == 200
    assert words in response.text
    assert User.objects.count() == before


def test_an_address_that_history_has_in_two_spellings_does_not_hinder_other_changes(admin_client: Client) -> None:
    UserFactory(email="Ann@example.org")
    person = UserFactory(email="ann@example.org")

    response = admin_client.post(change_url(person), form_data(person, display_name="Ann"))

    assert response.status_code == 302
    assert User.objects.get(pk=person.pk).display_name == "Ann"


def test_an_address_is_not_changed_to_that_of_somebody_else(admin_client: Client) -> None:
    UserFactory(email="Ann@example.org")
    person = UserFactory(email="bob@example.org")

    response = admin_client.post(change_url(person), form_data(person, email="ann@example.org"))

    assert "This is the address of Ann@example.org." in response.text
    assert User.objects.get(pk=person.pk).email == "bob@example.org"


def test_an_address_can_be_taken_away(admin_client: Client) -> None:
    person = UserFactory(email="bob@example.org")

    admin_client.post(change_url(person), form_data(person, email=""))

    assert User.objects.get(pk=person.pk).email is None


def test_a_password_is_set(admin_client: Client) -> None:
    person = UserFactory()
    url = reverse("admin:auth_user_password_change", args=(person.pk,))
    data = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD, "set-password": "1"}

    response = admin_client.post(url, data)

    assert response.status_code == 302
    assert User.objects.get(pk=person.pk).check_password(PASSWORD)


def test_identities_are_edited_with_their_person(admin_client: Client) -> None:
    identity = IdentityFactory(provider="telegram", subject=" 42 ")
    data = {
        "identities-TOTAL_FORMS": "2",
        "identities-INITIAL_FORMS": "1",
        "identities-0-id": identity.pk,
        "identities-0-user": identity.user_id,
        "identities-0-provider": "telegram",
        "identities-0-subject": " 42 ",
        "identities-1-id": "",
        "identities-1-user": identity.user_id,
        "identities-1-provider": "solana",
        "identities-1-subject": "So1",
    }

    admin_client.post(change_url(identity.user), form_data(identity.user, **data))

    found = Identity.objects.filter(user=identity.user_id).order_by("pk").values_list("provider", "subject")
    assert list(found) == [("telegram", " 42 "), ("solana", "So1")]


def test_an_identity_of_somebody_else_is_refused(admin_client: Client) -> None:
    IdentityFactory(provider="telegram", subject="42")
    data = {"user": UserFactory().pk, "provider": "telegram", "subject": "42"}

    response = admin_client.post(reverse("admin:accounts_identity_add"), data)

    assert "already exists" in response.text
    assert Identity.objects.count() == 1


def test_a_persons_page_leads_to_what_refers_to_it(admin_client: Client) -> None:
    track = TrackFactory()
    memorial = NFTMemorialFactory(owner=track.artist)
    TrackFactory()

    page = admin_client.get(change_url(track.artist))

    lists = {related.label: related.url for related in page.context["related_lists"]}
    assert set(lists) == {
        *("Identities", "Tracks", "NFT memorials"),
        *("Giveaways", "Participants", "Tickets", "Win records"),
        *("Orders", "Shop customers", "Shops"),
        *("Family members", "Ingredients", "Meals", "Quick meals", "Portion history", "Meal entries"),
        *("Shopping lists", "Static devices", "TOTP devices"),
    }
    for label, row in (("Tracks", track), ("NFT memorials", memorial)):
        assert [found.pk for found in admin_client.get(lists[label]).context["cl"].result_list] == [row.pk]


def test_people_are_not_deleted_by_the_handful(admin_client: Client) -> None:
    people = UserFactory.create_batch(2)
    url = reverse("admin:accounts_user_changelist")
    data = {"action": "delete_selected", "_selected_action": [person.pk for person in people], "post": "yes"}

    admin_client.post(url, data)

    assert User.objects.filter(pk__in=[person.pk for person in people]).count() == 2


def test_only_superusers_give_rights(clerk: Client) -> None:
    person = UserFactory()

    clerk.post(change_url(person), form_data(person, is_staff="on", is_superuser="on", display_name="Changed"))

    person.refresh_from_db()
    assert person.display_name == "Changed"
    assert (person.is_staff, person.is_superuser) == (False, False)


def test_only_superusers_touch_a_superuser(clerk: Client) -> None:
    boss = UserFactory(staff=True, password="old-and-salty-1")
    urls = [
        change_url(boss),
        reverse("admin:accounts_user_delete", args=(boss.pk,)),
        reverse("admin:auth_user_password_change", args=(boss.pk,)),
    ]
    data = form_data(boss, password1=PASSWORD, password2=PASSWORD, usable_password="true", post="yes", email="x@y.org")

    assert [clerk.post(url, data).status_code for url in urls] == [403, 403, 403]

    unchanged = User.objects.get(pk=boss.pk)
    assert unchanged.email == boss.email
    assert unchanged.check_password("old-and-salty-1")


def test_the_banned_are_found_and_their_ban_is_lifted_by_a_deed(admin_client: Client) -> None:
    banned = UserFactory(banned=True, role="user")
    UserFactory()
    changelist = reverse("admin:accounts_user_changelist")

    found = admin_client.get(changelist, {"is_banned__exact": "1"}).context["cl"].result_list
    page = admin_client.get(change_url(banned))

    assert [person.pk for person in found] == [banned.pk]
    assert "is_banned" not in page.context["adminform"].form.fields
    assert [deed.label for deed in page.context["deeds"]] == ["Lift the ban"]
