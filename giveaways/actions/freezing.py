"""The entries of a draw, written down as they are, and the root of them published."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from giveaways.actions.commitments import BEACON_MARGIN
from giveaways.drawing import merkle
from giveaways.drawing.beacon import CHAINS
from giveaways.frozen import BLOCK, PACKED, blocks, leaves
from giveaways.models import Draw, Giveaway, PreWinnerList
from giveaways.requirements import eligible, unknown_checks

# Who is on the creator's list comes before who is not, and who has tickets before who has none, if they count.
WRITE_DOWN = """
    WITH listed AS MATERIALIZED (
        SELECT user_id FROM accounts_identity WHERE provider = 'telegram' AND subject = ANY(%(listed)s)
    ), numbered AS (
        SELECT row_number() OVER (ORDER BY entrant.id) - 1 AS position, entrant.id,
               coalesce(ticket.count, 1) AS tickets,
               CASE WHEN %(by_list)s AND entrant.user_id NOT IN (SELECT user_id FROM listed) THEN 2 ELSE 0 END
               + CASE WHEN %(by_tickets)s AND ticket.count IS NULL THEN 1 ELSE 0 END AS stratum
        FROM ({entrants}) AS entrant (id, user_id)
        LEFT JOIN giveaways_ticket AS ticket
            ON %(by_tickets)s AND ticket.giveaway_id = %(giveaway)s AND ticket.user_id = entrant.user_id
    ), block AS (
        SELECT position / %(block)s AS number, string_agg(
            uuid_send(id) || int8send(tickets) || substr(int2send(stratum::smallint), 2), ''::bytea ORDER BY position
        ) AS entries
        FROM numbered GROUP BY 1
    )
    INSERT INTO giveaways_drawblock (draw_id, number, first, entries)
    SELECT %(draw)s, number, encode(substr(entries, 1, 16), 'hex')::uuid, entries FROM block
"""
KEEP_ROOTS = """
    UPDATE giveaways_drawblock AS block SET root = kept.root
    FROM unnest(%(roots)s::bytea[]) WITH ORDINALITY AS kept (root, position)
    WHERE block.draw_id = %(draw)s AND block.number = kept.position - 1
"""


@transaction.atomic
def freeze(*, draw_id: UUID, at: datetime | None = None) -> bool:
    """List the entries of a giveaway that has ended, and publish their root. False: they cannot be listed yet.

    That is so until Telegram has said of everybody whether they meet what is asked. Nobody joins any more, and a second
    caller waits for the draw's row: the list is made once.
    """
    draw = Draw.objects.select_for_update(of=("self",)).select_related("giveaway").get(pk=draw_id)
    if draw.frozen_at:
        return True
    if draw.giveaway.status != Giveaway.Status.PROCESSING or unknown_checks(draw.giveaway):
        return False
    _write_down(draw)
    _sum_up(draw)
    draw.places = list(range(1, min(draw.giveaway.winners_count, draw.entries_count or 0) + 1))
    draw.frozen_at = at or timezone.now()
    put_beacon_later(draw, draw.frozen_at)
    draw.save()
    return True


def put_beacon_later(draw: Draw, moment: datetime) -> None:
    """A round that is known by then, or so soon after that nobody can have noted the root, is none to draw by."""
    chain = CHAINS.get(draw.beacon_chain)
    earliest = moment + BEACON_MARGIN
    if chain and chain.time_of(draw.beacon_round or 0) <= earliest:
        draw.beacon_round = chain.first_after(earliest)


def _write_down(draw: Draw) -> None:
    giveaway = draw.giveaway
    chosen = PreWinnerList.objects.filter(giveaway=giveaway).first()
    banned = User.objects.filter(is_banned=True)  # few: to look for them is quicker than to look at every entrant
    entrants = eligible(giveaway).exclude(user__in=banned).order_by().values_list("id", "user_id")
    sql, bound = _named(*entrants.query.sql_with_params())
    values: dict[str, Any] = {
        "draw": draw.pk,
        "giveaway": giveaway.pk,
        "listed": [str(telegram_id) for telegram_id in chosen.user_ids] if chosen else [],
        "by_list": chosen is not None,
        "by_tickets": giveaway.allow_tickets,
        "block": BLOCK,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")  # or a million entries are sorted on disk
        cursor.execute(WRITE_DOWN.format(entrants=sql), values | bound)


def _named(sql: str, parameters: tuple[Any, ...]) -> tuple[str, dict[str, Any]]:
    """A compiled query with its parameters by name: a statement has either names or positions."""
    bound = {f"p{number}": value for number, value in enumerate(parameters)}
    names = iter(bound)
    return re.sub("%%|%s", lambda found: f"%({next(names)})s" if found[0] == "%s" else found[0], sql), bound


def _sum_up(draw: Draw) -> None:
    roots, count, tickets = [], 0, 0
    for block in blocks(draw):
        roots.append(merkle.root(leaves(block)))
        count += len(bytes(block.entries)) // PACKED.size
        tickets += sum(own for _, own, _ in PACKED.iter_unpack(bytes(block.entries)))
    with connection.cursor() as cursor:
        cursor.execute(KEEP_ROOTS, {"draw": draw.pk, "roots": roots})
    draw.entries_root = merkle.root(roots).hex()
    draw.entries_count, draw.tickets_count = count, Decimal(tickets)
