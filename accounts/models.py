"""People, and how they are known elsewhere."""

from __future__ import annotations

from typing import Any, ClassVar

from axes.models import AccessAttempt
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower, Now

from operations.history import tracked
from operations.keys import UUID7, KeyField, UUID7Text


class UserQuerySet(models.QuerySet["User"]):
    def known_as(self, provider: str, subject: str) -> UserQuerySet:
        """The person (one or none) whom `provider` knows as `subject`."""
        return self.filter(identities__provider=provider, identities__subject=subject)

    def with_email(self, email: str) -> UserQuerySet:
        """Everybody whose address differs from `email` at most by case; history has such pairs."""
        return self.annotate(lower_email=Lower("email")).filter(lower_email=email.lower())


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Make a person who signs in by e-mail. Raises ValueError for an empty address."""
        if not email:
            raise ValueError("a person who signs in needs an e-mail address")
        user: User = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, **{**fields, "is_staff": True, "is_superuser": True})


# A password has no history, and signing in is no change of the person.
@tracked(exclude=("password", "last_login"))
class User(AbstractBaseUser, PermissionsMixin):
    """One person, whichever of the legacy systems knew them; `Identity` says as whom."""

    id = KeyField(primary_key=True, db_collation="C", db_default=UUID7Text(), editable=False)
    password = models.CharField(max_length=128, default="!", db_default="!")

    # Addresses are unique as they are spelled: history holds pairs that differ by case, and they are not one person
    # until somebody proves it.
    email = models.EmailField(max_length=320, null=True, blank=True)
    contested_email = models.EmailField(
        max_length=320,
        null=True,
        blank=True,
        help_text="What a legacy system had as this person's address, while it is somebody else's here.",
    )
    username = models.CharField(max_length=255, null=True, blank=True)
    display_name = models.TextField(null=True, blank=True)
    first_name = models.TextField(null=True, blank=True)
    last_name = models.TextField(null=True, blank=True)
    avatar = models.TextField(null=True, blank=True)
    banner = models.TextField(null=True, blank=True)
    bio = models.TextField(null=True, blank=True)
    is_artist = models.BooleanField(default=False, db_default=False)

    is_active = models.BooleanField(default=True, db_default=True)
    is_staff = models.BooleanField(default=False, db_default=False)
    is_superuser = models.BooleanField(default=False, db_default=False)
    is_banned = models.BooleanField(
        default=False, db_default=False, help_text="Shut out by staff, such as from giveaways."
    )
    role = models.CharField(
        max_length=32, null=True, blank=True, help_text="The legacy system's own word; it gives no rights."
    )

    # NULL where the legacy system did not record it.
    created_at = models.DateTimeField(null=True, blank=True, db_default=Now())
    updated_at = models.DateTimeField(null=True, blank=True, auto_now=True, db_default=Now())
    clerk_created_at = models.DateTimeField(null=True, blank=True, help_text="By Clerk's own clock.")
    clerk_updated_at = models.DateTimeField(null=True, blank=True, help_text="By Clerk's own clock.")

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("email",), name="accounts_user_email_unique"),
            models.CheckConstraint(condition=~models.Q(email=""), name="accounts_user_email_not_empty"),
            models.CheckConstraint(condition=~models.Q(id=""), name="accounts_user_id_not_empty"),
        )
        indexes = (
            models.Index(models.F("created_at").desc(nulls_last=True), name="accounts_user_created"),
            models.Index(Lower("email"), name="accounts_user_lower_email"),  # signing in
            # Few have one: who they are, and whose address each of them is.
            models.Index(
                fields=("contested_email",),
                condition=models.Q(contested_email__isnull=False),
                name="accounts_user_contested_email",
            ),
        )

    def __str__(self) -> str:
        full_name = " ".join(filter(None, (self.first_name, self.last_name)))
        return self.display_name or full_name or self.username or self.email or self.id


@tracked()
class Identity(models.Model):
    """How a person is known elsewhere: a legacy system's id, Telegram, a Solana wallet and so on."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="identities")
    provider = models.CharField(
        max_length=32, db_collation="C", help_text="Who knows the person: telegram, solana, normaldance…"
    )
    subject = models.CharField(max_length=255, db_collation="C", help_text="As whom: the id, address or key there.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name_plural = "identities"
        constraints = (
            models.UniqueConstraint(fields=("provider", "subject"), name="accounts_identity_subject_unique"),
            models.CheckConstraint(
                condition=~models.Q(provider="") & ~models.Q(subject=""), name="accounts_identity_not_empty"
            ),
        )

    def __str__(self) -> str:
        return f"{self.provider}:{self.subject}"


class ExchangedInitData(models.Model):
    """Init data of Telegram that was exchanged for a token, until it is too old to be used anyway."""

    digest = models.BinaryField(primary_key=True)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("expires_at",), name="accounts_exchanged_expiry"),)  # purging

    def __str__(self) -> str:
        return bytes(self.digest).hex()


class FailedSignIn(AccessAttempt):
    """Failures of staff to sign in, by address, place and browser: what locks count."""

    class Meta:
        proxy = True
        verbose_name = "failed sign-in"
        default_permissions = ("view", "delete")
