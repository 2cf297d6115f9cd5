from giveaways.models.entry import Participant, PreWinnerList, Ticket
from giveaways.models.giveaway import Giveaway, GiveawaySponsor, Requirement, Sponsor
from giveaways.models.prize import GiveawayPrize, Prize, WinRecord

__all__ = [
    "Giveaway",
    "GiveawayPrize",
    "GiveawaySponsor",
    "Participant",
    "PreWinnerList",
    "Prize",
    "Requirement",
    "Sponsor",
    "Ticket",
    "WinRecord",
]
