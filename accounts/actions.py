"""Changes of people that signing in brings."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connection, router, transaction
from django.db.models import Exists

from accounts.models import ExchangedInitData, Identity, User
from accounts.telegram import CLOCK_TOLERANCE, InitData, InitDataRefused, TelegramUser
from operations.invalidation import rows_changed
from operations.prepared import Prepared

TELEGRAM = "telegram"
NAMES = ("first_name", "last_name", "username")
COLUMNS = [str(field.column) for field in User._meta.concrete_fields]
KNOWN = Prepared(
    "known_by_telegram",
    ("text", "text", "bytea"),
    f"""
    SELECT {", ".join(f"person.{column}" for column in COLUMNS)},
        EXISTS (SELECT FROM accounts_exchangedinitdata AS used WHERE used.digest = $3)
    FROM accounts_identity AS known JOIN accounts_user AS person ON person.id = known.user_id
    WHERE known.provider = $1 AND known.subject = $2
    """,
)
EXCHANGE = """
    INSERT INTO accounts_exchangedinitdata (digest, expires_at) VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING true
"""
PURGE = """
    DELETE FROM accounts_exchangedinitdata WHERE digest IN (
        SELECT digest FROM accounts_exchangedinitdata WHERE expires_at < now()
        ORDER BY expires_at LIMIT 100 FOR UPDATE SKIP LOCKED
    )
"""


def sign_in(*, init: InitData) -> User:
    """The person whom Telegram vouches for, made or renamed if need be. Raises InitDataRefused if it was exchanged."""
    user = _known(init)
    if user is None:
        return _sign_in_for_the_first_time(init)
    if user.exchanged:
        raise InitDataRefused("replayed")
    return _as_told(user, init)


def _known(init: InitData) -> Any:
    """The person, and whether the init data was `exchanged`. Every request asks this: what the primary answers is
    planned once."""
    subject = str(init.user.id)
    database = router.db_for_read(User)
    if database != DEFAULT_DB_ALIAS:
        exchanged = ExchangedInitData.objects.using(database).filter(digest=init.digest)
        known = User.objects.using(database).known_as(TELEGRAM, subject)
        return known.annotate(exchanged=Exists(exchanged)).first()
    row = KNOWN.fetch_one(TELEGRAM, subject, init.digest)
    if row is None:
        return None
    user: Any = User.from_db(DEFAULT_DB_ALIAS, COLUMNS, row)
    user.exchanged = row[-1]
    return user


@transaction.atomic
def _sign_in_for_the_first_time(init: InitData) -> User:
    """Asks the primary: on a replica somebody who came a moment ago may be missing."""
    if ExchangedInitData.objects.filter(digest=init.digest).exists():
        raise InitDataRefused("replayed")
    return _as_told(User.objects.known_as(TELEGRAM, str(init.user.id)).first(), init)


@transaction.atomic
def exchange(*, init: InitData) -> User:
    """As `sign_in`, and the init data is used up. Of many at once, one succeeds."""
    expires_at = init.signed_at + timedelta(seconds=settings.INIT_DATA_TTL + CLOCK_TOLERANCE)
    with connection.cursor() as cursor:
        cursor.execute(EXCHANGE, [init.digest, expires_at])
        if cursor.fetchone() is None:
            raise InitDataRefused("replayed")
        cursor.execute(PURGE)
    return _as_told(User.objects.known_as(TELEGRAM, str(init.user.id)).first(), init)


def _as_told(user: User | None, init: InitData) -> User:
    if user is None:
        user = _made(init.user)
    if _names(user) != _names(init.user) and _is_news(user, init.signed_at):
        user = _renamed(user, init)
    return user


def _made(told: TelegramUser) -> User:
    """Two first requests at once make one person: the unique key of identities decides, and undoes the second."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                user: User = User.objects.create(
                    first_name=told.first_name, last_name=told.last_name, username=told.username
                )
                Identity.objects.create(user=user, provider=TELEGRAM, subject=str(told.id))
                return user
        except IntegrityError:
            first: User = User.objects.known_as(TELEGRAM, str(told.id)).get()
            return first


@transaction.atomic
def _renamed(user: User, init: InitData) -> User:
    user = User.objects.select_for_update().get(pk=user.pk)
    if _names(user) != _names(init.user) and _is_news(user, init.signed_at):
        user.first_name, user.last_name, user.username = _names(init.user)
        user.save(update_fields=[*NAMES, "updated_at"])
        rows_changed(["accounts.User"])
    return user


def _names(person: User | TelegramUser) -> tuple[str | None, ...]:
    return person.first_name, person.last_name, person.username


def _is_news(user: User, signed_at: datetime) -> bool:
    """Init data is valid for a while: an older one, still in use elsewhere, must not bring the old names back."""
    return user.updated_at is None or signed_at > user.updated_at


def set_ban(*, user: User, banned: bool) -> bool:
    """Shut a person out, or let them in again; False if that was so already. It holds from their next request on."""
    changed = User.objects.filter(pk=user.pk, is_banned=not banned)
    return bool(changed.update(is_banned=banned))
