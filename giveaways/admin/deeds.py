"""What staff can do to a giveaway, by the state that it is in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone

from giveaways.actions.distributing import distribute
from giveaways.actions.drawing import advance
from giveaways.actions.ending import cancel_for_staff
from giveaways.actions.rerolling import reroll
from giveaways.actions.tickets import BEFORE_THE_DRAW, grant_tickets
from giveaways.models import Giveaway, WinRecord
from operations.admin.deeds import Deed, ReasonForm

Status = Giveaway.Status
PLACE_DIGITS = 10


class TicketsForm(ReasonForm):
    telegram_id = forms.IntegerField(min_value=1, label="Telegram id", help_text="Of somebody who takes part.")
    count = forms.IntegerField(min_value=1, label="Tickets", help_text="Added to what the person has.")
    field_order = ("telegram_id", "count", "reason")


class PlacesForm(ReasonForm):
    places = forms.CharField(help_text="Numbers, separated by commas: who had these places cannot win again.")
    field_order = ("places", "reason")

    def clean_places(self) -> list[int]:
        parts = [part.strip() for part in self.cleaned_data["places"].split(",")]
        if not all(part.isascii() and part.isdigit() and len(part) < PLACE_DIGITS for part in parts):
            raise forms.ValidationError("These are not numbers separated by commas.")
        return sorted({int(part) for part in parts})


def _cancel(user: Any, giveaway: Giveaway, data: Mapping[str, Any]) -> str:
    cancel_for_staff(giveaway_id=giveaway.pk, reason=data["reason"])
    return "The giveaway is cancelled."


def _grant(user: Any, giveaway: Giveaway, data: Mapping[str, Any]) -> str:
    ticket = grant_tickets(giveaway_id=giveaway.pk, by=user, telegram_id=data["telegram_id"], count=data["count"])
    return f"{data['telegram_id']} now has {ticket.count:,} tickets."


def _draw_again(user: Any, giveaway: Giveaway, data: Mapping[str, Any]) -> str:
    draw = reroll(giveaway=giveaway, places=data["places"], reason=data["reason"], by=user)
    places = ", ".join(map(str, data["places"]))
    return f"Places {places} are drawn again." if draw.drawn_at else f"Places {places} wait for the beacon."


def _draw(user: Any, giveaway: Giveaway, data: Mapping[str, Any]) -> str:
    status = advance(giveaway_id=giveaway.pk)
    if status == Status.COMPLETED:
        return "The winners are drawn."
    return f"All that can be done now is done; its state is “{Status(status).label}”. It goes on by itself."


CANCEL = Deed(
    "cancel",
    "Cancel",
    "Nobody can join it any more and nobody wins. This cannot be undone; who joined stays on record.",
    _cancel,
)
TICKETS = Deed(
    "tickets",
    "Grant tickets",
    "Tickets are chances in the draw. What is granted is seen in its proof and cannot be taken back.",
    _grant,
    TicketsForm,
)
DRAW = Deed(
    "draw",
    "Draw now",
    "Does what a worker would do: checks what is open, freezes the entries, draws. The winners do not depend on who "
    "presses the button or when.",
    _draw,
    forms.Form,
)


DRAW_AGAIN = Deed(
    "draw-again",
    "Draw places again",
    "The winners of these places lose them, and others are drawn from the same list of entries. That, and the reason, "
    "is published with the proof and stays there.",
    _draw_again,
    PlacesForm,
)


def deeds_of(giveaway: Giveaway) -> list[Deed]:
    ended = giveaway.ends_at <= timezone.now()
    found = []
    if (giveaway.status == Status.ACTIVE and ended) or giveaway.status == Status.PROCESSING:
        found.append(DRAW)
    if giveaway.allow_tickets and giveaway.status in BEFORE_THE_DRAW:
        found.append(TICKETS)
    if giveaway.status == Status.ACTIVE and not ended:
        found.append(CANCEL)
    if giveaway.status == Status.COMPLETED and giveaway.draws.filter(number=0, drawn_at__isnull=False).exists():
        found.append(DRAW_AGAIN)
    return found


def _hand_over(user: Any, win: WinRecord, data: Mapping[str, Any]) -> str:
    distribute(win_record=win, by=user)
    return "The winner has the prize."


HAND_OVER = Deed(
    "hand-over", "Prize handed over", "The winner is recorded as having the prize. It is final.", _hand_over, forms.Form
)


def deeds_of_win(win: WinRecord) -> list[Deed]:
    return [HAND_OVER] if win.status == WinRecord.Status.PENDING else []
