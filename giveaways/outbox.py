"""The outbox: messages are owed in the transaction that causes them, and sent by workers afterwards.

A message is locked while it is sent, so no two workers send the same one. What a worker leaves that is killed between
sending and the commit is sent once more: none is lost, and the one in hand may come twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from giveaways.models import Giveaway, Message
from giveaways.scheduling import send_messages
from giveaways.telegram.client import BotApi
from giveaways.telegram.errors import BotApiError, Misconfigured, NotKnownYet
from giveaways.telegram.pace import Pace
from giveaways.telegram.people import telegram_id_of

Status = Message.Status
FIRST_WAIT, LONGEST_WAIT = 5, 3600  # seconds; doubled with each attempt
OPERATOR_WAIT = 60  # until the token is looked at again
LIMITS = 3  # limits of Telegram in a row that end a round: it means the bot, not a chat
ERROR_LENGTH = 500
log = logging.getLogger("giveaways.outbox")


class Outcome(Enum):
    SENT = auto()
    DEAD = auto()
    LATER = auto()  # it failed, and is tried again
    LIMITED = auto()  # Telegram said when to try again
    PACED = auto()  # the same person has just got another one


@dataclass
class Round:
    """What `send_due` did. `stopped` is True when Telegram takes nothing at the moment."""

    sent: int = 0
    dead: int = 0
    postponed: int = 0
    stopped: bool = False

    @property
    def done(self) -> int:
        return self.sent + self.dead + self.postponed


def owe(*, key: str, recipient: User, text: str, giveaway: Giveaway | None = None) -> None:
    """Owe somebody a message, once per key. It belongs to the caller's transaction and is sent after its commit."""
    Message.objects.bulk_create(
        [Message(key=key, recipient=recipient, text=text, giveaway=giveaway)], ignore_conflicts=True
    )
    # Once for a transaction, however much it owes. What nobody was woken for is found by the sweep.
    if all(hook[1] is not send_messages for hook in connection.run_on_commit):
        transaction.on_commit(send_messages, robust=True)


def send_due(limit: int, should_stop: Callable[[], bool] = lambda: False) -> Round:
    """Send what is due, the longest due first, up to `limit` messages."""
    api, pace, result, limits = BotApi(), Pace(settings.TELEGRAM_CALLS_PER_SECOND), Round(), 0
    while result.done < limit and not should_stop():
        outcome = _handle_next(api, pace)
        if outcome is None:
            break
        result.sent += outcome is Outcome.SENT
        result.dead += outcome is Outcome.DEAD
        result.postponed += outcome not in (Outcome.SENT, Outcome.DEAD)
        if outcome is not Outcome.PACED:
            limits = limits + 1 if outcome in (Outcome.LIMITED, Outcome.LATER) else 0
        if limits == LIMITS:
            result.stopped = True
            break
    return result


@transaction.atomic
def revive(*, messages: list[Message]) -> int:
    """Have dead messages tried once more, as if they were new. Gives how many."""
    dead = Message.objects.filter(pk__in=[message.pk for message in messages], status=Status.DEAD)
    count = dead.update(status=Status.PENDING, attempts=0, try_at=timezone.now(), error="")
    transaction.on_commit(send_messages, robust=True)
    return count


def next_due_at() -> datetime | None:
    """When the next message is due; it may be long ago."""
    pending = Message.objects.using(DEFAULT_DB_ALIAS).filter(status=Status.PENDING)
    return pending.order_by("try_at", "id").values_list("try_at", flat=True).first()


@transaction.atomic
def _handle_next(api: BotApi, pace: Pace) -> Outcome | None:
    """One message, locked from here until its end is written down. None: nothing is due."""
    due = Message.objects.filter(status=Status.PENDING, try_at__lte=timezone.now()).order_by("try_at", "id")
    message = due.select_for_update(skip_locked=True, of=("self",)).select_related("recipient").first()
    if message is None:
        return None
    wait = _wait_for_recipient(message)
    if wait:
        return _postpone(message, Outcome.PACED, wait)
    telegram_id = telegram_id_of(message.recipient)
    if telegram_id is None:
        return _bury(message, "The recipient has no Telegram account here.")
    pace.keep()
    return _send(message, telegram_id, api)


def _send(message: Message, telegram_id: int, api: BotApi) -> Outcome:
    message.attempts += 1
    try:
        api.send_message(telegram_id, message.text)
    except NotKnownYet as error:
        message.error = str(error)[:ERROR_LENGTH]
        if error.retry_after or isinstance(error, Misconfigured):
            message.attempts -= 1  # no fault of the message
            return _postpone(message, Outcome.LIMITED, error.retry_after or OPERATOR_WAIT)
        return _try_later(message)
    except BotApiError as error:
        return _bury(message, str(error))
    except Exception as error:  # a message that nobody foresaw must not hold up the others for ever
        log.exception("Message %s cannot be sent.", message.pk)
        message.error = type(error).__name__
        return _try_later(message)
    message.status, message.sent_at, message.error = Status.SENT, timezone.now(), ""
    message.save(update_fields=["status", "sent_at", "attempts", "error"])
    return Outcome.SENT


def _wait_for_recipient(message: Message) -> float:
    """Seconds until this person may get the next message. Another worker that writes to them is waited for as well."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"write {message.recipient_id}"])
        row = cursor.fetchone()
    if row != (True,):
        return float(settings.MESSAGE_INTERVAL)
    now = timezone.now()
    recent = Q(sent_at__gt=now - timedelta(seconds=settings.MESSAGE_INTERVAL))
    last = (
        Message.objects.filter(recent, recipient=message.recipient_id, status=Status.SENT).order_by("-sent_at").first()
    )
    if last is None or last.sent_at is None:
        return 0
    return max(0.0, settings.MESSAGE_INTERVAL - (now - last.sent_at).total_seconds())


def _try_later(message: Message) -> Outcome:
    if message.attempts >= settings.MESSAGE_ATTEMPTS:
        return _bury(message, message.error)
    return _postpone(message, Outcome.LATER, min(FIRST_WAIT * 2 ** min(message.attempts - 1, 20), LONGEST_WAIT))


def _postpone(message: Message, outcome: Outcome, seconds: float) -> Outcome:
    message.try_at = timezone.now() + timedelta(seconds=seconds)
    message.save(update_fields=["try_at", "attempts", "error"])
    return outcome


def _bury(message: Message, error: str) -> Outcome:
    log.warning("Message %s is dead: %s", message.pk, error)
    message.status, message.error = Status.DEAD, error[:ERROR_LENGTH]
    message.save(update_fields=["status", "attempts", "error"])
    return Outcome.DEAD
