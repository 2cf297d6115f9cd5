"""Background jobs of giveaways. Each may run twice, at once or after it was killed: what is done is not done again.

The sweep looks for all that is due, so nothing depends on a job that was lost; the other jobs are there to be in time.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app

from giveaways import outbox, scheduling
from giveaways.actions.drawing import advance
from giveaways.actions.expiring import expire_lists
from giveaways.errors import GiveawayNotFound
from giveaways.models import Draw, Giveaway
from giveaways.rechecking import recheck
from giveaways.requirements import unknown_checks
from operations.finished_jobs import remove_finished

QUEUE = "giveaways"
SLICE = 30.0  # seconds that one job may keep its place in the queue
BATCH = 100
MOST_SWEPT = 1000
SOON = timedelta(seconds=3)  # a beacon of drand has a round every three seconds
TURNS = 40  # looks at a silent beacon; after them the sweep looks
OUTAGE_WAIT = timedelta(seconds=20)
OBSTACLE_WAIT = timedelta(minutes=5)
KEPT = {"succeeded": timedelta(hours=6), "failed": timedelta(days=7)}  # jobs, for whoever asks what became of them


@app.task(name=scheduling.FINISH, queue=QUEUE)
def finish(*, giveaway_id: str, turn: int = 0) -> str:
    """Take a giveaway's next steps towards its winners, and see to what it waits for."""
    try:
        status = advance(giveaway_id=UUID(giveaway_id))
    except GiveawayNotFound:  # it was deleted
        return "gone"
    giveaway = Giveaway.objects.using(DEFAULT_DB_ALIAS).get(pk=giveaway_id)
    if status == Giveaway.Status.CUSTOM and giveaway.list_due_at:
        scheduling.finish_at(giveaway.pk, giveaway.list_due_at)
    elif status == Giveaway.Status.PROCESSING:
        if unknown_checks(giveaway):
            scheduling.recheck_requirements(giveaway.pk)
        elif turn < TURNS:  # for its beacon
            scheduling.finish_later(giveaway.pk, wait=SOON, turn=turn + 1)
    return str(status)


@app.task(name=scheduling.RECHECK, queue=QUEUE, pass_context=True)
def recheck_entrants(context: JobContext, *, giveaway_id: str, after: str | None = None) -> str:
    """Ask Telegram about the entrants of an ended giveaway, for a while; then it is another one's turn."""
    giveaway = Giveaway.objects.using(DEFAULT_DB_ALIAS).filter(pk=giveaway_id).first()
    if giveaway is None:
        return "gone"
    until, last = time.monotonic() + SLICE, UUID(after) if after else None

    def should_stop() -> bool:
        return time.monotonic() > until or context.should_abort()

    while True:
        done = recheck(giveaway=giveaway, limit=BATCH, after=last, should_stop=should_stop)
        if done.interrupted:
            wait = timedelta(seconds=done.retry_after) if done.retry_after else OUTAGE_WAIT
            scheduling.recheck_requirements(giveaway.pk, at=timezone.now() + wait)
            return "Telegram does not tell at the moment"
        if done.ended:
            return _all_asked(giveaway)
        last = done.last
        if should_stop():
            scheduling.recheck_requirements(giveaway.pk, after=last)
            return "goes on"


def _all_asked(giveaway: Giveaway) -> str:
    """Whom the bot cannot see now, it may see when the creator has mended the channel."""
    if unknown_checks(giveaway):
        scheduling.recheck_requirements(giveaway.pk, at=timezone.now() + OBSTACLE_WAIT)
        return "not all can be asked about"
    scheduling.finish_now(giveaway.pk)
    return "all asked"


@app.task(name=scheduling.SEND, queue=QUEUE, pass_context=True)
def send_messages(context: JobContext) -> str:
    """Send what is owed, as long as something is due."""
    until, sent = time.monotonic() + SLICE, 0

    def should_stop() -> bool:
        return time.monotonic() > until or context.should_abort()

    while True:
        done = outbox.send_due(BATCH, should_stop)
        sent += done.sent
        if done.stopped or done.done < BATCH or should_stop():
            break
    next_due = outbox.next_due_at()
    if next_due:  # what is due soon need not wait for the sweep
        scheduling.send_messages(at=max(next_due, timezone.now() + (OUTAGE_WAIT if done.stopped else timedelta(0))))
    return f"{sent} sent"


# Its last field is that of seconds.
@app.periodic(cron="* * * * * */20")
@app.task(name="giveaways.sweep", queue=QUEUE, queueing_lock="giveaways sweep")
def sweep(timestamp: int = 0) -> str:
    """Find what is due and was missed: ends, lists that never came, draws that wait, messages, lists that expire."""
    now = timezone.now()
    due = list_due(now)
    for giveaway_id in due:
        scheduling.finish_now(giveaway_id, turn=TURNS)
    next_message = outbox.next_due_at()
    if next_message and next_message <= now:
        scheduling.send_messages()
    expired = expire_lists(at=now)
    return f"{len(due)} due, {expired} lists expired"


def list_due(now: datetime) -> list[UUID]:
    """Giveaways that can go on; then those of which single places are drawn again.

    What the legacy tool left is drawn by Slipway only when it is told that the tool is gone: until then it would be
    drawn twice, or from entries that are still being imported.
    """
    giveaways = Giveaway.objects.using(DEFAULT_DB_ALIAS).awaiting_work(now)
    if not settings.GIVEAWAYS_TAKE_OVER:
        giveaways = giveaways.promised()
    again = Draw.objects.using(DEFAULT_DB_ALIAS).filter(number__gt=0, drawn_at__isnull=True).order_by("id")
    found = [
        *giveaways.values_list("pk", flat=True)[:MOST_SWEPT],
        *again.values_list("giveaway_id", flat=True)[:MOST_SWEPT],
    ]
    return list(dict.fromkeys(found))


@app.periodic(cron="17 * * * *")
@app.task(name="giveaways.tidy", queue=QUEUE, queueing_lock="giveaways tidy")
def tidy(timestamp: int = 0) -> str:
    """Remove jobs of giveaways that are over: there are thousands a day."""
    now = timezone.now()
    removed = [remove_finished(queue=QUEUE, status=status, before=now - age) for status, age in KEPT.items()]
    return f"{sum(removed)} jobs removed"
