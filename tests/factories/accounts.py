"""People for tests."""

from __future__ import annotations

import factory
from factory.django import DjangoModelFactory

from accounts.models import Identity, User


class UserFactory(DjangoModelFactory[User]):
    """A person with a name and an address; `password="..."` lets them sign in."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    id = factory.Sequence(lambda n: f"user-{n:06}")
    email = factory.Sequence(lambda n: f"user{n}@example.org")
    username = factory.Sequence(lambda n: f"user{n}")
    display_name = factory.Sequence(lambda n: f"User {n}")
    avatar = factory.LazyAttribute(lambda user: f"https://img.example.org/{user.username}.png")

    class Params:
        artist = factory.Trait(is_artist=True)
        banned = factory.Trait(is_banned=True)
        staff = factory.Trait(is_staff=True, is_superuser=True)

    @factory.post_generation
    def password(self: User, create: bool, extracted: str | None, **kwargs: object) -> None:
        if extracted is not None:
            self.set_password(extracted)
            if create:
                self.save(update_fields=["password"])


class IdentityFactory(DjangoModelFactory[Identity]):
    class Meta:
        model = Identity

    user = factory.SubFactory(UserFactory)
    provider = "telegram"
    subject = factory.Sequence(lambda n: str(7_000_000_000 + n))
