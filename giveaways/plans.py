"""What a giveaway is to be, as its creator says it, and the rules that this has to keep to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from giveaways.models import Requirement
from giveaways.telegram.membership import channel_named

NAMES = {
    Requirement.Type.SUBSCRIPTION: "Follow {}",
    Requirement.Type.BOOST: "Boost {}",
    Requirement.Type.CUSTOM: "Custom: {}",
}


@dataclass(frozen=True)
class SponsorPlan:
    username: str | None = None
    channel_id: int | None = None
    title: str = ""
    channel_url: str = ""
    avatar_url: str = ""


@dataclass(frozen=True)
class RequirementPlan:
    type: str
    username: str | None = None
    chat_id: int | None = None
    description: str | None = None

    @property
    def channel(self) -> str | None:
        """As the Bot API wants it: with @, or an id. The legacy tool stored other spellings, and links."""
        named = channel_named(self.username)
        return str(named) if named else None

    @property
    def name(self) -> str:
        about = self.description if self.type == Requirement.Type.CUSTOM else self.channel or self.chat_id
        return NAMES[Requirement.Type(self.type)].format(about)


@dataclass(frozen=True)
class PrizePlan:
    """`place` None: for every winner."""

    type: str
    place: int | None
    name: str = ""
    description: str | None = None
    is_internal: bool = False
    fields: list[dict[str, str]] | None = None

    @property
    def title(self) -> str:
        return self.name or (f"Prize for place {self.place}" if self.place else "Prize for all winners")


@dataclass(frozen=True)
class Plan:
    """`duration` in seconds; `max_participants` None: no limit."""

    title: str
    duration: int
    winners_count: int
    description: str = ""
    max_participants: int | None = None
    allow_tickets: bool = False
    auto_distribute: bool = False
    prizes: tuple[PrizePlan, ...] = ()
    requirements: tuple[RequirementPlan, ...] = ()
    sponsors: tuple[SponsorPlan, ...] = ()

    def faults(self) -> dict[str, str]:
        """What breaks a rule, by the path of the value."""
        return dict([*self._numbers(), *self._lists(), *self._prizes(), *self._channels()])

    def _numbers(self) -> Iterator[tuple[str, str]]:
        rules: dict[str, Any] = settings.GIVEAWAYS
        if not self.title.strip():
            yield "title", "It is empty."
        if not rules["min_seconds"] <= self.duration <= rules["max_seconds"]:
            yield "duration", f"From {rules['min_seconds']} to {rules['max_seconds']} seconds."
        if not 1 <= self.winners_count <= rules["max_winners"]:
            yield "winners_count", f"From 1 to {rules['max_winners']}."
        if self.max_participants is not None and self.max_participants < self.winners_count:
            yield "max_participants", "At least as many as there are winners."

    def _lists(self) -> Iterator[tuple[str, str]]:
        for name in ("prizes", "requirements", "sponsors"):
            most = settings.GIVEAWAYS[f"max_{name}"]
            if len(getattr(self, name)) > most:
                yield name, f"At most {most}."

    def _prizes(self) -> Iterator[tuple[str, str]]:
        times = Counter(prize.place for prize in self.prizes)
        for position, prize in enumerate(self.prizes):
            if prize.place is None:
                continue
            if not 1 <= prize.place <= self.winners_count:
                yield f"prizes.{position}.place", "From 1 to the number of winners, or all."
            elif times[prize.place] > 1:
                yield f"prizes.{position}.place", "Each place has one prize."

    def _channels(self) -> Iterator[tuple[str, str]]:
        for position, requirement in enumerate(self.requirements):
            if requirement.type == Requirement.Type.CUSTOM:
                if not (requirement.description or "").strip():
                    yield f"requirements.{position}.description", "A custom requirement says what is asked."
            elif not requirement.username and requirement.chat_id is None:
                yield f"requirements.{position}.username", "Name the channel, or give its chat_id."
        for position, sponsor in enumerate(self.sponsors):
            if not sponsor.username and not sponsor.channel_id:
                yield f"sponsors.{position}.username", "Name the channel, or give its channel_id."
