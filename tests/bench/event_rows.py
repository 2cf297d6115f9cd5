"""Two years of events, made on the server: of few types often and of many seldom, more of them each month.

Which event has which key and which ticket follows from its number, so that a benchmark can ask for any without having
read it before.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg.types.json import Jsonb

from events.keys import uuid7_of
from events.months import Month
from events.partitions import layout

MONTHS = 24
GROWTH = 5  # the last month has so many times the events of the first
SEED = 0.4
# The share of all events that have one of these or one before it.
WORKFLOWS = {"support": 0.70, "helpdesk": 0.92, "other": 0.999, "legal": 1.0}
ADDRESSES = 2_000
INTENTS = (
    *("general/question", "product/question", "billing/invoice", "refund/request", "it/support", "software/request"),
    *("policy/question", "access/management", "hardware/issue"),
)
SKEW = 4  # of addresses and intents: the lower their number, the more events have them
REPEATED, BEFORE = 10, 7  # every so manieth event is about the ticket of one so many before it

ROWS = """
INSERT INTO events_event
    (id, legacy_id, workflow, status, data, task_context, attempts, failure, created_at, updated_at)
SELECT uuid7_of(at, number::text), CASE WHEN imported THEN md5('legacy ' || number)::uuid END, workflow, status, data,
    CASE WHEN status = 'done' THEN jsonb_build_object('event', data) || answer END,
    CASE WHEN imported OR status = 'pending' THEN 0 ELSE 1 END,
    CASE WHEN status = 'failed' THEN 'TimeoutError: the model did not answer' END, at, at + interval '5 seconds'
FROM (
    SELECT number, at, imported, answer, workflow,
        CASE WHEN state < 0.96 THEN 'done' WHEN imported THEN 'unprocessed' WHEN state < 0.99 THEN 'failed'
            ELSE 'pending' END AS status,
        jsonb_build_object(
            'ticket_id', md5((number - CASE WHEN number %% %(repeated)s = 0 THEN %(before)s ELSE 0 END)::text)::uuid,
            'timestamp', at, 'from_email', 'customer' || number %% 9973 || '@example.org',
            'to_email', 'Team' || address || '@shop.example', 'sender', 'Айгерім Сәрсен',
            'subject', 'Where is order ' || number || '?', 'body', repeat('It has not come. ', (number %% 5)::int)
        ) AS data
    FROM (
        SELECT number, %(start)s::timestamptz + (number - %(first)s) * %(step)s::interval AS at, imported, state,
            floor(%(addresses)s * address ^ %(skew)s)::int AS address,
            (%(answers)s::jsonb[])[1 + floor(%(intents)s * intent ^ %(skew)s)::int] AS answer,
            (%(workflows)s::text[])[1 + width_bucket(workflow, %(shares)s::float[])] AS workflow
        FROM (
            SELECT number, %(imported)s::boolean AS imported, random() AS state,
                random() AS address, random() AS intent, random() AS workflow
            FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS number
        ) AS dice
    ) AS drawn
) AS event
"""


@dataclass(frozen=True)
class MonthOfEvents:
    """The events `first` to `last` by number, each `step` after the one before it."""

    month: Month
    first: int
    last: int

    @property
    def step(self) -> timedelta:
        return (self.month.end - self.month.start) // (self.last - self.first + 1)

    def at(self, number: int) -> datetime:
        return self.month.start + (number - self.first) * self.step

    def key(self, number: int) -> UUID:
        return uuid7_of(self.at(number), str(number))


def ticket_of(number: int) -> str:
    """The ticket that the event of this number is about."""
    about = number - BEFORE if number % REPEATED == 0 else number
    return str(UUID(hashlib.md5(str(about).encode(), usedforsecurity=False).hexdigest()))


def answer(intent: str) -> dict[str, Any]:
    """What the pipeline made of an event, beside its copy of that."""
    analysis = {"reasoning": "The customer asks for an answer within the day.", "intent": intent, "confidence": 0.93}
    written = {"response": "Здравствуйте! Мы проверим и ответим в течение дня.", "confidence": 0.9}
    usage = {"prompt_tokens": 771, "completion_tokens": 118, "total_tokens": 889}
    nodes = {
        "AnalyzeTicket": {"response_model": analysis | {"escalate": False}, "usage": usage},
        "TicketRouter": {"next_node": "GenerateResponse"},
        "GenerateResponse": {"response_model": written, "rag_context": [], "usage": usage},
    }
    return {"nodes": nodes, "metadata": {}, "should_stop": False}


def planned(rows: int) -> list[MonthOfEvents]:
    """The months before the current one, as many events in each as it is to have."""
    past = [month for month in layout().months if month < Month.current()][-MONTHS:]
    weights = [1 + (GROWTH - 1) * place / max(1, len(past) - 1) for place in range(len(past))]
    ends = [round(rows * total / sum(weights)) for total in accumulate(weights)]
    return [MonthOfEvents(*one) for one in zip(past, [1, *(end + 1 for end in ends)], ends, strict=False)]


def fill(months: list[MonthOfEvents]) -> None:
    """All indexes and constraints are there meanwhile, as when events come in. Without WAL, which a replica would keep
    as well: nothing that is read is written otherwise by it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(%s)", [SEED])
        for place, one in enumerate(months):
            cursor.execute(f"ALTER TABLE {one.month.table} SET UNLOGGED")
            cursor.execute(
                ROWS,
                {
                    "first": one.first,
                    "last": one.last,
                    "start": one.month.start,
                    "step": one.step,
                    "imported": place < MONTHS // 2,
                    "repeated": REPEATED,
                    "before": BEFORE,
                    "addresses": ADDRESSES,
                    "intents": len(INTENTS),
                    "answers": [Jsonb(answer(intent)) for intent in INTENTS],
                    "skew": SKEW,
                    "workflows": list(WORKFLOWS),
                    "shares": list(WORKFLOWS.values())[:-1],
                },
            )
        cursor.execute("VACUUM ANALYZE events_event")
