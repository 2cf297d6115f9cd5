"""Why an action was refused: each refusal has a stable code, the words for people and its HTTP status."""

from __future__ import annotations

from operations.refusals import Refused


class Refusal(Refused):
    """Base of all of them. A subclass sets the class attributes; `retry_after` is in seconds."""

    status = 409
    stable_code = "conflict"
    words = "This cannot be done now."
    retry_after: int | None = None

    def __init__(
        self, message: str = "", *, fields: dict[str, str] | None = None, retry_after: int | None = None
    ) -> None:
        wait = self.retry_after if retry_after is None else retry_after
        super().__init__(
            self.status,
            message or self.words,
            code=self.stable_code,
            fields=fields,
            headers={} if wait is None else {"Retry-After": str(wait)},
        )


class GiveawayNotFound(Refusal):
    status = 404
    stable_code = "not_found"
    words = "There is no such giveaway."


class WinnerNotFound(Refusal):
    status = 404
    stable_code = "not_found"
    words = "Nobody has won this place."


class JoinContested(Refusal):
    stable_code = "try_again"
    words = "The giveaway changed meanwhile. Try again."
    retry_after = 1


class GiveawayClosed(Refusal):
    status = 409
    stable_code = "giveaway_closed"
    words = "It takes no entries any more."


class GiveawayFull(Refusal):
    status = 409
    stable_code = "giveaway_full"
    words = "As many as can have joined already."


class OwnGiveaway(Refusal):
    status = 409
    stable_code = "own_giveaway"
    words = "Nobody takes part in a giveaway of their own."


class RequirementsUnmet(Refusal):
    """`fields` names each requirement that is not met."""

    status = 409
    stable_code = "requirements_unmet"
    words = "Not everything that is asked of those who join is done."


class RequirementsUnknown(Refusal):
    """Telegram has not said. It never counts as passed."""

    status = 503
    stable_code = "requirements_unknown"
    words = "Telegram has not told yet whether the requirements are met. Try again in a moment."
    retry_after = 5


class Banned(Refusal):
    status = 403
    stable_code = "banned"
    words = "You are shut out from giveaways."


class NotYours(Refusal):
    status = 403
    stable_code = "not_yours"
    words = "Only its creator can do this."


class AdminsOnly(Refusal):
    status = 403
    stable_code = "admins_only"
    words = "Only giveaway admins can do this."


class TooLate(Refusal):
    status = 409
    stable_code = "too_late"
    words = "The time in which this can be done is over."


class TooManyEntrants(Refusal):
    status = 409
    stable_code = "too_many_entrants"
    words = "Too many have joined already."


class WrongState(Refusal):
    status = 409
    stable_code = "wrong_state"
    words = "The giveaway is in a state in which this cannot be done."


class NotAccepted(Refusal):
    """A value breaks a rule of giveaways; `fields` says which and why."""

    status = 422
    stable_code = "invalid_request"
    words = "Some values cannot be used as given."


class NotAnEntrant(Refusal):
    status = 409
    stable_code = "not_an_entrant"
    words = "This person does not take part."


class NoTickets(Refusal):
    status = 409
    stable_code = "no_tickets"
    words = "This giveaway is drawn without tickets."


class ListTooLarge(Refusal):
    status = 413
    stable_code = "too_large"
    words = "The list is larger than can be taken."


class EmptyList(Refusal):
    status = 422
    stable_code = "empty_list"
    words = "No Telegram id was found in the list."


CODES = tuple(sorted({refusal.stable_code for refusal in Refusal.__subclasses__()}))
"""All codes of this app, for the description of the API."""
